using System.Globalization;
using System.Runtime.CompilerServices;
using Tandem.Harness.Admission;
using Tandem.Harness.Experiments;
using Tandem.Harness.Processes;

namespace Tandem.Cli.Running;

/// <summary>Starts the test executable that runs the cases, and passes on what it prints.</summary>
internal static class TestHost
{
    /// <summary>How long cases have to be recorded as interrupted and their sandboxes removed, once a stop was asked for.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromMinutes(2);

    /// <summary>What it ends with if it came to its end with cases that are red.</summary>
    private const int RedCasesCode = 1;

    /// <summary>Runs the selected cases.</summary>
    /// <returns>How it ended; after a gentle interruption, too.</returns>
    /// <exception cref="OperationCanceledException">It was asked to stop twice, and killed.</exception>
    public static async Task<HostEnd> RunAsync(ExperimentView view, Dictionary<string, string> variables, Project project,
        TextWriter output, CancellationToken cancellationToken)
    {
        string program = Siblings.Find("Experiments.Tests");
        string trx = Path.Combine(view.Layout.ExperimentFolder, "trx",
            $"{TimeProvider.System.GetUtcNow().UtcDateTime:yyyyMMdd'T'HHmmss'Z'}.trx");
        Directory.CreateDirectory(Path.GetDirectoryName(trx)!);
        var progress = RunProgress.Begin(view, output, TimeProvider.System);
        await using ConfiguredAsyncDisposable shown = progress.ConfigureAwait(false);
        using var presses = new StopPresses(progress.WriteLine);
        bool isBoundReached = false;
        var lines = new HostLines(line =>
        {
            isBoundReached |= line.Contains(RunBounds.Mark, StringComparison.Ordinal);
            progress.WriteLine(line);
        });
        ChildResult? result;
        try
        {
            result = await ChildProcess.RunAsync(
                new ChildCommand(
                    Siblings.DotNet,
                    program, "-noLogo", "-noColor", "-noAutoReporters", "-reporter", "cases", "-result-trx", trx)
                {
                    WorkingDirectory = project.Folder,
                    Environment = new Dictionary<string, string>(variables)
                    { [ExperimentView.StarterVariable] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture) },
                    TimeLimit = Timeout.InfiniteTimeSpan,
                    Grace = s_grace,
                    Hurry = presses.Hurry,
                    OnOutput = lines.Write,
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && !presses.Hurry.IsCancellationRequested)
        {
            result = null;
        }
        lines.Flush();
        if (result is not null && result.ExitCode is not (0 or RedCasesCode))
            progress.WriteLine($"The test host did not come to its end ({result.Detail ?? $"exit code {result.ExitCode}"}). What it had "
                + $"begun is due again; start the same command once more.");
        if (File.Exists(trx))
            progress.WriteLine($"Test results: {trx}");
        return new HostEnd(result?.ExitCode == 0, isBoundReached);
    }
}

/// <summary>How the test host ended.</summary>
/// <param name="IsFinished">Whether it came to its end with no case red.</param>
/// <param name="IsBoundReached">Whether cases were left alone for a bound of the run.</param>
internal readonly record struct HostEnd(bool IsFinished, bool IsBoundReached);

/// <summary>The other programs of the solution, built beside this one.</summary>
internal static class Siblings
{
    /// <summary>The dotnet host that runs this program.</summary>
    public static string DotNet => Environment.ProcessPath is string path
        && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    /// <summary>The assembly of another project, built in the same configuration.</summary>
    /// <exception cref="UsageException">It is not built.</exception>
    public static string Find(string project)
    {
        // .../Cli/bin/Debug/net10.0/ beside .../Experiments.Tests/bin/Debug/net10.0/
        string own = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string relative = Path.GetRelativePath(Path.Combine(Project.Find().Folder, "Cli"), own);
        string assembly = Path.Combine(Project.Find().Folder, project, relative, $"Tandem.{project}.dll");
        return File.Exists(assembly) ? assembly
            : throw new UsageException($"{assembly} is not built. Build the solution: dotnet build Tandem.slnx");
    }
}
