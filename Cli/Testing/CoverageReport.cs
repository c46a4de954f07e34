using Tandem.Harness.Processes;

namespace Tandem.Cli.Testing;

/// <summary>Makes one report of what all test projects covered, by ReportGenerator (a local tool of the project).</summary>
internal static class CoverageReport
{
    /// <summary>Writes the report as HTML and prints its summary.</summary>
    /// <param name="project">The project.</param>
    /// <param name="resultsFolder">Where the test projects left their files.</param>
    /// <param name="output">Where the summary goes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="UsageException">The tool cannot be had, or there is nothing to report.</exception>
    public static async Task WriteAsync(Project project, string resultsFolder, TextWriter output, CancellationToken cancellationToken)
    {
        string target = Path.Combine(project.Folder, "artifacts", "coverage");
        await RunAsync(project, ["tool", "restore"], cancellationToken);
        await RunAsync(
            project,
            [
                "tool", "run", "reportgenerator", "--", $"-reports:{Path.Combine(resultsFolder, "**", "coverage.cobertura.xml")}",
                    $"-targetdir:{target}",
                "-reporttypes:Html;TextSummary", "-assemblyfilters:+Tandem.*;-*.Tests", "-verbosity:Warning",
            ],
            cancellationToken);
        string[] summary = await File.ReadAllLinesAsync(Path.Combine(target, "Summary.txt"), cancellationToken);
        string Value(string name) =>
            summary.FirstOrDefault(line => line.TrimStart().StartsWith(name + ":", StringComparison.Ordinal))?.Split(':')[1].Trim()
            ?? "unknown";
        await output.WriteLineAsync(
            $"Coverage: lines {Value("Line coverage")}, branches {Value("Branch coverage")}; {Path.Combine(target, "index.html")}");
    }

    private static async Task RunAsync(Project project, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        ChildResult result = await ChildProcess.RunAsync(
            new ChildCommand("dotnet", arguments)
            { WorkingDirectory = project.Folder, Environment = Project.Variables(), TimeLimit = TimeSpan.FromMinutes(10) },
                cancellationToken);
        if (result.ExitCode != 0)
            throw new UsageException($"The coverage report could not be made: {result.Describe()}");
    }
}
