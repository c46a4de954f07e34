using Tandem.Records.Cases;

namespace Tandem.Analysis.Statistics;

/// <summary>What the bootstrap found, or why it found nothing.</summary>
internal sealed record BootstrapInterval
{
    /// <summary>The 95 % percentile interval; null where <see cref="Caution"/> says why there is none.</summary>
    public required Interval? Interval { get; init; }

    /// <summary><see cref="Interval"/>, where it has a width: what tables show. Null else.</summary>
    public Interval? WithWidth => Interval is { } found && found.Low < found.High ? found : null;

    /// <summary>The standard deviation of the resampled values; null without an interval.</summary>
    public required double? StandardError { get; init; }

    /// <summary>How often the clusters were drawn anew; 0 without an interval.</summary>
    public required int Resamples { get; init; }

    /// <summary>How many clusters there are: tasks, as a rule.</summary>
    public required int Clusters { get; init; }

    /// <summary>Why there is no interval, or why it should not be trusted far; null if all is well.</summary>
    public required string? Caution { get; init; }
}

/// <summary>
/// The cluster bootstrap of a mean: whole clusters (tasks) are drawn with replacement, as many as there are, since the pairs of one task
/// share its code and succeed or fail together (Davison and Hinkley 1997, "Bootstrap Methods and their Application", section 3.8; Cameron,
/// Gelbach and Miller 2008, Rev. Econ. Stat. 90:414-427). The interval is that of the percentiles.
/// </summary>
internal static class ClusterBootstrap
{
    /// <summary>Of up to <see cref="ManyClusters"/> clusters. With R + 1 a multiple of 40 both percentiles are values that were drawn, the
    /// 250th from below and from above.</summary>
    public const int Resamples = 9_999;

    /// <summary>Of more clusters: there the ends of the interval move less with each draw, and each draw takes longer.</summary>
    public const int FewerResamples = 1_999;

    /// <summary>Up to so many clusters all resamples are made.</summary>
    public const int ManyClusters = 500;

    /// <summary>Every bootstrap starts from this seed: the same records give the same interval.</summary>
    public const ulong Seed = 20_260_113;

    /// <summary>With fewer clusters the interval is known to be too narrow.</summary>
    public const int FewClusters = 20;

    /// <summary>The interval of sum of values / number of values.</summary>
    /// <param name="sums">Of each cluster's values.</param>
    /// <param name="counts">How many values each cluster has, from 0; clusters without values are passed over.</param>
    /// <param name="resamples">R, from 39; null for as many as the clusters ask for.</param>
    /// <param name="seed">Of the generator.</param>
    /// <param name="cluster">What a cluster is called in cautions; its plural ends with s.</param>
    public static BootstrapInterval Mean(ReadOnlySpan<double> sums, ReadOnlySpan<int> counts, int? resamples = null, ulong seed = Seed,
        string cluster = "task")
    {
        (double Sum, int Count)[] clusters = NotEmpty(sums, counts);
        int drawn = clusters.Length;
        if (drawn < 2)
            return new BootstrapInterval
            {
                Interval = null,
                StandardError = null,
                Resamples = 0,
                Clusters = drawn,
                Caution = drawn == 0
                ? "no values" : $"one {cluster} alone: nothing can be drawn anew"
            };
        var generator = new StableRandom($"bootstrap {seed}");
        var means = new double[resamples ?? (drawn > ManyClusters ? FewerResamples : Resamples)];
        for (int r = 0; r < means.Length; r++)
        {
            double sum = 0;
            int count = 0;
            for (int i = 0; i < drawn; i++)
            {
                (double Sum, int Count) chosen = clusters[generator.Below(drawn)];
                sum += chosen.Sum;
                count += chosen.Count;
            }
            means[r] = sum / count;
        }
        Interval interval = Percentiles(means);
        return new BootstrapInterval
        {
            Interval = interval,
            StandardError = DeviationOf(means),
            Resamples = means.Length,
            Clusters = drawn,
            Caution =
                interval.Low == interval.High
                ? $"all {cluster}s agree: the interval has no width, which does not mean that nothing is uncertain"
                : drawn < FewClusters ? $"only {drawn} {cluster}s: the interval is too narrow"
                : null,
        };
    }

    /// <summary>The 95 % interval of resampled values, which it sorts: 2.5 % of them are cut off at either end.</summary>
    /// <param name="values">At least 39.</param>
    public static Interval Percentiles(double[] values)
    {
        Array.Sort(values);
        int tail = (int)Math.Round(0.025 * (values.Length + 1));
        return new Interval(values[tail - 1], values[^tail]);
    }

    private static (double Sum, int Count)[] NotEmpty(ReadOnlySpan<double> sums, ReadOnlySpan<int> counts)
    {
        var clusters = new List<(double, int)>(sums.Length);
        for (int i = 0; i < sums.Length; i++)
        {
            if (counts[i] > 0)
                clusters.Add((sums[i], counts[i]));
        }
        return [.. clusters];
    }

    private static double DeviationOf(double[] values)
    {
        double mean = 0;
        foreach (double value in values)
            mean += value;
        mean /= values.Length;
        double squares = 0;
        foreach (double value in values)
            squares += (value - mean) * (value - mean);
        return Math.Sqrt(squares / (values.Length - 1));
    }
}
