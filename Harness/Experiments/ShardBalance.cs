using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Harness.Experiments;

/// <summary>Divides cases so that all shards take about the same time.</summary>
internal static class ShardBalance
{
    /// <summary>
    /// The longest case first, each to the shard that has least to do; of equals the case with the lower id, and the shard with the lower
    /// number. The longest shard takes at most 4/3 of the shortest time that is possible. Takes time in the order of cases x log(cases).
    /// </summary>
    /// <param name="cases">The whole plan.</param>
    /// <param name="count">How many shards.</param>
    /// <param name="expected">What cases take; where it is empty, all go by hash.</param>
    /// <param name="tasks">The engine's tasks; null where they count from 0.</param>
    public static ShardDivision Divide(IReadOnlyList<CaseId> cases, int count, ExpectedTimes expected, ShardTasks? tasks)
    {
        var assignment = new SortedDictionary<string, int>(StringComparer.Ordinal);
        if (!expected.IsEmpty)
        {
            var shards = new PriorityQueue<int, (double Seconds, int Number)>(
                Enumerable.Range(1, count).Select(number => (number, (0.0, number))));
            foreach ((string id, double seconds) in cases.Distinct().Select(caseId => (caseId.ToString(), expected.Of(caseId) ?? 0))
                .OrderByDescending(one => one.Item2).ThenBy(one => one.Item1, StringComparer.Ordinal))
            {
                shards.TryDequeue(out int number, out (double Seconds, int Number) load);
                assignment[id] = number;
                shards.Enqueue(number, (load.Seconds + seconds, number));
            }
        }
        return ShardDivision.ByHash(count, tasks) with { By = ShardWay.Time, Assignment = assignment };
    }
}
