namespace Tandem.Analysis.Statistics;

/// <summary>How often two treatments of the same pairs succeeded and failed together.</summary>
/// <param name="Both">Pairs that succeeded under both.</param>
/// <param name="OnlyBaseline">Pairs that succeeded under the baseline alone.</param>
/// <param name="OnlyOther">Pairs that succeeded under the other alone.</param>
/// <param name="Neither">Pairs that failed under both.</param>
internal readonly record struct PairedTable(int Both, int OnlyBaseline, int OnlyOther, int Neither)
{
    /// <summary>Pairs with both outcomes.</summary>
    public int Pairs => Both + OnlyBaseline + OnlyOther + Neither;

    /// <summary>Pairs whose outcomes differ; only they count for or against a treatment.</summary>
    public int Discordant => OnlyBaseline + OnlyOther;

    /// <summary>
    /// The two-sided p of the exact test of McNemar (1947, Psychometrika 12:153-157): the discordant pairs are fair coins, <c>p = min(1, 2
    /// P(Bin(b + c, 1/2) &lt;= min(b, c)))</c>; 1 if none is discordant. It takes the pairs to be independent.
    /// </summary>
    public double ExactP => McNemar.ExactP(OnlyBaseline, OnlyOther);
}

/// <summary>The exact test of McNemar.</summary>
internal static class McNemar
{
    private const int MostDirect = 1_000;

    /// <summary>The two-sided p.</summary>
    /// <param name="b">Pairs that succeeded under one treatment alone.</param>
    /// <param name="c">Pairs that succeeded under the other alone.</param>
    public static double ExactP(int b, int c)
    {
        int n = b + c;
        int least = Math.Min(b, c);
        return Math.Min(1, 2 * (n <= MostDirect ? DirectTail(n, least) : TailByLogarithms(n, least)));
    }

    /// <summary>P(Bin(n, 1/2) &lt;= least), from the first term on: plain arithmetic, the same on every machine.</summary>
    private static double DirectTail(int n, int least)
    {
        double term = Math.ScaleB(1, -n);
        double tail = term;
        for (int i = 0; i < least; i++)
        {
            term *= (double)(n - i) / (i + 1);
            tail += term;
        }
        return tail;
    }

    /// <summary>The same, from the last term down as its fractions: the first would leave the range of a double.</summary>
    private static double TailByLogarithms(int n, int least)
    {
        double log = -n * Math.Log(2);
        for (int j = 1; j <= least; j++)
            log += Math.Log((double)(n - least + j) / j);
        double tail = 0;
        double term = 1;
        for (int i = least; i >= 0; i--)
        {
            tail += term;
            term *= (double)i / (n - i + 1);
        }
        return Math.Exp(log) * tail;
    }
}
