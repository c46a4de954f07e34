using System.CommandLine;
using System.Globalization;
using Tandem.Cli.Setup;
using Tandem.Harness.Agents;
using Tandem.Harness.Configuration;
using Tandem.Harness.Evaluation.Verification;
using Tandem.Harness.Experiments;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Records.Store;

namespace Tandem.Cli.Tasks;

/// <summary><c>tasks verify</c>: is a task set fit to measure with?</summary>
internal static class TasksVerb
{
    private static readonly Argument<string?> s_folder = new("dir")
    { Description = "The task set [default: the built-in tasks/]", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<int?> s_repeat = CommonOptions
        .Number("--repeat", "How often to run the tests with each gold patch and the combined one, 1 to 100; more than once finds "
        + "flaky features [default: 1]", least: 1, most: 100);
    private static readonly Option<string?> s_report = new("--report")
    {
        Description = "The file of the gold conflict report, in upstream's format [default: STORE/verify/NAME/gold_conflict_report.json]",
        HelpName = "file"
    };

    public static Command Create()
    {
        Command verify = new Command("verify",
            "Check a task set in sandboxes: tests fail at the base and pass with the gold patches, and each pair merges or conflicts as "
            + "the set says")
            .With([RunOptions.Tasks, RunOptions.Repo, RunOptions.Task, RunOptions.Subset, s_repeat, s_report, RunOptions.Concurrency,
            RunOptions.Sandbox,
            CommonOptions.Store, CommonOptions.InstallDocker, CommonOptions.NoInstallDocker, CommonOptions.Verbose]);
        verify.Arguments.Add(s_folder);
        verify.Validators.Add(static result =>
        {
            if (result.GetValue(s_folder) is not null && result.GetValue(RunOptions.Tasks) is not null)
                result.AddError("<dir> and --tasks both name the task set; one is enough.");
        });
        verify.SetAction(VerifyAsync);
        return new Command("tasks", "Check task sets") { verify };
    }

    private static async Task<int> VerifyAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        var project = Project.Find();
        string store = project.StoreFolder(parsed.GetValue(CommonOptions.Store));
        int repeats = parsed.GetValue(s_repeat) ?? 1;
        int concurrency = parsed.GetValue(RunOptions.Concurrency) ?? 2;
        TaskSet taskSet = TaskSetLoader.Load(parsed.GetValue(s_folder) ?? parsed.GetValue(RunOptions.Tasks) ?? project.Tasks);
        CaseSelection selection = RunOptions.SelectionOf(parsed);
        var filter = new TaskFilter(selection.Repos, selection.Tasks, [], selection.Subset);

        SandboxChoice choice = parsed.GetValue(RunOptions.Sandbox) ?? SandboxChoice.Auto;
        if (choice != SandboxChoice.Process)
            await EngineSetup.AnnounceAsync(parsed, cancellationToken);
        var settings = new ExperimentConfiguration { Name = "verify", Sandbox = new SandboxSettings { Provider = choice } };
        ISandboxProvider provider = await SandboxProviders
            .OpenAsync(settings, AgentCatalog.Find("oracle")!, taskSet, store, TimeProvider.System, cancellationToken);
        await using (provider)
        {
            VerificationReport report = await new TaskSetVerifier(provider, TimeProvider.System).VerifyAsync(
                taskSet,
                new VerificationOptions
                {
                    Filter = filter,
                    Repeats = repeats,
                    Concurrency = concurrency,
                    OnProgress = (name, done, total) =>
                        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[{done}/{total}] {name}")),
                },
                cancellationToken);
            string file = Path.GetFullPath(parsed.GetValue(s_report)
                ?? Path.Combine(store, "verify", taskSet.Options.Name!, Fates.UpstreamFile));
            DurableFile.Write(file, report.ConflictReport.Span);
            foreach (VerificationFinding finding in report.Findings)
                await output.WriteLineAsync($"{finding.Id,-16} {finding.Where}: {finding.What}");
            await output.WriteLineAsync($"Gold conflict report: {file}");
            string findings = report.Findings.Count switch { 0 => "nothing found", 1 => "1 finding", int count => $"{count} findings" };
            await output.WriteLineAsync($"{taskSet.Folder}: {report.Features} features and {report.Pairs} pairs verified, {findings}");
            return report.Findings.Count == 0 ? ExitCodes.Ok : ExitCodes.Red;
        }
    }
}
