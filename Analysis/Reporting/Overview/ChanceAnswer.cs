using Tandem.Analysis.Markup;
using Tandem.Analysis.Statistics;
using Tandem.Records.Json;

namespace Tandem.Analysis.Reporting.Overview;

/// <summary>Whether the lead of the first setting over the second is more than chance. Never yes where what is missing could turn it, or
/// is missing on one side more than by chance.</summary>
internal static class ChanceAnswer
{
    private const string Question = "Is that more than chance?";

    public static Answer Of(ExperimentStatistics statistics)
    {
        Headline headline = statistics.Headline;
        if (headline.Ranking.Count(rate => rate.Rate.Trials > 0) < 2)
            return new Answer(Question, "Nothing to compare", "Fewer than two settings have verdicts.");
        if (headline.FirstAgainstNext is not { } contrast)
            return OfEqual(headline);
        PairedDifference primary = contrast.Primary;
        if (primary.Pairs == 0)
            return new Answer(Question, "Not known", $"No pair has a verdict in both {EnumNames.NameOf(contrast.Baseline)} and "
                + $"{EnumNames.NameOf(contrast.Other)}.", IsGood: false);
        bool isReversed = SettingWords.IsReversedOverSeeds(contrast);
        string word = contrast.Evidence switch
        {
            Evidence.Clear when isReversed => $"At seed {contrast.PrimarySeed} yes, over all seeds no",
            Evidence.Clear => "Yes",
            Evidence.Unclear => UnclearWord(contrast),
            Evidence.Incomplete => "Not safe: data are missing",
            _ => "Not shown",
        };
        return new Answer(Question, word, string.Join("; ", Details(statistics, contrast, isReversed)) + ".",
            contrast.Evidence == Evidence.Clear && !isReversed);
    }

    /// <summary>What is unclear about a difference, in a few words.</summary>
    public static string UnclearWord(SettingContrast contrast) =>
        contrast.P is null ? "Unclear: only the interval could be asked"
        : contrast.Primary.Tasks < SettingContrast.FewestTasks
            ? $"Unclear: {Say.Plural(contrast.Primary.Tasks, "task")} say too little about others"
        : "Unclear: test and interval disagree";

    private static Answer OfEqual(Headline headline)
    {
        if (headline.Ranking.Any(rate => rate.Missing.Total > 0))
            return new Answer(Question, "Not known", $"The first two settings have the same rate so far, and "
                + $"{SettingWords.MissingOf(headline)} have no verdict.", IsGood: false);
        return new Answer(Question, "No difference to explain", headline.Standing == Standing.NothingPassed
            ? "Where nothing passes, no difference can be seen."
            : "The first settings have the same rate, which does not show that they are equal.");
    }

    private static string TestOfSigns(PairedDifference difference, string other, string baseline) =>
        $"sign test ({other} ahead in {Say.Plural(difference.Ahead.Other, "pair")}, {baseline} in {Say.Count(difference.Ahead.Baseline)})";

    private static IEnumerable<string> Details(ExperimentStatistics statistics, SettingContrast contrast, bool isReversed)
    {
        Headline headline = statistics.Headline;
        PairedDifference primary = contrast.Primary;
        string other = EnumNames.NameOf(contrast.Other);
        string baseline = EnumNames.NameOf(contrast.Baseline);
        yield return $"Within {Say.Plural(primary.Pairs, "pair")} of {Say.Plural(primary.Tasks, "task")}, {other} against {baseline}: "
            + $"{Say.Points(primary.Difference)}{Answers.IntervalOf(primary.Interval)}"
            + (contrast.PrimarySeed is not null ? ""
                : contrast.IsOverAllSeeds ? $", each pair's mean over its {SettingWords.Seeds(headline.Ranking[0])}"
                : contrast.BySeed.Count == 0 ? ", over all seeds of each, since they share none"
                : ", over all seeds of each, since at none both have verdicts of a pair");
        yield return contrast.P is null ? "no test of McNemar, since pairs have several runs on a side"
            : $"exact {(contrast.IsOverAllSeeds ? TestOfSigns(primary, other, baseline) : "McNemar")} "
                + $"{Say.P(contrast.P)}, {Say.P(contrast.HolmP)} after Holm over "
                + Say.Plural(statistics.Contrasts.Count(c => c.P is not null), "comparison");
        if (primary.Bounds is { } bounds && bounds.Low < bounds.High)
            yield return $"had all that is missing gone against {other}, or for it: {Answers.BoundsOf(bounds)}";
        if (primary.MissesUnevenly)
            yield return $"pairs that lack a verdict on one side alone: {Say.Count(primary.MissingInOther)} that of {other}, "
                + $"{Say.Count(primary.MissingInBaseline)} that of {baseline} ({Say.P(primary.MissingP)}), so that what is there may be a "
                + "choice";
        if (isReversed)
            yield return $"over all seeds it points the other way: {Say.Points(contrast.AllSeeds.Difference)}"
                + Answers.IntervalOf(contrast.AllSeeds.Interval);
        if (contrast.Evidence is Evidence.NotShown or Evidence.Unclear
            && (primary.Detectable?.DifferenceByTasks ?? primary.Detectable?.Difference) is double least)
            yield return $"a true difference below {Say.Percent(least).Replace(" %", " pp", StringComparison.Ordinal)} would mostly go "
                + "unnoticed with so few pairs (power 80 %)";
        else if (contrast.Evidence == Evidence.NotShown)
            yield return "with so few pairs hardly any difference would have been noticed";
        if (primary.Interval.Caution is { } caution)
            yield return caution;
    }
}
