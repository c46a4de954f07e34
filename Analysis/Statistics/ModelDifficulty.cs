using Tandem.Analysis.Data;
using Tandem.Records.Cases;

namespace Tandem.Analysis.Statistics;

/// <summary>
/// Difficulty across models (CooperBench, arXiv 2601.13295, appendix C): <c>d = 1 - (1/|M|) sum over models of Solo_m</c>, stretched
/// linearly to [0, 1] by the smallest and the largest d, in 10 equal buckets. A model's solo success is its mean over the seeds that have a
/// verdict. Pairs that lack one in any experiment have no difficulty: a mean over fewer models would not compare.
/// </summary>
internal sealed class ModelDifficulty
{
    private readonly double?[] _stretched;

    private ModelDifficulty(double?[] stretched) => _stretched = stretched;

    public required int Pairs { get; init; }

    /// <summary>Pairs without, for want of a solo verdict in some experiment.</summary>
    public required int PairsWithout { get; init; }

    /// <summary>The smallest and the largest d before it was stretched; null without pairs. Where they are equal nothing can be stretched,
    /// and no pair has a bucket.</summary>
    public required Interval? Range { get; init; }

    /// <summary>The stretched difficulty of each pair, by its key; null where there is none.</summary>
    public required IReadOnlyDictionary<string, double?> ByPair { get; init; }

    /// <summary>The bucket of each pair of one table, by the table's own places.</summary>
    public IReadOnlyList<int?> BucketsFor(IReadOnlyList<int> places) =>
        [.. places.Select(place => _stretched[place] is double d ? BucketOf(d) : (int?)null)];

    /// <summary>The tenth in which a stretched difficulty lies; 1 lies in the last.</summary>
    public static int BucketOf(double stretched) =>
        // d is a fraction of small numbers: a billionth keeps the rounding of thirds from moving a pair to the bucket below.
        Math.Min((int)Math.Floor((stretched * Difficulty.Buckets) + 1e-9), Difficulty.Buckets - 1);

    public static ModelDifficulty Of(CaseTable[] tables, JointPairs pairs)
    {
        double[] sums = new double[pairs.Count];
        int[] models = new int[pairs.Count];
        for (int table = 0; table < tables.Length; table++)
        {
            PairScore[] solo = pairs.Scores(table, Setting.Solo, null);
            for (int i = 0; i < solo.Length; i++)
            {
                if (solo[i].WithVerdict == 0)
                    continue;
                sums[i] += solo[i].Mean;
                models[i]++;
            }
        }
        double?[] raw = [.. sums.Select((sum, i) => models[i] == tables.Length ? 1 - (sum / tables.Length) : (double?)null)];
        double least = raw.Min() ?? 0;
        double most = raw.Max() ?? 0;
        int known = raw.Count(d => d is not null);
        bool isFlat = most - least < 1e-9;
        double?[] stretched = [.. raw.Select(d => isFlat ? null : (d - least) / (most - least))];
        return new ModelDifficulty(stretched)
        {
            ByPair = new OrderedDictionary<string, double?>(pairs.Keys.Zip(stretched, KeyValuePair.Create)),
            Pairs = known,
            PairsWithout = raw.Length - known,
            Range = known == 0 ? null : new Interval(least, most),
        };
    }
}
