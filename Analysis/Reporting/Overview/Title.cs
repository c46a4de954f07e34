using Tandem.Analysis.Markup;
using Tandem.Analysis.Statistics;
using Tandem.Records.Json;

namespace Tandem.Analysis.Reporting.Overview;

/// <summary>The report's first sentence: what a reader may take away who reads no further. It names a best setting only where the records
/// allow it, and holds the n and what is missing of each rate.</summary>
internal static class Title
{
    // With five pairs the exact test gives 0.0625 at best.
    private const int FewestPairs = 6;

    public static string Of(ExperimentStatistics statistics, PageMarks marks) => Marked(Sentence(statistics.Headline), marks);

    /// <summary>A sentence that begins with what the report is: <c>DRAFT</c>, <c>PARTIAL</c>, both or nothing.</summary>
    public static string Marked(string sentence, PageMarks marks)
    {
        string[] said = [.. new[] { marks.Draft is null ? null : "DRAFT", marks.Partial is null ? null : "PARTIAL" }.OfType<string>()];
        return $"{(said.Length == 0 ? "" : $"{string.Join(", ", said)}: ")}{sentence}";
    }

    private static string Sentence(Headline headline)
    {
        switch (headline.Standing)
        {
            case Standing.NoVerdict:
                return $"No run has a verdict: 0 of {Say.Plural(headline.WithVerdict.Trials, "case")}.";
            case Standing.OneSetting:
                return OfOne(headline.Ranking[0]);
            case Standing.SettingWithoutVerdict:
                PassRate[] without = SettingWords.WithoutVerdict(headline);
                return $"No setting can be called best, since {SettingWords.Together(without)} {(without.Length == 1 ? "has" : "have")} no "
                    + $"verdict: {Numbers(headline)}.";
            case Standing.NothingPassed:
                return headline.Ranking.All(rate => rate.Missing.Total == 0)
                    ? $"Nothing passed: {Numbers(headline)}."
                    : $"Nothing passed so far, and {SettingWords.MissingOf(headline)} have no verdict: {Numbers(headline)}.";
            case Standing.OpenByMissing:
                return $"No setting can be called best, since {SettingWords.MissingOf(headline)} have no verdict, which could turn the "
                    + $"order: {Numbers(headline)}.";
            case Standing.NoSharedPair:
                return $"{SettingWords.Together([.. headline.Ranking.Take(2)])} share no pair with verdicts, so that their rates cannot be "
                    + $"compared: {Numbers(headline)}.";
            case Standing.Equal:
                return $"{SettingWords.Together(SettingWords.Leaders(headline))} passed equally often: {Numbers(headline)}.";
            case Standing.Best:
                return OfBest(headline);
            default:
                throw new ArgumentOutOfRangeException(nameof(headline), headline.Standing, "No such standing.");
        }
    }

    private static string Numbers(Headline headline) => $"{SettingWords.Sides(headline)}; {SettingWords.Basis(headline)}";

    private static string OfOne(PassRate rate)
    {
        const string Alone = "there is no other setting to compare with.";
        string unit = SettingWords.Unit(rate);
        if (rate.Missing.Total > 0 && rate.Bounds is Interval bounds)
            return $"{SettingWords.Name(rate)}: {Say.Count(rate.Rate.Successes)} of {Say.Count(rate.Rate.Trials)} {unit} with a verdict "
                + $"passed, {Say.Count(rate.Missing.Total)} of {Say.Count(rate.Cases)} have none ({SettingWords.Seeds(rate)}), so that the "
                + $"rate is anywhere from {Say.PercentRange(bounds.Low, bounds.High)}; {Alone}";
        return $"{SettingWords.Name(rate)}: {Say.Percent(rate.Rate.Value)} of the {unit} passed ({SettingWords.Counts(rate)}; "
            + $"{SettingWords.Seeds(rate)}); {Alone}";
    }

    private static string OfBest(Headline headline)
    {
        PassRate first = headline.Ranking[0];
        string next = SettingWords.Name(headline.Ranking[1]);
        SettingContrast contrast = headline.FirstAgainstNext!;
        double ahead = headline.Lead!.Value;
        bool isReversed = SettingWords.IsReversedOverSeeds(contrast);
        bool isBest = contrast.Evidence == Evidence.Clear && ahead > 0 && !isReversed;
        string unit = SettingWords.Unit(first) + (first.Missing.Total > 0 ? " with a verdict" : "");
        string rate = $"{(isBest ? "Best" : "Highest rate")}: {SettingWords.Name(first)}, {Say.Percent(first.Rate.Value)} of the "
            + $"{unit} passed ({SettingWords.Counts(first)}; {next} {SettingWords.Counts(headline.Ranking[1])}; "
            + $"{SettingWords.Basis(headline)})";
        string lead = Say.Points(Math.Abs(ahead)).TrimStart('+');
        string pairs = Say.Plural(contrast.Primary.Pairs, "pair");
        if (ahead <= 0)
            return $"{rate}; but within the {pairs} with both verdicts {next} did {(ahead < 0 ? $"better, by {lead}" : "as well")}.";
        if (isReversed)
            return $"{rate}; {(contrast.Evidence == Evidence.Clear ? $"it leads by {lead} within {pairs}"
                : $"its lead of {lead} within {pairs} may be chance")}, but over all seeds it is the other way round.";
        return contrast.Evidence switch
        {
            Evidence.Clear => $"{rate}, {lead} more than with {next} within {pairs}.",
            Evidence.Unclear => $"{rate}; whether its lead of {lead} within {pairs} is more than chance is unclear.",
            Evidence.Incomplete => $"{rate}; but its lead of {lead} within {pairs} is not safe: {SettingWords.WhyIncomplete(contrast)}.",
            Evidence.NotShown when contrast.Primary.Pairs < FewestPairs => $"{pairs} cannot show a difference: {Numbers(headline)}.",
            Evidence.NotShown => $"{rate}; but its lead of {lead} within {pairs} may be chance.",
            // Without a pair there is no lead.
            Evidence.NoData => throw new InvalidOperationException($"{EnumNames.NameOf(contrast.Other)} leads without a pair."),
            _ => throw new ArgumentOutOfRangeException(nameof(headline), contrast.Evidence, "No such evidence."),
        };
    }
}
