using System.CommandLine;
using System.Globalization;
using Tandem.Cli.Doctor;
using Tandem.Cli.Setup;

namespace Tandem.Cli.Testing;

/// <summary><c>test</c>: prepares the engine, runs Tandem's own tests with live output, and ends with one line that counts
/// them.</summary>
internal static class TestVerb
{
    private static readonly Argument<string[]> s_arguments = new("arguments")
    {
        Description = "Passed on to dotnet test, after --",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<bool> s_quick = new("--quick")
    {
        Description = "Leave out the slow tests: those that use an engine, start Tandem's programs or a browser, run cases, or make whole "
            + "reports",
    };

    private static readonly Option<bool> s_all = new("--all")
    { Description = "Add the long tests: storms of kills and faults, and those that need the network" };

    private static readonly Option<bool> s_coverage = new("--coverage")
    { Description = "Also measure what the tests cover: a summary line, and HTML in artifacts/coverage" };

    public static Command Create()
    {
        Command verb = new Command("test",
            "Runs Tandem's own tests, not the cases of an experiment. Without an engine those that need one are skipped. The last line "
            + "counts them: N passed, N failed, N skipped.")
            .With(s_quick, s_all, s_coverage, CommonOptions.InstallDocker, CommonOptions.NoInstallDocker, CommonOptions.Verbose);
        verb.Arguments.Add(s_arguments);
        verb.SetAction(RunAsync);
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var project = Project.Find();
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(s_quick) && parsed.GetValue(s_all))
            throw new UsageException("--quick and --all contradict each other. Give one of them.");
        TestTier tier = parsed.GetValue(s_quick) ? TestTier.Quick : parsed.GetValue(s_all) ? TestTier.All : TestTier.Usual;
        if (tier != TestTier.Quick && await PrepareAsync(project, parsed, output, cancellationToken) is int notReady)
            return notReady;

        DirectoryInfo results = Directory.CreateTempSubdirectory("tandem-test-");
        try
        {
            int code = await SolutionTests.RunAsync(project, results.FullName, tier, parsed.GetValue(s_coverage),
                parsed.GetRequiredValue(s_arguments), output, cancellationToken);
            var faults = new List<string>();
            TestCounts counts = TestCounts.OfFolder(results.FullName, faults);
            foreach (string fault in faults)
                await output.WriteLineAsync(fault);
            if (code != 0 && counts.Failed == 0)
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                    $"dotnet test exited with {code}, although no test failed: see above."));
            if (parsed.GetValue(s_coverage))
                await CoverageReport.WriteAsync(project, results.FullName, output, cancellationToken);
            await output.WriteLineAsync(counts.ToString());
            return code == 0 && faults.Count > 0 ? ExitCodes.Red : code;
        }
        finally
        {
            results.Delete(recursive: true);
        }
    }

    /// <summary>Prepares the engine, and says what the tests will miss on this machine.</summary>
    /// <returns>The exit code if the tests cannot be started; else null.</returns>
    private static async Task<int?> PrepareAsync(Project project, ParseResult parsed, TextWriter output,
        CancellationToken cancellationToken)
    {
        EngineState engine = await EngineSetup.AnnounceAsync(parsed, cancellationToken);
        if (!engine.Answers && EngineRequirement.Of(parsed) is { } requirement)
        {
            await output.WriteLineAsync($"{requirement} asks for an engine, so the tests are not started.");
            return ExitCodes.HostLacks;
        }
        var scope = new ExaminationScope { Engine = engine, StoreFolder = project.StoreFolder(null) };
        await Examination.WriteTroubleAsync(scope, output, cancellationToken);
        return null;
    }
}
