using System.Runtime.ExceptionServices;
using Tandem.Analysis.Data;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Rules.Deep;
using Tandem.Analysis.Rules.Secrets;
using Tandem.Records.Store;

namespace Tandem.Analysis.Validating;

internal sealed record RuleReport(INamedRule Rule, RuleOutcome Outcome);

/// <summary>What all rules said about one experiment.</summary>
/// <param name="Experiment">Its name.</param>
/// <param name="SimulationLabel">Says that the figures are of simulated agents; null if they are not.</param>
/// <param name="Rules">What each said.</param>
internal sealed record ValidationReport(string Experiment, string? SimulationLabel, IReadOnlyList<RuleReport> Rules)
{
    public bool Passed => Rules.All(rule => rule.Outcome.Passed);

    /// <summary>How many rules only <c>--deep</c> holds, and were not held.</summary>
    public required int LeftOut { get; init; }

    /// <summary>Whether all rules were held, those that read every file too.</summary>
    public bool IsDeep => LeftOut == 0;

    public RuleReport this[string ruleId] => Rules.Single(rule => rule.Rule.Id == ruleId);
}

/// <summary>Holds all rules against an experiment's files.</summary>
internal static class Validation
{
    /// <summary>Every rule, in the order in which they are reported; the deep ones last.</summary>
    public static IReadOnlyList<IRule> Rules { get; } =
    [
        new SchemaRule(), new PlanRule(), new MissingDataRule(), new MergeRule(), new DifficultyRule(), new BucketRule(),
        new CellRule(), new ResultsRule(), new AttemptRule(), new CountingRule(), new ArtifactRule(), new MessageRule(), new TimeRule(),
        new ImageRule(), new SuspectRule(), new JudgementRule(),
        new DigestRule(), new ConversationRule(), new CostRule(), new ReportFilesRule(), new SecretRule(),
    ];

    /// <param name="layout">The experiment in its store.</param>
    /// <param name="isPartial">Whether only a part of the plan was meant to be run so far: what is missing for that reason is then a
    /// warning.</param>
    /// <param name="isDeep">Whether to hold the deep rules too, which read every file.</param>
    /// <exception cref="UnreadableStoreException">There is no experiment to check.</exception>
    public static ValidationReport Run(StoreLayout layout, bool isPartial = false, bool isDeep = false) =>
        Run(Dataset.Read(layout), isPartial, isDeep);

    public static ValidationReport Run(Dataset dataset, bool isPartial = false, bool isDeep = false)
    {
        IRule[] rules = [.. Rules.Where(rule => isDeep || !rule.IsDeep)];
        try
        {
            RuleOutcome[] outcomes = Check(dataset, rules);
            return new ValidationReport(dataset.Layout.Experiment, dataset.SimulationLabel,
                [.. rules.Zip(outcomes, (rule, outcome) => new RuleReport(rule, Excuse(outcome, isPartial)))])
            { LeftOut = Rules.Count - rules.Length };
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.Flatten().InnerExceptions[0]);
            throw;
        }
    }

    private static RuleOutcome[] Check(Dataset dataset, IRule[] rules)
    {
        var outcomes = new RuleOutcome[rules.Length];
        // Rules on attempts' files share one pass over them.
        DeepRule[] deep = [.. rules.OfType<DeepRule>()];
        foreach ((DeepRule rule, RuleOutcome outcome) in deep.Zip(DeepPass.Run(dataset, deep)))
            outcomes[Array.IndexOf(rules, rule)] = outcome;
        // Most only compute; one asks the file system for hundreds of thousands of sizes meanwhile.
        Parallel.For(0, rules.Length, i => outcomes[i] ??= rules[i].Check(dataset));
        return outcomes;
    }

    /// <summary>The outcome without what may be only that a part of the plan was not run yet.</summary>
    /// <param name="outcome">Of a rule.</param>
    /// <param name="isPartial">Whether only a part was meant to be run so far; else nothing is left out.</param>
    public static RuleOutcome Excuse(RuleOutcome outcome, bool isPartial)
    {
        Finding[] unfinished = isPartial ? [.. outcome.Findings.Where(finding => finding.IsUnfinished)] : [];
        if (unfinished.Length == 0)
            return outcome;
        string what = $"{unfinished.Length} finding{(unfinished.Length == 1 ? "" : "s")} left out, since only a part of it has been run "
            + $"so far (--partial)";
        return outcome with
        {
            Findings =
            [.. outcome.Findings.Where(finding => !finding.IsUnfinished), new Finding("the plan", what, Severity.Warning)]
        };
    }
}
