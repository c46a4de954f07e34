using System.CommandLine;
using Tandem.Cli.Doctor;
using Tandem.Cli.Planning;
using Tandem.Cli.Status;
using Tandem.Cli.Testing;
using Tandem.Harness.Experiments;
using Tandem.Harness.Scenarios;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;

namespace Tandem.Cli.Running;

/// <summary>What <c>run</c> does with an experiment of scenarios: the due cases in the test host, then collect, validate, sum up and
/// report. No sandbox and no engine is needed.</summary>
internal static class ScenarioRun
{
    public static async Task<int> RunAsync(ParseResult parsed, Dictionary<string, string> variables, Project project,
        CancellationToken cancellationToken)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        TextWriter error = parsed.InvocationConfiguration.Error;
        ScenarioOptions.RequireOwn(parsed, isScenarios: true, variables[ExperimentView.ExperimentVariable]);
        ScenarioOptions.AddTo(variables, parsed);
        var view = ScenarioView.Load(variables, storeFolder: null, TimeProvider.System);
        SelectedScenario[] due = [.. view.Due];
        if (parsed.GetValue(RunOptions.DryRun))
        {
            foreach (SelectedScenario selected in due)
                await output.WriteLineAsync(selected.Id.ToString());
            await error.WriteLineAsync($"Dry run: {due.Length} of {view.Cases.Count} selected cases would run. Nothing was started.");
            return ExitCodes.Ok;
        }
        var end = new HostEnd(IsFinished: true, IsBoundReached: false);
        if (due.Length == 0)
        {
            // Repetitions, and what is asserted or allowed, may have changed without a case being due.
            view.KeepPlan(TimeProvider.System);
            await output.WriteLineAsync($"Experiment {view.Layout.Experiment}: nothing to run, " + (view.IsShardEmpty
                ? view.Sharding!.WhyEmpty : $"all {view.Cases.Count} selected cases are completed. --force runs them again."));
        }
        else
        {
            Finding store = StoreCheck.Examine(view.Layout.StoreFolder);
            if (store.Severity == Severity.Fault)
            {
                await error.WriteLineAsync($"Nothing was started: the store cannot be used ({store.Evidence}). Fix: {store.Remedy}.");
                return ExitCodes.HostLacks;
            }
            if (due.Any(one => one.Standing.Status != RunStatus.Results) && ScenarioEnvironment.WhyUnusable(view.Experiment) is string why)
            {
                await error.WriteLineAsync($"Nothing was started: {why.TrimEnd('.')}.");
                return ExitCodes.HostLacks;
            }
            await output.WriteLineAsync(ScenarioPlanning.Opening(view));
            await using var progress = RunProgress.Begin(view, output, TimeProvider.System);
            end = await TestHost.RunAsync(view.Layout, TestClasses.Scenarios, progress, variables, project, cancellationToken);
        }
        if (!File.Exists(view.Layout.PlanFile))
        {
            await error.WriteLineAsync("The test host ran no case of this experiment. The test results that are named above say why.");
            return ExitCodes.Red;
        }
        HashSet<ScenarioCaseId> selection = [.. view.Cases.Select(one => one.Id)];
        var table = ScenarioTable.Read(view.Layout, (id, _) => selection.Contains(id), variables[ExperimentView.ExperimentVariable]);
        bool isPart = end.IsBoundReached || view.Cases.Count < view.Plan.Cases.Count();
        if (view.Sharding is { Shard: not null } sharding)
        {
            await output.WriteAsync(view.IsShardEmpty ? ""
                : Environment.NewLine + table.ToText() + table.Bounds() + table.Remedies() + table.Summary() + Environment.NewLine);
            await output.WriteLineAsync(ShardEnd.Next(sharding, view.Layout));
            cancellationToken.ThrowIfCancellationRequested();
            return table.IsRedBy(view.Experiment.Configuration.Run.Assert) ? ExitCodes.Red
                : ShardEnd.CodeOf(end, table.Incomplete > 0);
        }
        bool isEmpty = view.Layout.RunFiles().Count == 0;
        (int validation, bool isReportable) = isEmpty || cancellationToken.IsCancellationRequested ? (ExitCodes.Ok, false)
            : await AnalysisProgram.CollectAndValidateAsync(view.Layout, isPart, output, CancellationToken.None);
        await output.WriteAsync(Environment.NewLine + table.ToText() + table.Bounds() + table.Remedies() + table.Summary()
            + Environment.NewLine);
        if (table.Rows.Count < table.PlannedCases)
            await output.WriteLineAsync($"({table.Rows.Count} of the experiment's {table.PlannedCases} cases were selected)");
        await output.WriteLineAsync($"Store: {view.Layout.ExperimentFolder}");
        cancellationToken.ThrowIfCancellationRequested();
        if (isReportable)
            validation = await AnalysisProgram.ReportAsync(view.Layout, isPart, output, cancellationToken);
        else if (validation == ExitCodes.InvalidStore)
            await output.WriteLineAsync($"report: not written, because the store fails its validation. "
                + $"'{Project.CommandFor($"report {view.Layout.Experiment} --draft", view.Layout.StoreFolder)}' writes one with a warning "
                + "on every page.");
        // What is stored is asserted as well, so that the same command is not green the next time.
        if (!end.IsFinished || (table.Incomplete > 0 && !end.IsBoundReached)
            || table.IsRedBy(view.Experiment.Configuration.Run.Assert))
            return ExitCodes.Red;
        return validation == ExitCodes.Ok && end.IsBoundReached ? ExitCodes.BoundReached : validation;
    }
}
