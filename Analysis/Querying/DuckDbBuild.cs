using System.ComponentModel;
using System.Diagnostics;
using Tandem.Analysis.Data;

namespace Tandem.Analysis.Querying;

/// <summary>One build of the project <c>DuckDb</c> by the .NET SDK.</summary>
/// <param name="folder">Where its project file lies.</param>
internal sealed class DuckDbBuild(string folder)
{
    /// <summary>Far above what 110 MB take on a slow line.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(20);

    private const string ErrorMark = ": error ";

    /// <summary>Fetches the package and copies its library for one platform into the project's folder <c>bin</c>.</summary>
    /// <exception cref="RefusedException">It did not end well, or was stopped.</exception>
    public async Task RunAsync(string version, string platform, CancellationToken cancellationToken)
    {
        string dotnet = Environment.ProcessPath is string path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        string[] arguments =
        [
            "msbuild", Path.Combine(folder, DuckDbProject.FileName), "-restore", "-verbosity:quiet", "-nologo", "-nodeReuse:false",
            $"-p:DuckDbVersion={version}", $"-p:DuckDbPlatform={platform}",
        ];
        var start = new ProcessStartInfo(dotnet, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var build = new Process { StartInfo = start };
        var lines = new List<string>();
        void Keep(object sender, DataReceivedEventArgs line)
        {
            lock (lines)
                lines.Add(line.Data?.Trim() ?? "");
        }
        build.OutputDataReceived += Keep;
        build.ErrorDataReceived += Keep;
        try
        {
            build.Start();
        }
        catch (Win32Exception exception)
        {
            throw new RefusedException(
                $"The .NET SDK fetches DuckDB's library, but {dotnet} does not start: {exception.Message}",
                $"Put dotnet on the PATH, or {DuckDbLibrary.Own}",
                exception);
        }
        build.StandardInput.Close();
        build.BeginOutputReadLine();
        build.BeginErrorReadLine();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            await build.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            build.Kill(entireProcessTree: true);
            throw new RefusedException(
                cancellationToken.IsCancellationRequested ? "Fetching DuckDB's library was stopped."
                : $"DuckDB's library did not come within {Limit.TotalMinutes} minutes.",
                $"Type the query again; `dotnet build {folder}` shows where it waits. Or {DuckDbLibrary.Own}");
        }
        if (build.ExitCode != 0)
            throw Failed(version, build.ExitCode, lines);
    }

    private RefusedException Failed(string version, int exitCode, List<string> lines)
    {
        string said = lines.FirstOrDefault(line => line.Contains(ErrorMark, StringComparison.Ordinal)) is { } error
            ? error[(error.IndexOf(ErrorMark, StringComparison.Ordinal) + ErrorMark.Length)..].TrimStart(':', ' ')
            : lines.LastOrDefault(line => line.Length > 0) ?? "It printed nothing.";
        // NU1101, NU1102: no such package or version; NU1301: the source does not answer.
        return said.StartsWith("NU1", StringComparison.Ordinal)
            ? new RefusedException(
                $"DuckDB's library could not be fetched: NuGet did not get the package {DuckDbProject.Package} {version}. {said}",
                "Check the connection and the package sources (dotnet nuget list source), and type the query again. "
                    + $"Or {DuckDbLibrary.Own}")
            : new RefusedException(
                $"DuckDB's library could not be fetched: its build ended with exit code {exitCode}. {said}",
                $"`dotnet build {folder}` shows all that the build prints. Or {DuckDbLibrary.Own}");
    }
}
