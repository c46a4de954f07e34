using Tandem.Analysis.Validating;

namespace Tandem.Analysis.Scenarios.Rules;

/// <summary>Holds all rules against an experiment of scenarios.</summary>
internal static class ScenarioValidation
{
    /// <summary>Every rule, in the order in which they are reported. None is deep: all files are read each time.</summary>
    public static IReadOnlyList<IScenarioRule> Rules { get; } =
    [
        new ScenarioFileRule(), new ScenarioCaseRule(), new ScenarioTextRule(), new ScenarioRepetitionRule(), new ScenarioDefinitionRule(),
        new ScenarioMissingDataRule(), new ScenarioModelRule(), new ScenarioSecretRule(), new ScenarioResultsRule(),
    ];

    /// <param name="dataset">The experiment.</param>
    /// <param name="isPartial">Whether only a part of the plan was meant to be run so far: what is missing for that reason is then a
    /// warning.</param>
    public static ValidationReport Run(ScenarioDataset dataset, bool isPartial = false) =>
        new(dataset.Layout.Experiment, dataset.SimulationLabel,
            [.. Rules.Select(rule => new RuleReport(rule, Validation.Excuse(rule.Check(dataset), isPartial)))])
        { LeftOut = 0 };
}
