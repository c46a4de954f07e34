namespace Tandem.Records.Runs;

/// <summary>Sums over agents, or over calls, where some values may be unknown.</summary>
public static class Totals
{
    /// <summary>Null if one is unknown, or there is none: a part would pass for the whole.</summary>
    public static decimal? OfCosts(IEnumerable<decimal?> costs) =>
        costs.Aggregate((Sum: (decimal?)0, Any: false), (total, cost) => (total.Sum + cost, true)) is (var sum, true) ? sum : null;

    /// <summary>Of the known ones: an agent that never ran made no step. Null if none is known.</summary>
    public static int? OfSteps(IEnumerable<int?> steps) => Known(steps) is [_, ..] known ? known.Sum() : null;

    /// <summary>Of the known ones; null if none is known. Cached tokens likewise.</summary>
    public static TokenCounts? OfTokens(IEnumerable<TokenCounts?> counts) => counts.OfType<TokenCounts>().ToArray() is [_, ..] known
        ? new TokenCounts(known.Sum(t => t.Input), known.Sum(t => t.Output), Sum(known.Select(t => t.CacheRead)),
            Sum(known.Select(t => t.CacheWrite)))
        : null;

    /// <summary>Counts of which each can be; null if they are unknown, or one cannot be.</summary>
    public static TokenCounts? Plausible(TokenCounts? counts) => counts is not null
        && ((long?[])[counts.Input, counts.Output, counts.CacheRead, counts.CacheWrite])
            .All(count => count is null || Json.Plausible.Tokens((decimal)count) is not null) ? counts : null;

    private static long? Sum(IEnumerable<long?> counts) => Known(counts) is [_, ..] known ? known.Sum() : null;

    private static T[] Known<T>(IEnumerable<T?> values)
        where T : struct => [.. values.OfType<T>()];
}
