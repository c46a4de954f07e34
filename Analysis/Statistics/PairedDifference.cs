namespace Tandem.Analysis.Statistics;

/// <summary>The same pairs under two treatments: how much better the other does than the baseline.</summary>
internal sealed record PairedDifference
{
    /// <summary>Pairs with a verdict on both sides: all that follows is about them.</summary>
    public required int Pairs { get; init; }

    public required int Tasks { get; init; }

    /// <summary>Pairs that have cases on both sides, but on one or both of them no verdict.</summary>
    public required int PairsMissing { get; init; }

    /// <summary>Pairs with cases on both sides of which only the baseline lacks a verdict.</summary>
    public required int MissingInBaseline { get; init; }

    /// <summary>Pairs with cases on both sides of which only the other lacks a verdict.</summary>
    public required int MissingInOther { get; init; }

    /// <summary>The p of McNemar's exact test that verdicts are missing on both sides alike; 1 if no pair lacks one on one side
    /// alone.</summary>
    public double MissingP => McNemar.ExactP(MissingInBaseline, MissingInOther);

    /// <summary>Whether what is missing could turn the difference: <see cref="Bounds"/> have a width and reach to 0 or across.</summary>
    public bool MissingDecides => Bounds is Interval bounds && bounds.Low < bounds.High && bounds.Contains(0);

    /// <summary>Whether verdicts are missing on one side more often than chance allows: those that are there are then a choice.</summary>
    public bool MissesUnevenly => MissingP < 0.05;

    /// <summary>Pairs that only one side has cases of.</summary>
    public required int PairsUnmatched { get; init; }

    /// <summary>Mean over the pairs, 0 to 1, each pair counted once whatever the number of its seeds; null without pairs.</summary>
    public required double? BaselineRate { get; init; }

    /// <summary>As <see cref="BaselineRate"/>.</summary>
    public required double? OtherRate { get; init; }

    /// <summary>Other minus baseline, -1 to 1.</summary>
    public required double? Difference { get; init; }

    /// <summary>
    /// What the difference of all pairs with cases on both sides would be if every missing verdict had gone against the other, and if every
    /// one had gone for it; null without such pairs.
    /// </summary>
    public required Interval? Bounds { get; init; }

    /// <summary>The difference's 95 % interval by the bootstrap over tasks.</summary>
    public required BootstrapInterval Interval { get; init; }

    /// <summary>The outcomes side by side, and with them McNemar's test; null where pairs have several runs on a side, whose means are
    /// compared.</summary>
    public required PairedTable? Table { get; init; }

    /// <summary>Pairs that have equally many verdicts on both sides, by which side has the higher mean. With one run on each side these
    /// are the discordant pairs of <see cref="Table"/>.</summary>
    public required (int Baseline, int Other) Ahead { get; init; }

    /// <summary>The two-sided p of the exact sign test over <see cref="Ahead"/>: of two sides that are alike, each pair is ahead on
    /// either as often. With one run on each side it is McNemar's. Null without pairs.</summary>
    public double? SignP => Pairs == 0 ? null : McNemar.ExactP(Ahead.Baseline, Ahead.Other);

    /// <summary>The smallest difference that would have been found; null without a table.</summary>
    public required DetectableEffect? Detectable { get; init; }

    /// <param name="taskOfPair">The task of each pair, from 0.</param>
    /// <param name="baseline">How each pair fared under the baseline.</param>
    /// <param name="other">How each pair fared under the other.</param>
    /// <param name="isSingle">Whether a pair has one run on each side at most, so that outcomes and not means are compared.</param>
    /// <param name="cluster">What a task is called in cautions.</param>
    public static PairedDifference Of(ReadOnlySpan<int> taskOfPair, ReadOnlySpan<PairScore> baseline,
        ReadOnlySpan<PairScore> other, bool isSingle, string cluster = "task")
    {
        int tasks = 0;
        foreach (int task in taskOfPair)
            tasks = Math.Max(tasks, task + 1);
        double[] sums = new double[tasks];
        int[] counts = new int[tasks];
        (int pairs, int missing, int unmatched, double baselineSum, double otherSum, var table) = (0, 0, 0, 0.0, 0.0, default(PairedTable));
        (double least, double most) = (0, 0);
        (int onlyBaseline, int onlyOther) = (0, 0);
        (int Baseline, int Other) ahead = (0, 0);
        for (int i = 0; i < baseline.Length; i++)
        {
            (PairScore a, PairScore b) = (baseline[i], other[i]);
            if (a.Cases > 0 && b.Cases > 0)
            {
                least += b.Least - a.Most;
                most += b.Most - a.Least;
                onlyBaseline += a.WithVerdict < a.Cases && b.WithVerdict == b.Cases ? 1 : 0;
                onlyOther += a.WithVerdict == a.Cases && b.WithVerdict < b.Cases ? 1 : 0;
            }
            if (a.WithVerdict > 0 && b.WithVerdict > 0)
            {
                pairs++;
                baselineSum += a.Mean;
                otherSum += b.Mean;
                sums[taskOfPair[i]] += b.Mean - a.Mean;
                counts[taskOfPair[i]]++;
                table = With(table, a.Passed > 0, b.Passed > 0);
                // A side with more runs is not ahead as often as the other by chance.
                if (a.WithVerdict == b.WithVerdict && a.Passed != b.Passed)
                    ahead = a.Passed > b.Passed ? ahead with { Baseline = ahead.Baseline + 1 } : ahead with { Other = ahead.Other + 1 };
            }
            else if (a.Cases > 0 && b.Cases > 0)
            {
                missing++;
            }
            else if (a.Cases + b.Cases > 0)
            {
                unmatched++;
            }
        }
        BootstrapInterval interval = ClusterBootstrap.Mean(sums, counts, cluster: cluster);
        return new PairedDifference
        {
            Pairs = pairs,
            Tasks = interval.Clusters,
            PairsMissing = missing,
            MissingInBaseline = onlyBaseline,
            MissingInOther = onlyOther,
            PairsUnmatched = unmatched,
            BaselineRate = pairs == 0 ? null : baselineSum / pairs,
            OtherRate = pairs == 0 ? null : otherSum / pairs,
            Difference = pairs == 0 ? null : (otherSum - baselineSum) / pairs,
            Bounds = pairs + missing == 0 ? null : new Interval(least / (pairs + missing), most / (pairs + missing)),
            Interval = interval,
            Table = isSingle && pairs > 0 ? table : null,
            Ahead = ahead,
            Detectable = isSingle && pairs > 0 ? DetectableEffect.Of(table, interval) : null,
        };
    }

    private static PairedTable With(PairedTable table, bool baseline, bool other) => (baseline, other) switch
    {
        (true, true) => table with { Both = table.Both + 1 },
        (true, false) => table with { OnlyBaseline = table.OnlyBaseline + 1 },
        (false, true) => table with { OnlyOther = table.OnlyOther + 1 },
        (false, false) => table with { Neither = table.Neither + 1 },
    };
}

/// <summary>What a comparison shows, by its two tests.</summary>
internal enum Evidence
{
    /// <summary>No pair has both outcomes.</summary>
    NoData,

    /// <summary>Neither the adjusted test nor the interval over tasks shows a difference. That does not show that they are equal. With
    /// fewer than six tasks the interval is not asked.</summary>
    NotShown,

    /// <summary>One of the two shows a difference, the other does not.</summary>
    Unclear,

    /// <summary>One of them, or both, would show a difference, but verdicts are missing: they could turn it, or one side lacks more of
    /// them than by chance.</summary>
    Incomplete,

    /// <summary>The adjusted p is below 0.05 and the interval over tasks leaves out 0.</summary>
    Clear,
}
