using System.Globalization;
using Tandem.Harness.Experiments;
using Tandem.Harness.Scenarios;
using Tandem.Records.Runs;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;

namespace Tandem.Cli.Planning;

/// <summary>What a run of an experiment of scenarios would do, cost and take.</summary>
internal static class ScenarioPlanning
{
    /// <summary>The plan in one line.</summary>
    public static string Opening(ScenarioView view)
    {
        ScenarioPlan plan = view.Plan;
        string model = plan.Simulated ? $"{plan.Model}, a program in place of a model" : plan.Model;
        return string.Create(CultureInfo.InvariantCulture,
            $"Experiment {plan.Experiment}: model {model}, {plan.Variants.Count} variants x {plan.Scenarios.Count} scenarios x "
            + $"{plan.Repetitions} repetitions, {view.Cases.Count} cases selected, {view.Due.Count()} to run, "
            + $"{view.Experiment.Configuration.Run.Concurrency} at a time");
    }

    /// <summary>All lines of <c>plan</c>.</summary>
    public static string TextOf(ScenarioView view)
    {
        ILookup<string, PastCase> past = PastOf(view.Layout, view.Plan);
        SelectedScenario[] due = [.. view.Due];
        SelectedScenario[] whole = [.. due.Where(one => one.Standing.Status != RunStatus.Results
            || view.ReasonFor(one) != AttemptReason.Due)];
        ILookup<string, ScenarioCaseId> planned = view.Plan.Cases.ToLookup(id => id.Variant);
        bool costsMoney = ScenarioEnvironment.CostsMoney(view.Experiment);
        int concurrency = view.Experiment.Configuration.Run.Concurrency;
        string text = Opening(view) + Environment.NewLine + new PlanText<string>
        {
            KindWord = "variant",
            Who = $"model {view.Plan.Model}",
            Rows = [.. view.Plan.Variants.Select(variant => new PlanRow<string>(variant.Name, variant.Name, planned[variant.Name].Count(),
                view.Cases.Count(one => one.Id.Variant == variant.Name), due.Count(one => one.Id.Variant == variant.Name),
                whole.Count(one => one.Id.Variant == variant.Name)))],
            Past = past,
            Concurrency = concurrency,
            MostUsdOfCase = costsMoney ? view.Experiment.Configuration.Limits.CaseCostUsd : null,
            OfFinished = count => $"The answers of {count} of these are stored, and only their checks are due, which costs no money. The "
                + "lines below leave them out.",
            AllFinished = "No model needs to be asked.",
            Order = StringComparer.Ordinal,
        }.Write();
        if (whole.Length > 0)
            text += string.Create(CultureInfo.InvariantCulture, $"{whole.Length} conversations: {whole.Length} requests at least, "
                + $"{whole.Sum(one => view.Experiment.TurnsOf(one.Id.Variant))} at most (limits.max_turns), reruns not counted.")
                + Environment.NewLine;
        if (view.Sharding is not Sharding sharding)
            return text;
        double? Expected(string variant) => past[variant].Any()
            ? Median.Of([.. past[variant].Select(one => one.Seconds).Order()]) : null;
        Dictionary<string, double?> seconds = view.Plan.Variants.ToDictionary(variant => variant.Name, variant => Expected(variant.Name));
        return text + ShardPlan.TextOf(new DividedPlan(sharding, view.Layout,
            [.. view.Plan.Cases.Select(id => (id.ToString(), seconds[id.Variant]))], concurrency,
            view.Experiment.Configuration.Limits.MaxCostUsd?.Usd, view.Experiment.Configuration.Limits.CaseCostUsd, costsMoney,
            SharesMoney: false, view.IsShardEmpty, "this model"));
    }

    /// <summary>The past conversations of a model by variant: those of this experiment, and for a variant that has none here those of the
    /// store's other experiments.</summary>
    private static ILookup<string, PastCase> PastOf(StoreLayout layout, ScenarioPlan plan)
    {
        ScenarioRecord[] all = [.. PastScenarios.Of(layout.StoreFolder, plan.Model)];
        HashSet<string> own = [.. all.Where(record => record.Experiment == layout.Experiment).Select(record => record.Variant)];
        return all.Where(record => record.Experiment == layout.Experiment || !own.Contains(record.Variant))
            .ToLookup(record => record.Variant,
                record => new PastCase((double?)record.Cost, record.DurationSeconds, record.Calls));
    }
}
