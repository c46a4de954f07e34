using System.CommandLine;
using System.Globalization;
using System.Text;
using Tandem.Cli.Images;
using Tandem.Cli.Status;
using Tandem.Harness.Experiments;
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
            s_shards, s_freeze, CommonOptions.Store, CommonOptions.Verbose]);
        verb.SetAction(RunAsync);
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        Dictionary<string, string> variables = RunOptions.VariablesOf(parsed, Project.Find());
        if (parsed.GetValue(s_shards) is int shards)
            variables[ShardVariables.Count] = shards.ToString(CultureInfo.InvariantCulture);
        ExperimentView view = await PresentImages.LoadAsync(variables, cancellationToken);
        foreach (TaskSetFault fault in view.TaskSet.Faults)
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"task set: {fault}");
        if (parsed.GetValue(s_freeze))
        {
            if (view.Sharding is null)
                throw new UsageException("--freeze keeps a division into shards, and none is asked for. Say how many: --shards 16.");
            view.Sharding.Freeze(view.Layout, view.Plan.Cases.Select(caseId => caseId.ToString()));
            view = await PresentImages.LoadAsync(variables, cancellationToken);
        }
        RunRecord[] past = [.. PastCases.Of(view.Layout.StoreFolder, view.Agent.Kind, view.Configuration.Model.Name)];
        await parsed.InvocationConfiguration.Output.WriteAsync(Text(view, Forecast.PastOf(past)) + ShardPlan.TextOf(view, past));
        return ExitCodes.Ok;
    }

    private static string Text(ExperimentView view, ILookup<Setting, PastCase> past)
    {
        SelectedCase[] all = [.. view.Due];
        SelectedCase[] whole = [.. all.Where(c => c.Status != RunStatus.Results || view.ReasonFor(c) == AttemptReason.Force)];
        Dictionary<Setting, int> due = whole.GroupBy(c => c.CaseId.Setting).ToDictionary(group => group.Key, group => group.Count());
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture,
            $"Experiment {view.Configuration.Name}: agent {Who(view)}, {view.Configuration.Run.Concurrency} at a time, order "
            + $"{EnumNames.NameOf(view.Configuration.Run.Order)}");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"{"setting",-14}{"planned",9}{"selected",10}{"to run",8}   "
            + $"{"USD of one (10-90 %)",-24}{"seconds of one (10-90 %)",-26}{"past cases",10}");
        foreach (IGrouping<Setting, CaseId> setting in view.Plan.Cases.GroupBy(c => c.Setting).OrderBy(group => group.Key))
        {
            PastCase[] cases = [.. past[setting.Key]];
            int selected = view.Cases.Count(c => c.CaseId.Setting == setting.Key);
            int toRun = all.Count(c => c.CaseId.Setting == setting.Key);
            string seconds = cases.Length == 0 ? "-" : Range(Interval.Of(cases.Select(one => one.Seconds)), "0.0");
            text.AppendLine(CultureInfo.InvariantCulture, $"{EnumNames.NameOf(setting.Key),-14}{setting.Count(),9}{selected,10}{toRun,8}   "
                + $"{CostOfOne(cases),-24}{seconds,-26}{cases.Length,10}");
        }
        text.AppendLine(CultureInfo.InvariantCulture, $"{"TOTAL",-14}{view.Plan.Cases.Count,9}{view.Cases.Count,10}{all.Length,8}");
        if (all.Length > whole.Length)
            text.AppendLine(CultureInfo.InvariantCulture,
                $"The agents of {all.Length - whole.Length} of these have finished: the run only evaluates them, which costs no money. The "
                + $"lines below leave them out.");
        return text.AppendLine(all.Length > 0 && whole.Length == 0 ? "No agent needs to run." : Expectation(view, due, past)).ToString();
    }

    private static string Expectation(ExperimentView view, Dictionary<Setting, int> due, ILookup<Setting, PastCase> past)
    {
        int all = due.Values.Sum();
        if (all == 0)
            return "Nothing to run.";
        string most = view.Agent.CostsMoney
            ? string.Create(CultureInfo.InvariantCulture,
                $" The {all} cases may cost {all * view.Configuration.Limits.CaseCostUsd:0.00} USD at most "
                + $"({view.Configuration.Limits.CaseCostUsd:0.00##} a case, limits.case_cost_usd).") : "";
        if (Forecast.Of(due, past, view.Configuration.Run.Concurrency) is not Forecast forecast)
            return $"The store has no past case of agent {Who(view)} in these settings, so there is no estimate for the {all} cases.{most}";
        string cost = forecast.CostUsd is Interval usd ? $"{Range(usd, "0.00")} USD"
            : "an unknown cost (a past case has no price)";
        string rest = forecast.Cases < all
            ? string.Create(CultureInfo.InvariantCulture,
            $" There is no estimate for the other {all - forecast.Cases}: their settings have no past case.") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Expected for {forecast.Cases} cases: {cost}, {StatusText.Duration(TimeSpan.FromSeconds(forecast.Seconds.Median))} "
                + $"({StatusText.Duration(TimeSpan.FromSeconds(forecast.Seconds.Low))} to "
                + $"{StatusText.Duration(TimeSpan.FromSeconds(forecast.Seconds.High))}); median and 10-90 % range, from {forecast.Past} "
                + $"past cases of agent {Who(view)}.{rest}{most}");
    }

    private static string Who(ExperimentView view) =>
        view.Agent.Kind + (view.Configuration.Model.Name is string model ? $" with {model}" : "");

    private static string CostOfOne(PastCase[] cases) =>
        cases.Length == 0 ? "-" : cases.Any(one => one.CostUsd is null) ? "unpriced"
            : Range(Interval.Of(cases.Select(one => one.CostUsd!.Value)), "0.00##");

    private static string Range(Interval interval, string format) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{interval.Median.ToString(format, CultureInfo.InvariantCulture)} "
            + $"({interval.Low.ToString(format, CultureInfo.InvariantCulture)} to "
            + $"{interval.High.ToString(format, CultureInfo.InvariantCulture)})");
}
