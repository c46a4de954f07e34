using Tandem.Analysis.Statistics;
using Tandem.Records.Scenarios;

namespace Tandem.Analysis.Scenarios.Statistics;

/// <summary>An experiment of a comparison.</summary>
/// <param name="Experiment">Its name.</param>
/// <param name="Model">The model that is asked.</param>
/// <param name="SimulationLabel">Says that no model was asked; null if one was.</param>
/// <param name="Repetitions">Of each scenario and variant.</param>
/// <param name="Rates">By variant.</param>
internal sealed record ComparedScenarios(
    string Experiment, string Model, string? SimulationLabel, int Repetitions, IReadOnlyList<VariantRate> Rates);

/// <summary>One variant in the baseline and in another experiment.</summary>
/// <param name="Variant">The variant.</param>
/// <param name="Contrast">The two experiments, by scenario.</param>
/// <param name="Changed">Scenarios whose majority of repetitions says something else.</param>
internal sealed record ExperimentVariantContrast(string Variant, VariantContrast Contrast, IReadOnlyList<ChangedScenario> Changed);

/// <summary>A scenario of which most repetitions passed on one side and failed on the other.</summary>
internal sealed record ChangedScenario(string Scenario, PairScore Baseline, PairScore Other);

/// <summary>What two experiments define in another way.</summary>
/// <param name="Other">The experiment that is compared with the baseline.</param>
/// <param name="Where">A scenario, a variant, or both.</param>
/// <param name="What">What differs, in words.</param>
internal sealed record DefinitionDifference(string Other, string Where, string What);

/// <summary>Two or more experiments of scenarios, variant by variant; the first is the baseline.</summary>
internal sealed record ScenarioComparison
{
    public required IReadOnlyList<ComparedScenarios> Experiments { get; init; }

    /// <summary>By experiment, then by the baseline's variants; p is adjusted over all.</summary>
    public required IReadOnlyList<ExperimentVariantContrast> Contrasts { get; init; }

    public required IReadOnlyList<DefinitionDifference> Differences { get; init; }

    public static ScenarioComparison Of(IReadOnlyList<ScenarioDataset> datasets)
    {
        ScenarioTable[] tables = [.. datasets.Select(ScenarioTable.Of)];
        (string Variant, VariantContrast Contrast, ChangedScenario[] Changed)[] contrasts = [.. Enumerable.Range(1, datasets.Count - 1)
            .SelectMany(other => tables[0].Variants.Intersect(tables[other].Variants)
                .Where(variant => tables[0].Scenarios.Intersect(tables[other].Scenarios).Any())
                .Select(variant => Of(datasets[0], tables[0], datasets[other], tables[other], variant)))];
        IReadOnlyList<VariantContrast> adjusted = VariantContrast.Adjusted([.. contrasts.Select(one => one.Contrast)]);
        return new ScenarioComparison
        {
            Experiments = [.. datasets.Zip(tables, (dataset, table) => new ComparedScenarios(dataset.Layout.Experiment, dataset.Plan.Model,
                dataset.SimulationLabel, dataset.Plan.Repetitions, [.. table.Variants.Select(variant => VariantRate.Of(table, variant))]))],
            Contrasts = [.. contrasts.Zip(adjusted, (one, contrast) =>
                new ExperimentVariantContrast(one.Variant, contrast, one.Changed))],
            Differences = [.. datasets.Skip(1).SelectMany(other => DifferencesOf(datasets[0].Plan, other))],
        };
    }

    private static (string Variant, VariantContrast Contrast, ChangedScenario[] Changed) Of(ScenarioDataset baseline,
        ScenarioTable baselineTable, ScenarioDataset other, ScenarioTable otherTable, string variant)
    {
        string[] scenarios = [.. baselineTable.Scenarios.Union(otherTable.Scenarios)];
        PairScore[] before = [.. scenarios.Select(scenario => baselineTable.Score(scenario, variant))];
        PairScore[] after = [.. scenarios.Select(scenario => otherTable.Score(scenario, variant))];
        ChangedScenario[] changed = [.. scenarios.Select((scenario, at) => new ChangedScenario(scenario, before[at], after[at]))
            .Where(one => VariantContrast.MajorityOf(one.Baseline) is bool was && VariantContrast.MajorityOf(one.Other) is bool now
                && was != now)];
        return (variant, VariantContrast.Of(baseline.Layout.Experiment, other.Layout.Experiment, before, after), changed);
    }

    // The digests of conversations contain the model, so that they differ where nothing else does.
    private static IEnumerable<DefinitionDifference> DifferencesOf(ScenarioPlan baseline, ScenarioDataset dataset)
    {
        ScenarioPlan other = dataset.Plan;
        DefinitionDifference Said(string where, string what) => new(dataset.Layout.Experiment, where, what);
        if (baseline.Repetitions != other.Repetitions)
            yield return Said("all", $"{other.Repetitions} repetitions, the baseline has {baseline.Repetitions}");
        foreach (string name in Variants(baseline).Except(Variants(other)).Concat(Variants(other).Except(Variants(baseline))))
            yield return Said(name, "a variant of one experiment alone; it is not compared");
        foreach (string id in Scenarios(baseline).Except(Scenarios(other)).Concat(Scenarios(other).Except(Scenarios(baseline))))
            yield return Said(id, "a scenario of one experiment alone; it is not compared");
        foreach (PlannedVariant variant in baseline.Variants)
        {
            if (other.Variants.FirstOrDefault(one => one.Name == variant.Name) is { } same && !same.Tools.SequenceEqual(variant.Tools))
                yield return Said(variant.Name, $"its tools are {List(same.Tools)}, in the baseline {List(variant.Tools)}");
        }
        foreach (PlannedScenario scenario in baseline.Scenarios)
        {
            if (other.Scenarios.FirstOrDefault(one => one.Id == scenario.Id) is not { } same)
                continue;
            if (same.User != scenario.User)
                yield return Said(scenario.Id, "the user says something else");
            if (same.FixedTimestamp != scenario.FixedTimestamp)
                yield return Said(scenario.Id, "its clock differs");
            if (same.Persona != scenario.Persona)
                yield return Said(scenario.Id, "its persona differs");
        }
        foreach (PlannedConversation conversation in baseline.Conversations)
        {
            if (other.Find(conversation.Variant, conversation.Scenario) is { } same
                && same.ExpectationsDigest != conversation.ExpectationsDigest)
                yield return Said($"{conversation.Scenario} under {conversation.Variant}", "other expectations");
        }
    }

    private static IEnumerable<string> Variants(ScenarioPlan plan) => plan.Variants.Select(variant => variant.Name);

    private static IEnumerable<string> Scenarios(ScenarioPlan plan) => plan.Scenarios.Select(scenario => scenario.Id);

    private static string List(IReadOnlyList<string> names) => names.Count == 0 ? "none" : string.Join(", ", names);
}
