using Tandem.Analysis.Statistics;
using Tandem.Records.Judgements;

namespace Tandem.Analysis.Agreement;

/// <summary>How far judges agree on one rubric. Between judges a judge's first repetition of a unit counts.</summary>
internal sealed record RubricAgreement
{
    /// <summary>Empty where a table has only one question.</summary>
    public required string Rubric { get; init; }

    /// <summary>Units that the table names, also those that nobody judged.</summary>
    public required int Units { get; init; }

    /// <summary>Units that at least two judged: what agreement rests on.</summary>
    public required int PairedUnits { get; init; }

    /// <summary>The judges' names, in the order of the alphabet.</summary>
    public required IReadOnlyList<string> Judges { get; init; }

    /// <summary>Judgements that are there, repetitions left out.</summary>
    public required int Ratings { get; init; }

    /// <summary>Units x judges that have none.</summary>
    public required int Missing { get; init; }

    /// <summary>Of all pairs of judgements of one unit, the share that is equal; null without a pair.</summary>
    public required double? PairwiseAgreement { get; init; }

    /// <summary>One for each scale that the values allow.</summary>
    public required IReadOnlyList<AlphaEstimate> Alpha { get; init; }

    /// <summary>Each two judges.</summary>
    public required IReadOnlyList<JudgePair> Pairs { get; init; }

    /// <summary>Each judge that was asked more than once, with itself.</summary>
    public required IReadOnlyList<SelfAgreement> Repetitions { get; init; }

    /// <summary>What most say, for labels; null for scores.</summary>
    public required Consensus? Consensus { get; init; }

    /// <summary>Computes it.</summary>
    /// <param name="rubric">Its name.</param>
    /// <param name="ratings">Its judgements: all labels or all scores, at most one for a unit, judge and repetition.</param>
    /// <param name="known">Its scale, and on an ordinal one the labels from least to most; null where nobody says: labels are then
    /// names, and scores may be read on every scale.</param>
    public static RubricAgreement Of(string rubric, IReadOnlyList<Rating> ratings,
        (RatingScale Scale, IReadOnlyList<string> Order)? known = null)
    {
        bool areScores = ratings.Any(rating => rating.Score is not null);
        var values = new RatingValues(ratings, known is { Scale: RatingScale.Ordinal } ordinal ? ordinal.Order : null);
        RatingScale main = known?.Scale ?? (areScores ? RatingScale.Interval : RatingScale.Nominal);
        string[] judges = [.. ratings.Select(rating => rating.Judge).Distinct().Order(StringComparer.Ordinal)];
        Dictionary<string, Dictionary<string, double>> byUnit = values.FirstByUnit();
        double[][] units = [.. byUnit.Values.Select(unit => unit.Values.ToArray())];
        (string, IReadOnlyList<double>)[] clustered = [.. byUnit.Keys.Zip(units, (unit, given) =>
            (values.ClusterOf(unit), (IReadOnlyList<double>)given))];
        RatingScale[] scales = known is null && areScores ? Enum.GetValues<RatingScale>() : [main];
        int given = units.Sum(unit => unit.Length);
        int named = ratings.Select(rating => rating.Unit).Distinct().Count();
        return new RubricAgreement
        {
            Rubric = rubric,
            Units = named,
            PairedUnits = units.Count(unit => unit.Length >= 2),
            Judges = judges,
            Ratings = given,
            Missing = (named * judges.Length) - given,
            PairwiseAgreement = ShareOfEqualPairs(units),
            Alpha = [.. scales.Select(scale => AlphaEstimate.Of(clustered, scale))],
            Pairs = [.. from i in Enumerable.Range(0, judges.Length)
                from j in Enumerable.Range(i + 1, judges.Length - i - 1)
                select JudgePair.Of(judges[i], judges[j], byUnit.Values, main, areScores)],
            Repetitions = [.. judges.Select(judge => SelfAgreement.Of(judge, values, main)).OfType<SelfAgreement>()],
            Consensus = areScores ? null : Consensus.Of(units),
        };
    }

    /// <summary>Of all pairs of values within units, the share that is equal; null without a pair.</summary>
    internal static double? ShareOfEqualPairs(IEnumerable<double[]> units)
    {
        long equal = 0, all = 0;
        foreach (double[] unit in units)
        {
            all += (long)unit.Length * (unit.Length - 1) / 2;
            equal += unit.GroupBy(value => value).Sum(alike => (long)alike.Count() * (alike.Count() - 1) / 2);
        }
        return all == 0 ? null : (double)equal / all;
    }
}

/// <summary>Krippendorff's alpha on one scale.</summary>
/// <param name="Scale">The scale.</param>
/// <param name="Value">Null where it is not defined: no unit has two values, or all values are the same.</param>
/// <param name="Interval">95 %, over resampled units, or runs where the units are messages; null where it cannot be drawn.</param>
internal sealed record AlphaEstimate(RatingScale Scale, double? Value, Interval? Interval)
{
    public static AlphaEstimate Of(IEnumerable<(string, IReadOnlyList<double>)> units, RatingScale scale)
    {
        var alpha = new KrippendorffAlpha(units, scale);
        return new AlphaEstimate(scale, alpha.Value(), alpha.Interval());
    }
}

/// <summary>Two judges over the units that both judged.</summary>
/// <param name="One">A judge.</param>
/// <param name="Other">Another.</param>
/// <param name="Units">How many units both judged.</param>
/// <param name="Agreement">The share with equal values; null without a unit.</param>
/// <param name="Alpha">Krippendorff's, on the rubric's scale; where nobody says: interval for scores, nominal for labels.</param>
/// <param name="Spearman">Of scores; null for labels or where it is not defined.</param>
/// <param name="Pearson">As <paramref name="Spearman"/>.</param>
internal sealed record JudgePair(
    string One, string Other, int Units, double? Agreement, double? Alpha, double? Spearman, double? Pearson)
{
    public static JudgePair Of(string one, string other, IEnumerable<Dictionary<string, double>> units, RatingScale scale,
        bool areScores)
    {
        double[][] both = [.. units.Where(unit => unit.ContainsKey(one) && unit.ContainsKey(other))
            .Select(unit => new[] { unit[one], unit[other] })];
        double[] first = [.. both.Select(unit => unit[0])], second = [.. both.Select(unit => unit[1])];
        return new JudgePair(one, other, both.Length, RubricAgreement.ShareOfEqualPairs(both),
            new KrippendorffAlpha(both, scale).Value(),
            areScores ? Correlation.Spearman(first, second) : null, areScores ? Correlation.Pearson(first, second) : null);
    }
}

/// <summary>One judge over its repetitions, as if each were a judge.</summary>
/// <param name="Judge">The judge.</param>
/// <param name="Repetitions">The largest number of repetitions of a unit.</param>
/// <param name="Units">Units that it judged at least twice.</param>
/// <param name="Agreement">Of all pairs of repetitions of a unit, the share that is equal.</param>
/// <param name="Alpha">Krippendorff's, on the rubric's scale; where nobody says: interval for scores, nominal for labels.</param>
internal sealed record SelfAgreement(string Judge, int Repetitions, int Units, double? Agreement, double? Alpha)
{
    /// <returns>Null for a judge that no unit was shown to twice.</returns>
    public static SelfAgreement? Of(string judge, RatingValues values, RatingScale scale)
    {
        double[][] repeated = [.. values.RepetitionsOf(judge).Where(unit => unit.Length >= 2)];
        return repeated.Length == 0 ? null : new SelfAgreement(judge, repeated.Max(unit => unit.Length), repeated.Length,
            RubricAgreement.ShareOfEqualPairs(repeated),
            new KrippendorffAlpha(repeated, scale).Value());
    }
}

/// <summary>The label that most judges of a unit gave, over the units that at least two judged. The three add up to those units.</summary>
/// <param name="Unanimous">All gave the same.</param>
/// <param name="Majority">One label has more judges than any other, but not all.</param>
/// <param name="Tied">Two labels or more have the most judges: there is no consensus.</param>
internal sealed record Consensus(int Unanimous, int Majority, int Tied)
{
    public static Consensus Of(IEnumerable<double[]> units)
    {
        int unanimous = 0, majority = 0, tied = 0;
        foreach (double[] unit in units.Where(unit => unit.Length >= 2))
        {
            int[] counts = [.. unit.GroupBy(label => label).Select(alike => alike.Count()).OrderDescending()];
            if (counts.Length == 1)
                unanimous++;
            else if (counts[0] > counts[1])
                majority++;
            else
                tied++;
        }
        return new Consensus(unanimous, majority, tied);
    }
}
