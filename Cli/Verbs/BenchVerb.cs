using System.CommandLine;
using Tandem.Cli.Setup;
using Tandem.Cli.Testing;
using Tandem.Harness.Processes;

namespace Tandem.Cli.Verbs;

/// <summary><c>bench</c>: prepares the engine, builds the benchmarks as a release, and starts them.</summary>
internal static class BenchVerb
{
    private static readonly Argument<string[]> s_arguments = new("arguments")
    {
        Description = "Names of benchmarks [default: all], --runs N, --write (rewrites the tables in bench/RESULTS.md). 'bench -- --help' "
            + "lists the benchmarks",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public static Command Create()
    {
        Command verb = new Command("bench",
            "Measure Tandem beside the docker CLI and the bare engine, and compare the results with the targets")
            .With(CommonOptions.InstallDocker, CommonOptions.NoInstallDocker, CommonOptions.Verbose);
        verb.Arguments.Add(s_arguments);
        verb.TreatUnmatchedTokensAsErrors = false;
        verb.SetAction(RunAsync);
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var project = Project.Find();
        TextWriter output = parsed.InvocationConfiguration.Output;
        await EngineSetup.AnnounceAsync(parsed, cancellationToken);
        // The other verbs use the build that everybody has; figures to be compared are a release's.
        int built = await StartAsync(project, output,
            ["build", Path.Combine(project.Folder, "bench", "Tandem.Bench.csproj"), "-c", "Release", "-v", "quiet", "-nologo"],
            cancellationToken);
        return built != 0
            ? ExitCodes.Red
            : await StartAsync(project, output, [Path.Combine(project.Folder, "bench", "bin", "Release", "net10.0", "Tandem.Bench.dll"),
            .. parsed.GetValue(s_arguments) ?? [], .. parsed.UnmatchedTokens], cancellationToken);
    }

    private static async Task<int> StartAsync(Project project, TextWriter output, IReadOnlyList<string> arguments,
        CancellationToken cancellationToken)
    {
        var text = new LiveText(output);
        var command = new ChildCommand(Siblings.DotNet, [.. arguments])
        {
            WorkingDirectory = project.Folder,
            Environment = Project.Variables(),
            TimeLimit = Timeout.InfiniteTimeSpan,
            // Its sandboxes are removed in good order.
            Grace = TimeSpan.FromMinutes(1),
            KeepBytes = 0,
            OnOutput = text.Write,
        };
        ChildResult result = await ChildProcess.RunAsync(command, cancellationToken);
        return result.ExitCode ?? throw new UsageException(result.Describe());
    }
}
