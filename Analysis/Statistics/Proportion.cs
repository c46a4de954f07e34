namespace Tandem.Analysis.Statistics;

/// <summary>So many successes of so many trials.</summary>
/// <param name="Successes">k, from 0 to n.</param>
/// <param name="Trials">n, from 0; only trials whose outcome is known.</param>
internal readonly record struct Proportion(int Successes, int Trials)
{
    /// <summary>k / n, from 0 to 1; null if there was no trial.</summary>
    public double? Value => Trials == 0 ? null : (double)Successes / Trials;

    /// <summary>
    /// The score interval of E. B. Wilson (1927, J. Am. Stat. Assoc. 22:209-212) at 95 %, without continuity correction; null if there was
    /// no trial. It takes the trials to be independent: where several are of one pair or task it is too narrow.
    /// </summary>
    public Interval? Wilson95
    {
        get
        {
            if (Trials == 0)
                return null;
            double n = Trials;
            double p = Successes / n;
            double z2 = Normal.Z975 * Normal.Z975;
            double middle = p + (z2 / (2 * n));
            double half = Normal.Z975 * Math.Sqrt((p * (1 - p) / n) + (z2 / (4 * n * n)));
            double scale = 1 + (z2 / n);
            // At none and at all of n the formula gives 0 and 1, but for the rounding.
            return new Interval(Successes == 0 ? 0 : (middle - half) / scale, Successes == Trials ? 1 : (middle + half) / scale);
        }
    }

    /// <summary>Both together: counts are added, rates never averaged.</summary>
    public static Proportion operator +(Proportion left, Proportion right) => left.Add(right);

    public Proportion Add(Proportion other) => new(Successes + other.Successes, Trials + other.Trials);
}
