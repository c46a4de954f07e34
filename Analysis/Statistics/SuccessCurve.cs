using Tandem.Analysis.Data;
using Tandem.Records.Cases;

namespace Tandem.Analysis.Statistics;

/// <summary>How the difficulty of pairs was found; the two of the CooperBench paper's analysis.</summary>
internal enum DifficultyDefinition
{
    /// <summary><c>d = 1 - mean(both_passed)</c> over a pair's own solo seeds.</summary>
    FromSeeds,

    /// <summary><c>d = 1 - mean over models of their solo success</c>, then stretched to [0, 1].</summary>
    AcrossModels,
}

/// <summary>One point of a curve.</summary>
/// <param name="Bucket">The tenth of difficulty, 0 to 9.</param>
/// <param name="Rate">Passed of the runs with a verdict; its Wilson interval is the point's.</param>
internal sealed record CurvePoint(int Bucket, Proportion Rate)
{
    /// <summary>The middle of the bucket, 0.05 to 0.95.</summary>
    public double Midpoint => (Bucket + 0.5) / Difficulty.Buckets;
}

/// <summary>Success against difficulty: figure 4 (right) and figure 7 of the CooperBench paper (arXiv 2601.13295, appendix C).</summary>
internal sealed record SuccessCurve
{
    public required Setting Setting { get; init; }

    /// <summary>The populated buckets, ascending.</summary>
    public required IReadOnlyList<CurvePoint> Points { get; init; }

    /// <summary>Runs with a verdict whose pair has no difficulty; they are on no curve.</summary>
    public required int WithoutDifficulty { get; init; }

    /// <summary>Passed of those with a verdict, over all buckets.</summary>
    public Proportion Overall => Points.Aggregate(default(Proportion), (sum, point) => sum + point.Rate);

    /// <summary>The area under the curve; see <see cref="AreaUnder"/>.</summary>
    public double? Auc => AreaUnder(Points);

    /// <summary>
    /// The area by the trapezoidal rule over the midpoints of the populated buckets, not extended to 0 and 1: at most 0.9, where the first
    /// and the last bucket are populated. Null with fewer than two points.
    /// </summary>
    public static double? AreaUnder(IReadOnlyList<CurvePoint> points)
    {
        if (points.Count < 2)
            return null;
        double area = 0;
        for (int i = 1; i < points.Count; i++)
            area += (points[i].Midpoint - points[i - 1].Midpoint) * (points[i].Rate.Value!.Value + points[i - 1].Rate.Value!.Value) / 2;
        return area;
    }

    /// <param name="setting">The setting.</param>
    /// <param name="runs">Its runs with a verdict: the pair's bucket, null if unknown, and whether it passed.</param>
    public static SuccessCurve Of(Setting setting, IEnumerable<(int? Bucket, bool Passed)> runs)
    {
        var buckets = new Proportion[Difficulty.Buckets];
        int without = 0;
        foreach ((int? bucket, bool passed) in runs)
        {
            if (bucket is int known)
                buckets[known] += new Proportion(passed ? 1 : 0, 1);
            else
                without++;
        }
        return Of(setting, buckets, without);
    }

    /// <summary>Curves of several models together: counts are added, rates not averaged.</summary>
    /// <param name="curves">At least one, of one setting.</param>
    public static SuccessCurve Pool(IReadOnlyList<SuccessCurve> curves)
    {
        var buckets = new Proportion[Difficulty.Buckets];
        foreach (CurvePoint point in curves.SelectMany(curve => curve.Points))
            buckets[point.Bucket] += point.Rate;
        return Of(curves[0].Setting, buckets, curves.Sum(curve => curve.WithoutDifficulty));
    }

    private static SuccessCurve Of(Setting setting, Proportion[] buckets, int without) => new()
    {
        Setting = setting,
        Points = [.. buckets.Select((rate, bucket) => new CurvePoint(bucket, rate)).Where(point => point.Rate.Trials > 0)],
        WithoutDifficulty = without,
    };
}

/// <summary>Two curves against each other, as in table 5 of the paper.</summary>
/// <param name="Solo">The curve of solo.</param>
/// <param name="Coop">The curve of a cooperative setting.</param>
internal sealed record CurveContrast(SuccessCurve Solo, SuccessCurve Coop)
{
    /// <summary>Buckets that both curves have: areas are compared over these alone, since an area grows with its range.</summary>
    public IReadOnlyList<int> SharedBuckets => [.. Solo.Points.Select(p => p.Bucket).Intersect(Coop.Points.Select(p => p.Bucket))];

    /// <summary>Buckets that only one of them has.</summary>
    public IReadOnlyList<int> OtherBuckets =>
        [.. Solo.Points.Select(p => p.Bucket).Union(Coop.Points.Select(p => p.Bucket)).Except(SharedBuckets).Order()];

    /// <summary>Area under the curve of solo over the shared buckets; null if they are fewer than two.</summary>
    public double? AucSolo => AreaOf(Solo);

    /// <summary>Area under the other curve over the shared buckets.</summary>
    public double? AucCoop => AreaOf(Coop);

    /// <summary>What cooperation costs: AUC of solo - AUC of coop.</summary>
    public double? Gap => AucSolo is double solo && AucCoop is double coop ? GapOf(solo, coop) : null;

    /// <summary>What cooperation keeps: AUC of coop / AUC of solo; null if solo's is 0.</summary>
    public double? Retention => AucSolo is double solo && AucCoop is double coop ? RetentionOf(solo, coop) : null;

    public static double GapOf(double aucSolo, double aucCoop) => aucSolo - aucCoop;

    public static double? RetentionOf(double aucSolo, double aucCoop) => aucSolo == 0 ? null : aucCoop / aucSolo;

    private double? AreaOf(SuccessCurve curve)
    {
        IReadOnlyList<int> shared = SharedBuckets;
        return SuccessCurve.AreaUnder([.. curve.Points.Where(p => shared.Contains(p.Bucket))]);
    }
}

/// <summary>All curves of an experiment by one definition of difficulty.</summary>
/// <param name="Definition">The definition.</param>
/// <param name="Curves">One for each setting that has verdicts.</param>
/// <param name="Contrasts">Solo against each other setting; none by difficulty from seeds, which fixes the area under the solo
/// curve.</param>
/// <param name="Caution">What to keep in mind; null if nothing.</param>
internal sealed record SuccessCurves(DifficultyDefinition Definition, IReadOnlyList<SuccessCurve> Curves,
    IReadOnlyList<CurveContrast> Contrasts, string? Caution)
{
    private const string ByConstruction =
        "difficulty is made of the same solo runs as the solo curve, which therefore falls by construction. Its area is fixed, whatever "
            + "the model, so that areas, gap and retention are left out; compare gives them by the difficulty across several experiments";

    public static SuccessCurves FromSeeds(CaseTable table) =>
        Of(DifficultyDefinition.FromSeeds, table, [.. table.Pairs.Select(pair => pair.Difficulty?.Bucket)], ByConstruction);

    /// <summary>The curves by a given bucket for each pair of the table.</summary>
    public static SuccessCurves Of(DifficultyDefinition definition, CaseTable table, IReadOnlyList<int?> buckets, string? caution)
    {
        SuccessCurve[] curves =
        [
            .. table.Settings.Select(setting => SuccessCurve.Of(
                setting, table.Cells.Where(c => c.Setting == setting && c.Verdict is not null)
                    .Select(c => (buckets[c.Pair], c.Verdict == true)))),
        ];
        return Of(definition, curves, caution);
    }

    /// <summary>Curves that are there already.</summary>
    public static SuccessCurves Of(DifficultyDefinition definition, IReadOnlyList<SuccessCurve> curves, string? caution)
    {
        SuccessCurve? solo = curves.FirstOrDefault(curve => curve.Setting == Setting.Solo);
        return new SuccessCurves(definition, curves, solo is null || definition == DifficultyDefinition.FromSeeds
            ? [] : [.. curves.Where(curve => curve != solo).Select(curve => new CurveContrast(solo, curve))], caution);
    }
}
