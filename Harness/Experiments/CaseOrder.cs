using Tandem.Harness.Configuration;
using Tandem.Records.Cases;

namespace Tandem.Harness.Experiments;

/// <summary>The order in which cases begin.</summary>
internal static class CaseOrder
{
    /// <summary>
    /// As they come, or in blocks: all cases of a pair together, the pairs shuffled, and within each pair its cases, so that what drifts
    /// over time meets all settings alike. A case keeps its place among the others when cases are added.
    /// </summary>
    /// <param name="cases">Setting by setting.</param>
    /// <param name="run">Which order, and its seed.</param>
    public static IReadOnlyList<CaseId> Of(IReadOnlyList<CaseId> cases, RunSettings run) => run.Order switch
    {
        OrderChoice.Settings => cases,
        OrderChoice.Blocks =>
            [.. cases.GroupBy(caseId => caseId.PairKey).OrderBy(block => Place(run, block.Key))
            .SelectMany(block => block.OrderBy(caseId => Place(run, caseId.ToString())))],
        _ => throw new ArgumentOutOfRangeException(nameof(run), run.Order, null),
    };

    private static double Place(RunSettings run, string text) =>
        new StableRandom(FormattableString.Invariant($"order {run.OrderSeed} {text}")).Next();
}
