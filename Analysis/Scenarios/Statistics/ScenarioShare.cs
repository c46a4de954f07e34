using Tandem.Analysis.Statistics;

namespace Tandem.Analysis.Scenarios.Statistics;

/// <summary>How often a scenario passed under a variant.</summary>
/// <param name="Scenario">The scenario.</param>
/// <param name="Variant">The variant.</param>
/// <param name="Score">Cases, those with a verdict, and those of them that passed.</param>
/// <param name="Needed">How many of those with a verdict must pass by the plan; null if it asks for nothing or none has one.</param>
internal sealed record ScenarioShare(string Scenario, string Variant, PairScore Score, int? Needed)
{
    /// <summary>Whether fewer passed than the plan asks for.</summary>
    public bool IsBelow => Needed is int needed && Score.Passed < needed;

    public static ScenarioShare Of(ScenarioTable table, string scenario, string variant, double? rate)
    {
        PairScore score = table.Score(scenario, variant);
        return new ScenarioShare(scenario, variant, score, rate is double share && score.WithVerdict > 0
            ? NeededOf(share, score.WithVerdict) : null);
    }

    /// <summary>The least whole number of passes that is the share or more.</summary>
    /// <param name="rate">Above 0 to 1.</param>
    /// <param name="count">Verdicts, from 1.</param>
    public static int NeededOf(double rate, int count) => (int)Math.Ceiling((rate * count) - 1e-9);
}
