using Tandem.Analysis.Data;
using Tandem.Analysis.Rules;
using Tandem.Records.Store;

namespace Tandem.Analysis;

/// <summary>What one rule said.</summary>
internal sealed record RuleReport(IRule Rule, RuleOutcome Outcome);

/// <summary>What all rules said about one experiment.</summary>
internal sealed record ValidationReport(string Experiment, IReadOnlyList<RuleReport> Rules)
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
    /// <exception cref="UnreadableStoreException">There is no experiment to check.</exception>
    public static ValidationReport Run(StoreLayout layout)
    {
        var dataset = Dataset.Read(layout);
        return new ValidationReport(layout.Experiment, [.. Rules.Select(rule => new RuleReport(rule, rule.Check(dataset)))]);
    }
}
