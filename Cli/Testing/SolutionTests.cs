using Tandem.Harness.Processes;

namespace Tandem.Cli.Testing;

/// <summary>Runs <c>dotnet test</c> over the solution.</summary>
internal static class SolutionTests
{
    /// <summary>All tests of Tandem itself: without those of minutes, which are explicit and would count as skipped, and without the
    /// cases of the experiment, which <c>run</c> is for.</summary>
    private const string All = "Tier!=Long&Tier!=Experiment";

    private const string Quick = $"{All}&Tier!=Slow";

    /// <summary>Runs it to its end, however long that takes, and hands its output on as it comes.</summary>
    /// <param name="project">The project.</param>
    /// <param name="resultsFolder">Where each test project leaves a trx file.</param>
    /// <param name="quick">Whether the slow tests are left out; no engine is in reach then.</param>
    /// <param name="withCoverage">Whether each test project also leaves what it covered.</param>
    /// <param name="arguments">What the user adds.</param>
    /// <param name="output">Where its output goes.</param>
    /// <param name="cancellationToken">Kills it with all that it started.</param>
    /// <returns>Its exit code.</returns>
    /// <exception cref="UsageException">It cannot be started.</exception>
    public static async Task<int> RunAsync(Project project, string resultsFolder, bool quick, bool withCoverage,
        IReadOnlyList<string> arguments, TextWriter output, CancellationToken cancellationToken)
    {
        var text = new LiveText(output);
        // All of ours, since people steer tests and the SDK by variables; but what is built now says nothing of what a test starts.
        Dictionary<string, string> environment = Project.Variables();
        environment.Remove(Project.BuiltByVariable);
        if (quick)
            environment["DOCKER_HOST"] = $"unix://{Path.Combine(resultsFolder, "no-engine.sock")}";
        var command = new ChildCommand("dotnet", Arguments(project, resultsFolder, quick, withCoverage, arguments))
        {
            WorkingDirectory = project.Folder,
            Environment = environment,
            TimeLimit = Timeout.InfiniteTimeSpan,
            KeepBytes = 0,
            OnOutput = text.Write,
        };
        ChildResult result = await ChildProcess.RunAsync(command, cancellationToken);
        return result.ExitCode ?? throw new UsageException(result.Describe());
    }

    /// <summary>The command line: the user's arguments come last, so that <c>-- RunConfiguration...</c> among them stays at the
    /// end.</summary>
    internal static IReadOnlyList<string> Arguments(Project project, string resultsFolder, bool quick, bool withCoverage,
        IReadOnlyList<string> arguments)
    {
        (string? filter, arguments) = TakeFilter(arguments);
        filter = quick ? filter is null ? Quick : $"{Quick}&({filter})" : filter ?? All;
        return
        [
            "test", project.Solution, "--nologo",
            .. Project.Variable(Project.BuiltByVariable) is not null ? (string[])["--no-build"] : [],
            "--filter", filter, "--logger", "trx;LogFilePrefix=tests", "--results-directory", resultsFolder,
            .. withCoverage ? (string[])["--collect", "XPlat Code Coverage;Format=cobertura"] : [],
            .. arguments,
        ];
    }

    /// <summary>Takes the user's own filter out of the arguments: dotnet test takes one.</summary>
    private static (string? Filter, IReadOnlyList<string> Others) TakeFilter(IReadOnlyList<string> arguments)
    {
        int at = arguments.ToList().IndexOf("--filter");
        return at < 0 || at + 1 == arguments.Count ? (null, arguments)
            : (arguments[at + 1], [.. arguments.Take(at), .. arguments.Skip(at + 2)]);
    }
}
