using System.CommandLine;
using Tandem.Cli.Testing;
using Tandem.Harness.Experiments;
using Tandem.Records.Store;

namespace Tandem.Cli.Running;

/// <summary><c>trx</c>: writes an experiment's test results from its store. A test host that is killed leaves none.</summary>
internal static class TrxVerb
{
    private static readonly Option<string?> s_output = new("--output")
    {
        Description = "The file to write [default: a new one in the experiment's folder trx/]",
        HelpName = "file",
    };

    public static Command Create()
    {
        Command verb = new Command("trx",
            "Write an experiment's test results (trx) from its store: each planned case with the record that stands for it")
            .With(s_output, RunOptions.Tasks, CommonOptions.Experiment, CommonOptions.Store, CommonOptions.Verbose);
        verb.Arguments.Add(StoredExperiment.Argument);
        verb.SetAction(RunAsync);
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        Project project = Project.Find();
        StoreLayout layout = StoredExperiment.LayoutOf(parsed, project, takesScenarios: true);
        string path = parsed.GetValue(s_output) is string named ? Path.GetFullPath(named) : HostTrace.FileOf(layout, "store-");
        if (Directory.Exists(path))
            throw new UsageException($"--output {path} is a folder. Name a file in it.");
        Dictionary<string, string> variables = RunOptions.VariablesOf(parsed, project);
        variables[ExperimentView.ExperimentVariable] = StoredExperiment.NameOf(parsed);
        IReadOnlyList<TrxTest> tests = StoredTests.All(layout, project, variables);
        string testClass = ScenarioReader.IsScenarios(layout) ? TestClasses.Scenarios : TestClasses.Cases;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        TrxFile.Write(path, testClass, TestClasses.MethodOf(testClass), tests, TimeProvider.System.GetUtcNow());
        await parsed.InvocationConfiguration.Output.WriteLineAsync($"{TestCounts.Of(tests)}: {path}".AsMemory(), cancellationToken);
        return ExitCodes.Ok;
    }
}
