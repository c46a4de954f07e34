using Tandem.Records.Cases;

namespace Tandem.Bench.Fleet;

/// <summary>One way to divide the work, played through.</summary>
/// <param name="Seconds">From the start to the end of the last case.</param>
/// <param name="Ends">When each place at work came to its last end; ascending.</param>
internal sealed record Played(double Seconds, IReadOnlyList<double> Ends)
{
    /// <summary>Claims that were refused, since another worker was faster.</summary>
    public int Refused { get; init; }

    /// <summary>Part of the time in which the database was busy with claims, 0 to 1.</summary>
    public double ServerBusy { get; init; }
}

/// <summary>Plays the cases of a matrix through, on workers that each do some at once.</summary>
/// <param name="cases">In the order of the plan.</param>
/// <param name="workers">How many workers.</param>
/// <param name="atOnce">Cases at once of each.</param>
internal sealed class FleetSimulation(IReadOnlyList<SimulatedCase> cases, int workers, int atOnce)
{
    private const int Window = 512;
    private const double BeatSeconds = 2;

    /// <summary>What no division can beat: all places at work to the end, or the longest case.</summary>
    public double IdealSeconds => Math.Max(cases.Sum(one => one.Seconds) / (workers * atOnce), cases.Max(one => one.Seconds));

    /// <summary>A shard for each worker, by the hash of the case's id.</summary>
    public Played ByHash() => ByShards([.. cases.Select(one => Shard.NumberByHash(one.Id, workers) - 1)]);

    /// <summary>A shard for each worker, the longest expected case first, each to the shard that has least to do.</summary>
    public Played ByTime()
    {
        var load = new PriorityQueue<int, (double, int)>(Enumerable.Range(0, workers).Select(shard => (shard, (0.0, shard))));
        int[] shards = new int[cases.Count];
        foreach (int at in Enumerable.Range(0, cases.Count).OrderByDescending(at => cases[at].ExpectedSeconds)
            .ThenBy(at => cases[at].Id, StringComparer.Ordinal))
        {
            load.TryDequeue(out int shard, out (double Seconds, int) least);
            shards[at] = shard;
            load.Enqueue(shard, (least.Seconds + cases[at].ExpectedSeconds, shard));
        }
        return ByShards(shards);
    }

    /// <summary>
    /// All workers take from one matrix. Each goes through the cases in an order of its own within windows of the plan, passes over what it
    /// knows to be taken, and asks for the others; the server answers one question after the other. What others took is known since the
    /// last sign of life, or the last refusal.
    /// </summary>
    /// <param name="claimSeconds">What the server takes for one claim.</param>
    public Played ByMatrix(double claimSeconds)
    {
        double[] taken = new double[cases.Count];
        Array.Fill(taken, double.PositiveInfinity);
        int[] next = new int[workers];
        double[] known = new double[workers];
        int[][] orders = [.. Enumerable.Range(0, workers).Select(OrderOf)];
        double[] ends = new double[workers * atOnce];
        (double serverFree, double busy, int refused) = (0, 0, 0);
        var free = new PriorityQueue<int, (double Time, int Place)>(
            Enumerable.Range(0, workers * atOnce).Select(place => (place, (0.0, place))));
        while (free.TryDequeue(out int place, out (double Time, int) at))
        {
            (int worker, double now) = (place / atOnce, at.Time);
            known[worker] = Math.Max(known[worker], Math.Floor(now / BeatSeconds) * BeatSeconds);
            while (next[worker] < cases.Count && taken[orders[worker][next[worker]]] <= known[worker])
                next[worker]++;
            if (next[worker] == cases.Count)
                continue;
            int wanted = orders[worker][next[worker]++];
            double asked = Math.Max(now, serverFree);
            serverFree = asked + claimSeconds;
            busy += claimSeconds;
            if (taken[wanted] <= asked)
            {
                refused++;
                known[worker] = serverFree;
                free.Enqueue(place, (serverFree, place));
                continue;
            }
            taken[wanted] = serverFree;
            ends[place] = serverFree + cases[wanted].Seconds;
            free.Enqueue(place, (ends[place], place));
        }
        return new Played(ends.Max(), [.. ends.Order()]) { Refused = refused, ServerBusy = busy / ends.Max() };
    }

    private Played ByShards(int[] shards)
    {
        double[] ends = [.. Enumerable.Range(0, cases.Count).GroupBy(at => shards[at]).SelectMany(shard =>
        {
            var places = new PriorityQueue<double, double>(Enumerable.Range(0, atOnce).Select(_ => (0.0, 0.0)));
            foreach (int at in shard)
            {
                double end = places.Dequeue() + cases[at].Seconds;
                places.Enqueue(end, end);
            }
            return places.UnorderedItems.Select(item => item.Element);
        })];
        return new Played(ends.Max(), [.. ends.Concat(new double[(workers * atOnce) - ends.Length]).Order()]);
    }

    private int[] OrderOf(int worker)
    {
        double[] places = [.. Enumerable.Range(0, cases.Count)
            .Select(at => (at / Window) + new StableRandom(FormattableString.Invariant($"worker {worker} {cases[at].Id}")).Next())];
        int[] order = [.. Enumerable.Range(0, cases.Count)];
        Array.Sort(places, order);
        return order;
    }
}
