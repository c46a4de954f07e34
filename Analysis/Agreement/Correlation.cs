namespace Tandem.Analysis.Agreement;

/// <summary>How two judges' scores go together over the units that both judged.</summary>
internal static class Correlation
{
    /// <summary>Pearson's product-moment correlation, -1 to 1; null with fewer than two units, or if a judge gave one score only.</summary>
    public static double? Pearson(IReadOnlyList<double> one, IReadOnlyList<double> other)
    {
        if (one.Count < 2 || one.Distinct().Count() < 2 || other.Distinct().Count() < 2)
            return null;
        double meanOne = one.Average(), meanOther = other.Average();
        double product = 0, squaresOne = 0, squaresOther = 0;
        for (int i = 0; i < one.Count; i++)
        {
            (double x, double y) = (one[i] - meanOne, other[i] - meanOther);
            product += x * y;
            squaresOne += x * x;
            squaresOther += y * y;
        }
        return Math.Clamp(product / Math.Sqrt(squaresOne) / Math.Sqrt(squaresOther), -1, 1);
    }

    /// <summary>Spearman's rank correlation, -1 to 1: Pearson's of the ranks, where equal scores share their mean rank.</summary>
    public static double? Spearman(IReadOnlyList<double> one, IReadOnlyList<double> other) => Pearson(Ranks(one), Ranks(other));

    private static double[] Ranks(IReadOnlyList<double> values)
    {
        int[] order = [.. Enumerable.Range(0, values.Count).OrderBy(i => values[i])];
        var ranks = new double[values.Count];
        for (int start = 0, end; start < order.Length; start = end)
        {
            end = start;
            while (end < order.Length && values[order[end]] == values[order[start]])
                end++;
            for (int i = start; i < end; i++)
                ranks[order[i]] = (start + end - 1) / 2.0;
        }
        return ranks;
    }
}
