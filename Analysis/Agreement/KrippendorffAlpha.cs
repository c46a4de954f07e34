using System.Globalization;
using Tandem.Analysis.Statistics;
using Tandem.Records.Cases;
using Tandem.Records.Judgements;

namespace Tandem.Analysis.Agreement;

/// <summary>
/// Krippendorff's alpha: 1 - observed / expected disagreement over all pairs of values within units, for any number of judges and with
/// missing values (Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability"). 1 is full agreement, 0 that of chance; less than 0 is
/// possible. Units with fewer than two values are left out, as there.
/// </summary>
/// <remarks>
/// The ordinal distance of two values is the difference of their mid-ranks among all paired values, so both numeric scales are sums of
/// squares: a unit of m values x disagrees by 2 (m sum(x^2) - sum(x)^2) / (m - 1).
/// </remarks>
internal sealed class KrippendorffAlpha
{
    /// <summary>With R + 1 a multiple of 40 both percentiles are values that were drawn.</summary>
    public const int Resamples = 1_999;

    private readonly RatingScale _scale;
    private readonly int[][] _units;
    private readonly int[][][] _clusters;
    private readonly double[] _values;

    /// <summary>Takes the values of each unit.</summary>
    /// <param name="units">Each unit's values, without those that are missing. Names on the nominal scale may be any numbers.</param>
    /// <param name="scale">Their scale.</param>
    public KrippendorffAlpha(IEnumerable<IReadOnlyList<double>> units, RatingScale scale)
        : this(units.Select((unit, place) => (place.ToString(CultureInfo.InvariantCulture), unit)), scale)
    {
    }

    /// <summary>Takes the values of each unit, and what is drawn anew as a whole.</summary>
    /// <param name="units">Each unit's cluster and values: the messages of one run, which one judge read together, are not
    /// independent.</param>
    /// <param name="scale">Their scale.</param>
    public KrippendorffAlpha(IEnumerable<(string Cluster, IReadOnlyList<double> Values)> units, RatingScale scale)
    {
        (string Cluster, IReadOnlyList<double> Values)[] clustered = [.. units.Where(unit => unit.Values.Count >= 2)];
        IReadOnlyList<double>[] paired = [.. clustered.Select(unit => unit.Values)];
        _scale = scale;
        _values = [.. paired.SelectMany(unit => unit).Distinct().Order()];
        _units = [.. paired.Select(unit => unit.Select(value => Array.BinarySearch(_values, value)).ToArray())];
        _clusters = [.. clustered.Zip(_units).GroupBy(pair => pair.First.Cluster, pair => pair.Second)
            .Select(cluster => cluster.ToArray())];
    }

    /// <summary>Alpha; null if no unit has two values, or all values are the same, so that chance could not disagree.</summary>
    public double? Value() => Of(_units);

    /// <summary>The 95 % percentile interval of alpha over resampled clusters, drawn with replacement; a unit without one is its own. The
    /// same values give the same interval. Null if alpha is not defined, there are fewer than two clusters, or more than one resample in
    /// twenty has no alpha.</summary>
    public Interval? Interval()
    {
        if (_clusters.Length < 2 || Value() is null)
            return null;
        var generator = new StableRandom($"alpha {ClusterBootstrap.Seed}");
        var drawn = new List<int[]>(_units.Length);
        var alphas = new List<double>(Resamples);
        for (int r = 0; r < Resamples; r++)
        {
            drawn.Clear();
            for (int i = 0; i < _clusters.Length; i++)
                drawn.AddRange(_clusters[generator.Below(_clusters.Length)]);
            if (Of(drawn) is double alpha)
                alphas.Add(alpha);
        }
        if (alphas.Count < 0.95 * Resamples)
            return null;
        return ClusterBootstrap.Percentiles([.. alphas]);
    }

    private double? Of(IReadOnlyList<int[]> units)
    {
        var counts = new long[_values.Length];
        long n = 0;
        foreach (int[] unit in units)
        {
            foreach (int value in unit)
                counts[value]++;
            n += unit.Length;
        }
        (double observed, double expected) = _scale == RatingScale.Nominal ? Nominal(units, counts, n)
            : Numeric(units, _scale == RatingScale.Ordinal ? MidRanks(counts) : _values, counts, n);
        return n < 2 || expected == 0 ? null : 1 - (observed / n / (expected / n / (n - 1)));
    }

    /// <summary>The disagreement of all ordered pairs, within units (each weighted by 1 / (m - 1)) and altogether.</summary>
    private static (double Observed, double Expected) Nominal(IReadOnlyList<int[]> units, long[] counts, long n)
    {
        double observed = 0;
        foreach (int[] unit in units)
        {
            int alike = 0;
            foreach (int one in unit)
            {
                foreach (int other in unit)
                    alike += one == other ? 1 : 0;
            }
            observed += (double)((unit.Length * unit.Length) - alike) / (unit.Length - 1);
        }
        double expected = (double)n * n;
        foreach (long count in counts)
            expected -= (double)count * count;
        return (observed, expected);
    }

    private static (double Observed, double Expected) Numeric(IReadOnlyList<int[]> units, double[] numbers, long[] counts, long n)
    {
        // Around their mean: squares of large numbers would eat up their differences.
        double mean = 0;
        for (int k = 0; k < counts.Length; k++)
            mean += numbers[k] * counts[k] / n;
        double observed = 0, all = 0, allSquares = 0;
        foreach (int[] unit in units)
        {
            double sum = 0, squares = 0;
            foreach (int value in unit)
            {
                double x = numbers[value] - mean;
                sum += x;
                squares += x * x;
            }
            observed += IsOneValue(unit) ? 0 : 2 * ((unit.Length * squares) - (sum * sum)) / (unit.Length - 1);
            all += sum;
            allSquares += squares;
        }
        bool isConstant = counts.Count(count => count > 0) < 2;
        return (observed, isConstant ? 0 : 2 * ((n * allSquares) - (all * all)));
    }

    private static bool IsOneValue(int[] unit) => !unit.AsSpan().ContainsAnyExcept(unit[0]);

    private static double[] MidRanks(long[] counts)
    {
        var ranks = new double[counts.Length];
        double below = 0;
        for (int k = 0; k < counts.Length; k++)
        {
            ranks[k] = below + (counts[k] / 2.0);
            below += counts[k];
        }
        return ranks;
    }
}
