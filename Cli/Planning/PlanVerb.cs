using System.CommandLine;
using System.Globalization;
using Tandem.Cli.Images;
using Tandem.Harness.Experiments;
using Tandem.Harness.Scenarios;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Cli.Planning;

/// <summary><c>plan</c>: what a run would do, cost and take, estimated from the store. Starts nothing and needs no engine.</summary>
internal static class PlanVerb
{
    private static readonly Option<int?> s_shards = CommonOptions.Number("--shards",
        "Divide the cases into so many shards, and show what each has [default: $TANDEM_SHARDS, else what the store has]", least: 1,
        most: Shard.MostShards);

    private static readonly Option<bool> s_freeze = new("--freeze")
    {
        Description = "Keep the division into shards in the store, before it is copied to machines that do not share a folder: all of them "
            + "must have the same division. Nothing else is written",
    };

    public static Command Create()
    {
        Command verb = new Command("plan",
            "Show what a run would do, and estimate its cost and time from past records. Starts nothing, and writes nothing without "
            + "--freeze")
            .With([CommonOptions.Experiment, .. RunOptions.All.Except([RunOptions.DryRun, RunOptions.MaxCost, RunOptions.MaxMinutes]),
            .. ScenarioOptions.Selecting, ScenarioOptions.Count, s_shards, s_freeze, CommonOptions.Store, CommonOptions.Verbose]);
        verb.SetAction(RunAsync);
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        Dictionary<string, string> variables = RunOptions.VariablesOf(parsed, Project.Find());
        if (parsed.GetValue(s_shards) is int shards)
            variables[ShardVariables.Count] = shards.ToString(CultureInfo.InvariantCulture);
        bool isScenarios = ScenarioView.IsNamedBy(variables);
        ScenarioOptions.RequireOwn(parsed, isScenarios, variables[ExperimentView.ExperimentVariable]);
        if (isScenarios)
        {
            ScenarioOptions.AddTo(variables, parsed);
            await parsed.InvocationConfiguration.Output.WriteAsync(OfScenarios(variables, parsed.GetValue(s_freeze)));
            return ExitCodes.Ok;
        }
        ExperimentView view = await PresentImages.LoadAsync(variables, cancellationToken);
        foreach (TaskSetFault fault in view.TaskSet.Faults)
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"task set: {fault}");
        if (parsed.GetValue(s_freeze))
        {
            Freeze(view.Sharding, view.Layout, view.Plan.Cases.Select(caseId => caseId.ToString()));
            view = await PresentImages.LoadAsync(variables, cancellationToken);
        }
        RunRecord[] past = [.. PastCases.Of(view.Layout.StoreFolder, view.Agent.Kind, view.Configuration.Model.Name)];
        await parsed.InvocationConfiguration.Output.WriteAsync(Text(view, Forecast.PastOf(past)) + ShardPlan.TextOf(view, past));
        return ExitCodes.Ok;
    }

    private static string OfScenarios(Dictionary<string, string> variables, bool isFrozen)
    {
        var view = ScenarioView.Load(variables, storeFolder: null, TimeProvider.System);
        if (isFrozen)
        {
            Freeze(view.Sharding, view.Layout, view.Plan.Cases.Select(caseId => caseId.ToString()));
            view = ScenarioView.Load(variables, storeFolder: null, TimeProvider.System);
        }
        return ScenarioPlanning.TextOf(view);
    }

    private static void Freeze(Sharding? sharding, StoreLayout layout, IEnumerable<string> cases)
    {
        if (sharding is null)
            throw new UsageException("--freeze keeps a division into shards, and none is asked for. Say how many: --shards 16.");
        sharding.Freeze(layout, cases);
    }

    private static string Text(ExperimentView view, ILookup<Setting, PastCase> past)
    {
        string who = "agent " + view.Agent.Kind + (view.Configuration.Model.Name is string model ? $" with {model}" : "");
        SelectedCase[] due = [.. view.Due];
        return string.Create(CultureInfo.InvariantCulture,
            $"Experiment {view.Configuration.Name}: {who}, {view.Configuration.Run.Concurrency} at a time, order "
            + $"{EnumNames.NameOf(view.Configuration.Run.Order)}{Environment.NewLine}")
            + new PlanText<Setting>
            {
                KindWord = "setting",
                Who = who,
                Rows = [.. view.Plan.Cases.GroupBy(c => c.Setting).OrderBy(group => group.Key).Select(setting => new PlanRow<Setting>(
                    setting.Key, EnumNames.NameOf(setting.Key), setting.Count(),
                    view.Cases.Count(c => c.CaseId.Setting == setting.Key), due.Count(c => c.CaseId.Setting == setting.Key),
                    due.Count(c => c.CaseId.Setting == setting.Key
                        && (c.Status != RunStatus.Results || view.ReasonFor(c) == AttemptReason.Force))))],
                Past = past,
                Concurrency = view.Configuration.Run.Concurrency,
                MostUsdOfCase = view.Agent.CostsMoney ? view.Configuration.Limits.CaseCostUsd : null,
                OfFinished = count => $"The agents of {count} of these have finished: the run only evaluates them, which costs no money. "
                    + "The lines below leave them out.",
                AllFinished = "No agent needs to run.",
            }.Write();
    }
}
