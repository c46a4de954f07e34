using Tandem.Records.Runs;

namespace Tandem.Harness.Models;

/// <summary>Adds tokens of model calls; what no call reports stays unknown.</summary>
internal static class TokenSums
{
    public static TokenCounts? Of(IReadOnlyCollection<TokenCounts> known) => known.Count == 0
        ? null
        : new TokenCounts(known.Sum(t => t.Input), known.Sum(t => t.Output), Sum(known.Select(t => t.CacheRead)),
        Sum(known.Select(t => t.CacheWrite)));

    private static long? Sum(IEnumerable<long?> counts)
    {
        long?[] all = [.. counts];
        return all.All(count => count is null) ? null : all.Sum();
    }
}
