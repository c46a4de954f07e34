using Tandem.Analysis.Statistics;

namespace Tandem.Analysis.Scenarios.Statistics;

/// <summary>What k repetitions of a scenario are worth, averaged over scenarios.</summary>
/// <param name="Variant">The variant.</param>
/// <param name="K">Repetitions, from 1.</param>
/// <param name="PassAtK">The chance that at least one of k passes, see <see cref="Repeats.PassAtK"/>; null without scenarios.</param>
/// <param name="PassAllK">pass^k, the chance that all of k pass, see <see cref="Repeats.PassAllK"/>; null without scenarios.</param>
/// <param name="Scenarios">With at least k verdicts: those that the averages are over.</param>
/// <param name="ScenariosShort">With fewer: left out.</param>
internal sealed record ScenarioRepeats(string Variant, int K, double? PassAtK, double? PassAllK, int Scenarios, int ScenariosShort)
{
    /// <summary>Both, for k from 1 to the repetitions of the plan.</summary>
    public static IEnumerable<ScenarioRepeats> Of(ScenarioTable table, string variant, int repetitions)
    {
        PairScore[] scores = table.Scores(variant);
        return Enumerable.Range(1, repetitions).Select(k =>
        {
            PairScore[] enough = [.. scores.Where(score => score.WithVerdict >= k)];
            return new ScenarioRepeats(variant, k,
                enough.Average(score => (double?)Repeats.PassAtK(score.WithVerdict, score.Passed, k)),
                enough.Average(score => (double?)Repeats.PassAllK(score.WithVerdict, score.Passed, k)),
                enough.Length, scores.Length - enough.Length);
        });
    }
}
