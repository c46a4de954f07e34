namespace Tandem.Analysis.Statistics;

/// <summary>
/// The step-down adjustment of Holm (1979, Scand. J. Stat. 6:65-70) for several tests at once: it bounds the chance of any false alarm
/// among them, whatever their dependence. The i-th smallest of m becomes <c>max over j up to i of min(1, (m - j + 1) p_j)</c>.
/// </summary>
internal static class Holm
{
    /// <summary>The adjusted values, in the order given; tests that could not be made (null) stay null and are not counted.</summary>
    public static double?[] Adjust(IReadOnlyList<double?> values)
    {
        int[] order = [.. Enumerable.Range(0, values.Count).Where(i => values[i] is not null).OrderBy(i => values[i])];
        var adjusted = new double?[values.Count];
        double sofar = 0;
        for (int rank = 0; rank < order.Length; rank++)
        {
            sofar = Math.Max(sofar, Math.Min(1, (order.Length - rank) * values[order[rank]]!.Value));
            adjusted[order[rank]] = sofar;
        }
        return adjusted;
    }
}
