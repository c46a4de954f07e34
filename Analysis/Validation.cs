using Tandem.Analysis.Data;
using Tandem.Analysis.Rules;
using Tandem.Records.Store;

namespace Tandem.Analysis;

/// <summary>What one rule said.</summary>
internal sealed record RuleReport(IRule Rule, RuleOutcome Outcome);

/// <summary>What all rules said about one experiment.</summary>
/// <param name="Experiment">Its name.</param>
/// <param name="SimulationLabel">Says that the figures are of simulated agents; null if they are not.</param>
/// <param name="Rules">What each said.</param>
internal sealed record ValidationReport(string Experiment, string? SimulationLabel, IReadOnlyList<RuleReport> Rules)
{
    public bool Passed => Rules.All(rule => rule.Outcome.Passed);

    /// <summary>The report of one rule.</summary>
    public RuleReport this[string ruleId] => Rules.Single(rule => rule.Rule.Id == ruleId);
}

/// <summary>Holds all rules against an experiment's files.</summary>
internal static class Validation
{
    /// <summary>Every rule, in the order in which they are reported.</summary>
    public static IReadOnlyList<IRule> Rules { get; } =
        [new SchemaRule(), new PlanRule(), new MissingDataRule(), new MergeRule(), new DifficultyRule(), new BucketRule(), new StoreRule(), new ResultsRule()];

    /// <summary>Reads an experiment and checks it.</summary>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="isPartial">Whether only a part of the plan was meant to be run so far: what is missing for that reason is then a warning.</param>
    /// <exception cref="UnreadableStoreException">There is no experiment to check.</exception>
    public static ValidationReport Run(StoreLayout layout, bool isPartial = false)
    {
        var dataset = Dataset.Read(layout);
        return new ValidationReport(layout.Experiment, dataset.SimulationLabel, [.. Rules.Select(rule => new RuleReport(rule, Check(rule, dataset, isPartial)))]);
    }

    private static RuleOutcome Check(IRule rule, Dataset dataset, bool isPartial)
    {
        RuleOutcome outcome = rule.Check(dataset);
        return isPartial && rule.NeedsWholePlan && !outcome.Passed
            ? outcome with { Findings = [new Finding("the plan", $"{outcome.Errors} finding{(outcome.Errors == 1 ? "" : "s")} left out, since only a part of it has been run so far (--partial)", Severity.Warning)] }
            : outcome;
    }
}
