using System.Text;
using Tandem.Harness.Processes;
using Tandem.Harness.Runs;

namespace Tandem.Cli.Running;

/// <summary>Starts the test executable that runs the cases, and passes on what it prints.</summary>
internal static class TestHost
{
    /// <summary>How long cases have to be recorded as interrupted and their sandboxes removed, once a stop was asked for.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromMinutes(2);

    /// <summary>Runs the selected cases.</summary>
    /// <returns>Whether it came to its end with no case red.</returns>
    public static async Task<bool> RunAsync(ExperimentView view, Dictionary<string, string> variables, Project project, TextWriter output, CancellationToken cancellationToken)
    {
        string program = Siblings.Find("Experiments.Tests");
        string trx = Path.Combine(view.Layout.ExperimentFolder, "trx", $"{TimeProvider.System.GetUtcNow().UtcDateTime:yyyyMMdd'T'HHmmss'Z'}.trx");
        Directory.CreateDirectory(Path.GetDirectoryName(trx)!);
        var lines = new LineWriter(output);
        ChildResult result = await ChildProcess.RunAsync(
            new ChildCommand(
                Siblings.DotNet,
                program, "-noLogo", "-noColor", "-noAutoReporters", "-reporter", "quiet", "-trx", trx)
            {
                WorkingDirectory = project.Folder,
                Environment = variables,
                TimeLimit = Timeout.InfiniteTimeSpan,
                Grace = s_grace,
                OnOutput = (_, bytes) => lines.Write(bytes.Span),
            },
            cancellationToken).ConfigureAwait(false);
        lines.End();
        await output.WriteLineAsync($"Test results: {trx}").ConfigureAwait(false);
        return result.ExitCode == 0;
    }

    /// <summary>Passes on what the host prints, a line at a time, so that nothing else comes between.</summary>
    private sealed class LineWriter(TextWriter output)
    {
        private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
        private readonly StringBuilder _line = new();

        public void Write(ReadOnlySpan<byte> bytes)
        {
            char[] chars = new char[_decoder.GetCharCount(bytes, flush: false)];
            int count = _decoder.GetChars(bytes, chars, flush: false);
            foreach (char c in chars.AsSpan(0, count))
            {
                if (c == '\n')
                    End();
                else if (c != '\r')
                    _line.Append(c);
            }
        }

        public void End()
        {
            if (_line.Length > 0)
                output.WriteLine(_line);
            _line.Clear();
        }
    }
}

/// <summary>The other programs of the solution, built beside this one.</summary>
internal static class Siblings
{
    /// <summary>The dotnet host that runs this program.</summary>
    public static string DotNet => Environment.ProcessPath is string path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    /// <summary>The assembly of another project, built in the same configuration.</summary>
    /// <exception cref="UsageException">It is not built.</exception>
    public static string Find(string project)
    {
        // .../Cli/bin/Debug/net10.0/ beside .../Experiments.Tests/bin/Debug/net10.0/
        string own = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string relative = Path.GetRelativePath(Path.Combine(Project.Find().Folder, "Cli"), own);
        string assembly = Path.Combine(Project.Find().Folder, project, relative, $"Tandem.{project}.dll");
        return File.Exists(assembly) ? assembly : throw new UsageException($"{assembly} is not built. Build the solution: dotnet build Tandem.slnx");
    }
}
