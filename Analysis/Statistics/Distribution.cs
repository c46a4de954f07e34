namespace Tandem.Analysis.Statistics;

/// <summary>How a quantity is spread over runs. Runs of which it is not known are counted, never taken for 0.</summary>
/// <param name="Known">Runs of which it is known: n.</param>
/// <param name="Missing">Runs of which it is not.</param>
/// <param name="Total">The sum; null if n is 0, as all below.</param>
/// <param name="Mean">The mean.</param>
/// <param name="Median">The middle one, or the mean of the two in the middle.</param>
/// <param name="P90">The smallest value that at least 90 % of the runs do not exceed (nearest rank).</param>
/// <param name="Least">The smallest.</param>
/// <param name="Most">The largest.</param>
internal sealed record Distribution(int Known, int Missing, double? Total, double? Mean, double? Median, double? P90,
    double? Least, double? Most)
{
    /// <summary>Of values, null where unknown.</summary>
    public static Distribution Of(IEnumerable<double?> values)
    {
        var known = new List<double>();
        int missing = 0;
        foreach (double? value in values)
        {
            if (value is double number)
                known.Add(number);
            else
                missing++;
        }
        int n = known.Count;
        if (n == 0)
            return new Distribution(0, missing, null, null, null, null, null, null);
        known.Sort();
        double total = known.Sum();
        return new Distribution(n, missing, total, total / n, Records.Runs.Median.Of(known), known[(((9 * n) + 9) / 10) - 1], known[0],
            known[^1]);
    }
}
