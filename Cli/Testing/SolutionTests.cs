using Tandem.Harness.Processes;

namespace Tandem.Cli.Testing;

/// <summary>How many of Tandem's own tests run.</summary>
internal enum TestTier
{
    /// <summary>Those that use no engine, start no program of ours and run no case.</summary>
    Quick,

    /// <summary>All but those that take long or need the network.</summary>
    Usual,

    /// <summary>Every one, as before a change is taken.</summary>
    All,
}

/// <summary>Runs <c>dotnet test</c> over the solution.</summary>
internal static class SolutionTests
{
    /// <summary>Without the cases of the experiment, which <c>run</c> is for.</summary>
    private const string All = "Tier!=Experiment";

    private static string FilterOf(TestTier tier) => tier switch
    {
        TestTier.Quick => $"{All}&Tier!=Long&Tier!=Slow",
        TestTier.Usual => $"{All}&Tier!=Long",
        TestTier.All => All,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>Runs it to its end, however long that takes, and hands its output on as it comes.</summary>
    /// <param name="project">The project.</param>
    /// <param name="resultsFolder">Where each test project leaves a trx file.</param>
    /// <param name="tier">Which tests; no engine is in reach of the quick ones.</param>
    /// <param name="withCoverage">Whether each test project also leaves what it covered.</param>
    /// <param name="arguments">What the user adds.</param>
    /// <param name="output">Where its output goes.</param>
    /// <param name="cancellationToken">Kills it with all that it started.</param>
    /// <returns>Its exit code.</returns>
    /// <exception cref="UsageException">It cannot be started.</exception>
    public static async Task<int> RunAsync(Project project, string resultsFolder, TestTier tier, bool withCoverage,
        IReadOnlyList<string> arguments, TextWriter output, CancellationToken cancellationToken)
    {
        var text = new LiveText(output);
        // All of ours, since people steer tests and the SDK by variables; but what is built now says nothing of what a test starts.
        Dictionary<string, string> environment = Project.Variables();
        environment.Remove(Project.BuiltByVariable);
        if (tier == TestTier.Quick)
            environment["DOCKER_HOST"] = $"unix://{Path.Combine(resultsFolder, "no-engine.sock")}";
        var command = new ChildCommand("dotnet", Arguments(project, resultsFolder, tier, withCoverage, arguments))
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
    internal static IReadOnlyList<string> Arguments(Project project, string resultsFolder, TestTier tier, bool withCoverage,
        IReadOnlyList<string> arguments)
    {
        (string? filter, arguments) = TakeFilter(arguments);
        // Who names tests means just those, of whatever tier, unless the quick ones were asked for.
        filter = filter is null ? FilterOf(tier) : tier == TestTier.Quick ? $"{FilterOf(tier)}&({filter})" : filter;
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
