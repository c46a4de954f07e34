using Tandem.Analysis.Markup;
using Tandem.Analysis.Reporting.Overview;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Scenarios.Statistics;
using Tandem.Analysis.Statistics;
using Tandem.Analysis.Validating;

namespace Tandem.Analysis.Reporting.Scenarios;

/// <summary>What a reader asks first of a scenario experiment, in words and numbers.</summary>
internal static class ScenarioAnswers
{
    /// <summary>The report's title: it claims no more than the data says.</summary>
    public static string Sentence(ScenarioContent content)
    {
        (int missing, int cases) = MissingOf(content.Statistics);
        string claim = Claim(content.Statistics).TrimEnd('.');
        return Title.Marked((content.Dataset.Plan.Simulated ? "Simulated, no model was asked: " : "") + claim
            + (missing > 0 ? $"; {Say.Count(missing)} of {Say.Plural(cases, "case")} have no verdict." : "."), content.Marks);
    }

    public static IReadOnlyList<Answer> Of(ScenarioContent content) =>
    [
        Rates(content.Statistics), Chance(content.Statistics), Scenarios(content), Cost(content.Statistics), Missing(content.Statistics),
        Trust(content.Statistics, content.Validation),
    ];

    /// <summary>The contrast that the title is about: the best variant with the reference, or the next best where that is the best.
    /// Null where there is nothing to compare.</summary>
    public static VariantContrast? Leading(ScenarioStatistics statistics)
    {
        VariantRate[] ranking = Ranking(statistics);
        if (ranking.Length < 2)
            return null;
        string reference = statistics.Table.Variants[0];
        string other = ranking.First(rate => rate.Variant != reference).Variant;
        return statistics.Contrasts.FirstOrDefault(contrast => contrast.Other == other && contrast.Difference.Pairs > 0);
    }

    public static string RangeOf(BootstrapInterval interval) => interval.Interval is Interval found
        ? $"95 % interval over scenarios {Say.Signed(100 * found.Low, "0.0")} to {Say.Points(found.High)}" : "no interval";

    private static VariantRate[] Ranking(ScenarioStatistics statistics) =>
        [.. statistics.Rates.Where(rate => rate.Rate.Trials > 0).OrderByDescending(rate => rate.Rate.Value)];

    private static string Claim(ScenarioStatistics statistics)
    {
        VariantRate[] ranking = Ranking(statistics);
        if (ranking.Length == 0)
            return "No conversation has a verdict yet.";
        if (ranking.Length == 1)
            return $"{RateOf(ranking[0])} passed under {ranking[0].Variant}; there is no other variant to compare with.";
        if (Leading(statistics) is not { } contrast)
            return $"{RateOf(ranking[0])} passed under {ranking[0].Variant}; it shares no scenario with "
                + $"{statistics.Table.Variants[0]} to be compared on.";
        string rates = $"{RateOf(Of(statistics, contrast.Other))} passed under {contrast.Other}, "
            + $"{RateOf(Of(statistics, contrast.Baseline))} under {contrast.Baseline}";
        if (contrast.Difference.Difference is 0 or null)
            return $"{rates}: no difference within scenarios, which does not show that they are equal.";
        string difference = $"the difference of {Say.Points(contrast.Difference.Difference)} within "
            + $"{Say.Plural(contrast.Difference.Pairs, "scenario")}";
        return contrast.Evidence switch
        {
            Evidence.Clear => $"{rates}: {difference} is more than chance.",
            Evidence.Unclear => $"{rates}: whether {difference} is more than chance is unclear.",
            Evidence.Incomplete => $"{rates}: {difference} is not safe, since verdicts are missing.",
            _ => $"{rates}: {difference} may be chance.",
        };
    }

    private static (int Missing, int Cases) MissingOf(ScenarioStatistics statistics) =>
        (statistics.Rates.Sum(rate => rate.Missing.Total), statistics.Rates.Sum(rate => rate.Cases));

    private static VariantRate Of(ScenarioStatistics statistics, string variant) =>
        statistics.Rates.First(rate => rate.Variant == variant);

    private static string RateOf(VariantRate rate) =>
        $"{Say.Percent(rate.Rate.Value)} ({Say.Count(rate.Rate.Successes)} of {Say.Count(rate.Rate.Trials)})";

    private static Answer Rates(ScenarioStatistics statistics)
    {
        const string Question = "Which variant passed most often?";
        VariantRate[] ranking = Ranking(statistics);
        if (ranking.Length == 0)
            return new Answer(Question, "Nobody knows yet", "No conversation has a verdict.");
        string[] best = [.. ranking.Where(rate => rate.Rate.Value == ranking[0].Rate.Value).Select(rate => rate.Variant)];
        string detail = string.Join("; ", ranking.Select(rate => $"{rate.Variant} {RateOf(rate)}"));
        return new Answer(Question, ranking.Length == 1 ? $"{best[0]}, the only one with verdicts"
            : best.Length > 1 ? $"{string.Join(", ", best)}, equally" : best[0], detail + ".");
    }

    private static Answer Chance(ScenarioStatistics statistics)
    {
        const string Question = "Is that more than chance?";
        if (Leading(statistics) is not { } contrast)
            return new Answer(Question, "Nothing to compare", "No two variants have verdicts of the same scenario.");
        string word = contrast.Evidence switch
        {
            Evidence.Clear => "Yes",
            Evidence.Unclear when contrast.Difference.Tasks < SettingContrast.FewestTasks =>
                $"Unclear: {Say.Plural(contrast.Difference.Tasks, "scenario")} say too little about others",
            Evidence.Unclear => "Unclear: test and interval disagree",
            Evidence.Incomplete => "Not safe: data are missing",
            _ => "Not shown",
        };
        PairedTable table = contrast.Majorities;
        return new Answer(Question, word,
            $"{contrast.Other} against {contrast.Baseline} within {Say.Plural(contrast.Difference.Pairs, "scenario")}: "
            + $"{Say.Points(contrast.Difference.Difference)}, {RangeOf(contrast.Difference.Interval)}. By the majority of repetitions "
            + $"{table.OnlyOther} to {table.OnlyBaseline} of {table.Pairs} ({contrast.Ties} tied and left out): exact McNemar "
            + $"{Say.P(contrast.P)}, {Say.P(contrast.HolmP)} after Holm over {Say.Plural(statistics.Contrasts.Count, "comparison")}"
            + (contrast.Difference.Bounds is { } bounds && bounds.Low < bounds.High
                ? $"; had all that is missing gone against {contrast.Other}, or for it: {Answers.BoundsOf(bounds)}" : "")
            + $"{(contrast.Difference.Interval.Caution is { } caution ? $"; {caution}" : "")}.", contrast.Evidence == Evidence.Clear);
    }

    private static Answer Scenarios(ScenarioContent content)
    {
        const string Question = "Which scenarios need a look?";
        ScenarioShare[] shares = [.. content.Statistics.Shares.Where(share => share.Score.WithVerdict > 0)];
        ScenarioShare[] bad = content.Dataset.Plan.ScenarioPassRate is null
            ? [.. shares.Where(share => share.Score.Passed == 0)] : [.. shares.Where(share => share.IsBelow)];
        if (shares.Length == 0)
            return new Answer(Question, "Nobody knows yet", "No scenario has a verdict.");
        string bound = content.Dataset.Plan.ScenarioPassRate is double rate ? $"below the bound of {Say.Percent(rate)}" : "never passed";
        return new Answer(Question, bad.Length == 0 ? $"None is {bound}".Replace("is never", "has never", StringComparison.Ordinal)
            : $"{Say.Plural(bad.Length, "cell")} {bound}",
            (bad.Length == 0 ? "" : string.Join("; ", bad.Take(6).Select(share => $"{share.Scenario} under {share.Variant} "
                + $"({share.Score.Passed} of {share.Score.WithVerdict})")) + (bad.Length > 6 ? $"; and {bad.Length - 6} more" : "") + ". ")
            + $"Of {Say.Plural(shares.Length, "cell")} (scenario and variant) with a verdict.", bad.Length == 0);
    }

    private static Answer Cost(ScenarioStatistics statistics)
    {
        const string Question = "What did it cost?";
        decimal paid = statistics.Efforts.Sum(effort => effort.PaidUsd);
        int unpriced = statistics.Efforts.Sum(effort => effort.Unpriced);
        string known = unpriced > 0 ? $"{Say.Plural(unpriced, "attempt")} of unknown cost not included."
            : "The cost of every attempt is known.";
        string answer = unpriced == 0 ? Say.Usd(paid) : paid == 0 ? "Not known" : $"At least {Say.Usd(paid)}";
        return new Answer(Question, answer, string.Join("; ", statistics.Efforts.Select(effort =>
            $"{effort.Variant} {Say.Seconds(effort.Latency.Median)} in the median"))
            + $". {known}");
    }

    private static Answer Missing(ScenarioStatistics statistics)
    {
        const string Question = "What is missing?";
        int cases = statistics.Rates.Sum(rate => rate.Cases);
        int Sum(Func<MissingCases, int> part) => statistics.Rates.Sum(rate => part(rate.Missing));
        if (Sum(missing => missing.Total) == 0)
            return new Answer(Question, "Nothing", $"All {Say.Count(cases)} cases have a verdict.", IsGood: true);
        string bounds = string.Join("; ", statistics.Rates.Where(rate => rate.Missing.Total > 0).Select(rate =>
            $"{rate.Variant} {Say.PercentRange(rate.Bounds!.Value.Low, rate.Bounds.Value.High)}"));
        return new Answer(Question, $"{Say.Count(Sum(missing => missing.Total))} of {Say.Plural(cases, "case")}",
            $"{Sum(missing => missing.NotRun)} not run, {Sum(missing => missing.InfraErrors)} lost to infrastructure errors, "
            + $"{Sum(missing => missing.Interrupted)} interrupted, {Sum(missing => missing.NoVerdict)} with checks due; they are in no "
            + $"rate. Had all of them failed, or all passed: {bounds}.", IsGood: false);
    }

    private static Answer Trust(ScenarioStatistics statistics, ValidationReport validation)
    {
        const string Question = "Can the store be trusted?";
        (int missing, int cases) = MissingOf(statistics);
        RuleReport[] failed = [.. validation.Rules.Where(rule => !rule.Outcome.Passed)];
        int warnings = validation.Rules.Sum(rule => rule.Outcome.Findings.Count(finding => finding.Severity == Severity.Warning));
        string warned = warnings == 0 ? "" : $" {Say.Plural(warnings, "warning")}.";
        return failed.Length == 0
            ? new Answer(Question,
                missing > 0 ? $"What is there, yes; but {Say.Count(missing)} of {Say.Plural(cases, "case")} have no verdict" : "Yes",
                $"All {validation.Rules.Count} rules hold.{warned}", IsGood: missing == 0)
            : new Answer(Question, "No", $"{failed.Length} of {validation.Rules.Count} rules fail: "
                + $"{string.Join(", ", failed.Select(rule => $"{rule.Rule.Id} ({Say.Plural(rule.Outcome.Errors, "finding")})"))}.{warned}",
                IsGood: false);
    }
}
