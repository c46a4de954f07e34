using Tandem.Harness.Processes;

namespace Tandem.Cli.Testing;

/// <summary>Runs <c>dotnet test</c> over the solution.</summary>
internal static class SolutionTests
{
    /// <summary>Runs it to its end, however long that takes, and hands its output on as it comes.</summary>
    /// <param name="project">The project.</param>
    /// <param name="resultsFolder">Where each test project leaves a trx file.</param>
    /// <param name="withCoverage">Whether each test project also leaves what it covered.</param>
    /// <param name="arguments">What the user adds.</param>
    /// <param name="output">Where its output goes.</param>
    /// <param name="cancellationToken">Kills it with all that it started.</param>
    /// <returns>Its exit code.</returns>
    /// <exception cref="UsageException">It cannot be started.</exception>
    public static async Task<int> RunAsync(Project project, string resultsFolder, bool withCoverage, IReadOnlyList<string> arguments,
        TextWriter output, CancellationToken cancellationToken)
    {
        var text = new LiveText(output);
        // All of ours, since people steer tests and the SDK by variables; but what is built now says nothing of what a test starts.
        Dictionary<string, string> environment = Project.Variables();
        environment.Remove(Project.BuiltByVariable);
        var command = new ChildCommand("dotnet", Arguments(project, resultsFolder, withCoverage, arguments))
        {
            WorkingDirectory = project.Folder,
            Environment = environment,
            TimeLimit = Timeout.InfiniteTimeSpan,
            KeepBytes = 0,
            OnOutput = text.Write,
        };
        ChildResult result = await ChildProcess.RunAsync(command, cancellationToken).ConfigureAwait(false);
        return result.ExitCode ?? throw new UsageException(result.Describe());
    }

    /// <summary>The command line: the user's arguments come last, so that <c>-- RunConfiguration...</c> among them stays at the
    /// end.</summary>
    internal static IReadOnlyList<string> Arguments(Project project, string resultsFolder, bool withCoverage,
        IReadOnlyList<string> arguments) =>
    [
        "test", project.Solution, "--nologo",
        .. Project.Variable(Project.BuiltByVariable) is not null ? (string[])["--no-build"] : [],
        "--logger", "trx;LogFilePrefix=tests", "--results-directory", resultsFolder,
        .. withCoverage ? (string[])["--collect", "XPlat Code Coverage;Format=cobertura"] : [],
        .. arguments,
    ];
}
