using Tandem.Records.Cases;

namespace Tandem.Analysis.Statistics;

/// <summary>What k tries of a pair are worth, from the n seeds that it has, averaged over pairs.</summary>
/// <param name="Setting">The setting.</param>
/// <param name="K">Tries, from 1.</param>
/// <param name="PassAtK">The chance that at least one of k tries passes; null without pairs.</param>
/// <param name="PassAllK">pass^k, the chance that all of k tries pass; null without pairs.</param>
/// <param name="Pairs">With at least k verdicts: those that the averages are over.</param>
/// <param name="PairsShort">With fewer: left out.</param>
internal sealed record RepeatRate(Setting Setting, int K, double? PassAtK, double? PassAllK, int Pairs, int PairsShort);

/// <summary>Unbiased estimators over repeats.</summary>
internal static class Repeats
{
    /// <summary><c>1 - C(n - c, k) / C(n, k)</c>: Chen et al. 2021, "Evaluating large language models trained on code" (arXiv 2107.03374),
    /// equation 1.</summary>
    /// <param name="n">Tries made, at least k.</param>
    /// <param name="c">Of them passed, 0 to n.</param>
    /// <param name="k">Tries granted, at least 1.</param>
    public static double PassAtK(int n, int c, int k)
    {
        double noneOfK = 1;
        for (int i = n - c + 1; i <= n; i++)
            noneOfK *= 1 - ((double)k / i);
        return n - c < k ? 1 : 1 - noneOfK;
    }

    /// <summary><c>C(c, k) / C(n, k)</c>: Yao et al. 2024, "tau-bench" (arXiv 2406.12045), pass^k.</summary>
    /// <param name="n">Tries made, at least k.</param>
    /// <param name="c">Of them passed, 0 to n.</param>
    /// <param name="k">Tries in a row, at least 1.</param>
    public static double PassAllK(int n, int c, int k)
    {
        double all = 1;
        for (int i = 0; i < k; i++)
            all *= Math.Max(0, c - i) / (double)(n - i);
        return all;
    }

    /// <summary>Both, for k from 1 to the most verdicts that any pair has.</summary>
    public static IReadOnlyList<RepeatRate> Of(Setting setting, IReadOnlyList<PairScore> pairs)
    {
        PairScore[] scores = [.. pairs.Where(p => p.Cases > 0)];
        int most = scores.Select(p => p.WithVerdict).DefaultIfEmpty(0).Max();
        return [.. Enumerable.Range(1, most).Select(k => At(setting, scores, k))];
    }

    private static RepeatRate At(Setting setting, PairScore[] scores, int k)
    {
        PairScore[] enough = [.. scores.Where(p => p.WithVerdict >= k)];
        return new RepeatRate(
            setting, k, enough.Average(p => (double?)PassAtK(p.WithVerdict, p.Passed, k)),
                enough.Average(p => (double?)PassAllK(p.WithVerdict, p.Passed, k)), enough.Length, scores.Length - enough.Length);
    }
}
