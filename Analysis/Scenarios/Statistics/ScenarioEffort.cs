using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Scenarios;

namespace Tandem.Analysis.Scenarios.Statistics;

/// <summary>How a quantity is spread over conversations. Where it is unknown it is counted, never taken for 0.</summary>
/// <param name="Known">Conversations of which it is known: n.</param>
/// <param name="Unknown">Those of which it is not.</param>
/// <param name="Total">The sum; null if n is 0, as all below.</param>
/// <param name="Mean">The mean.</param>
/// <param name="Median">The middle one, or the mean of the two in the middle.</param>
/// <param name="P95">The smallest value that at least 95 % do not exceed (nearest rank).</param>
internal sealed record Spread(int Known, int Unknown, double? Total, double? Mean, double? Median, double? P95)
{
    /// <summary>Of values, null where unknown.</summary>
    public static Spread Of(IEnumerable<double?> values)
    {
        double?[] all = [.. values];
        double[] known = [.. all.OfType<double>().Order()];
        int n = known.Length;
        if (n == 0)
            return new Spread(0, all.Length, null, null, null, null);
        double median = n % 2 == 1 ? known[n / 2] : (known[(n / 2) - 1] + known[n / 2]) / 2;
        // In whole numbers, so that 0.95 n is never a hair above a whole one.
        return new Spread(n, all.Length - n, known.Sum(), known.Sum() / n, median, known[(((95 * n) + 99) / 100) - 1]);
    }
}

/// <summary>What the conversations of a variant took, and how they ended.</summary>
internal sealed record ScenarioEffort
{
    public required string Variant { get; init; }

    /// <summary>Of the records that count, as all spreads.</summary>
    public required Spread InputTokens { get; init; }

    /// <summary>Of the input, those that were read from a cache.</summary>
    public required Spread CachedTokens { get; init; }

    public required Spread OutputTokens { get; init; }

    /// <summary>USD.</summary>
    public required Spread Cost { get; init; }

    /// <summary>Seconds of the model's answers together.</summary>
    public required Spread Latency { get; init; }

    /// <summary>USD of every record, those that do not count too; of some the cost may be unknown.</summary>
    public required decimal PaidUsd { get; init; }

    /// <summary>Records whose cost is unknown, and not in <see cref="PaidUsd"/>.</summary>
    public required int Unpriced { get; init; }

    /// <summary>Records without a conversation, by the class of their error; with the faults of tries that were begun again.</summary>
    public required IReadOnlyList<ErrorCount> Errors { get; init; }

    /// <summary>Records that count, by how they ended; every way, also where it is 0.</summary>
    public required IReadOnlyList<(ScenarioEnd End, int Count)> Ends { get; init; }

    public static ScenarioEffort Of(ScenarioTable table, string variant)
    {
        ScenarioRecord[] counting = [.. table.Cases(variant).Select(one => one.Counting?.Record).OfType<ScenarioRecord>()];
        // A revision repeats what its conversation cost.
        ScenarioRecord[] all = [.. table.Cases(variant).SelectMany(one => one.Records.DistinctBy(record => record.Attempt))];
        return new ScenarioEffort
        {
            Variant = variant,
            InputTokens = Spread.Of(counting.Select(record => (double?)record.Usage?.Input)),
            CachedTokens = Spread.Of(counting.Select(record => (double?)record.Usage?.CacheRead)),
            OutputTokens = Spread.Of(counting.Select(record => (double?)record.Usage?.Output)),
            Cost = Spread.Of(counting.Select(record => (double?)record.Cost)),
            Latency = Spread.Of(counting.Select(record => record.LatencySeconds)),
            PaidUsd = all.Sum(record => record.Cost ?? 0),
            Unpriced = all.Count(record => record.Cost is null),
            Errors = ErrorCount.Of(all),
            Ends = [.. Enum.GetValues<ScenarioEnd>().Select(end => (end, counting.Count(record => record.EndedBy == end)))],
        };
    }
}

/// <summary>How often a class of faults was met.</summary>
/// <param name="Class">As the records write it.</param>
/// <param name="Records">Records that it left without a conversation.</param>
/// <param name="Tries">Tries that were begun again within their attempt.</param>
internal sealed record ErrorCount(string Class, int Records, int Tries)
{
    /// <summary>By class, in the order of declaration; interruptions among them, only those that were met.</summary>
    public static IReadOnlyList<ErrorCount> Of(IReadOnlyList<ScenarioRecord> records) =>
        [.. Enum.GetValues<ErrorClass>().Select(one => new ErrorCount(EnumNames.NameOf(one),
                records.Count(record => ClassOf(record) == one),
                records.Sum(record => record.FailedTries.Count(tried => tried.Class == one))))
            .Where(count => count.Records + count.Tries > 0)];

    private static ErrorClass? ClassOf(ScenarioRecord record) => record.Interrupted ? ErrorClass.Interrupted : record.Error?.Class;
}
