using Tandem.Analysis.Data;
using Tandem.Records.Judgements;

namespace Tandem.Analysis.Judgements;

/// <summary>What one judge was paid, over all its attempts, those that do not count included.</summary>
/// <param name="Judge">The judge.</param>
/// <param name="Attempts">Attempts that left a record.</param>
/// <param name="Calls">Of the model.</param>
/// <param name="Usd">All of it, as far as it is priced.</param>
/// <param name="Unpriced">Attempts that called a model at a cost that nobody knows.</param>
internal sealed record JudgeCost(JudgeName Judge, int Attempts, int Calls, decimal Usd, int Unpriced)
{
    /// <summary>For each judge that is no import, in the order of their names.</summary>
    public static IReadOnlyList<JudgeCost> AllOf(Dataset dataset) =>
    [
        .. dataset.Judgements.Judgements.Select(stored => stored.Record).GroupBy(record => record.JudgeModel)
            .OrderBy(judge => judge.Key, StringComparer.Ordinal).Select(Of),
    ];

    private static JudgeCost Of(IGrouping<string, JudgementRecord> judge) => new(
        new JudgeName(judge.Key, judge.Any(record => record.Simulated), IsImported: false),
        judge.Count(),
        judge.Sum(record => record.Calls),
        judge.Sum(record => record.Cost ?? 0),
        judge.Count(record => record.Cost is null && record.Calls > 0));
}
