using System.Globalization;
using Tandem.Analysis.Markup;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Statistics;
using Tandem.Analysis.Validating;
using Tandem.Records.Cases;
using Tandem.Records.Json;

namespace Tandem.Analysis.Reporting.Overview;

/// <summary>A question and what the records answer.</summary>
/// <param name="Question">What is asked.</param>
/// <param name="Short">The answer, in a few words.</param>
/// <param name="Detail">The numbers behind it.</param>
/// <param name="IsGood">Whether it is as one would wish; null where there is nothing to wish.</param>
internal sealed record Answer(string Question, string Short, string Detail, bool? IsGood = null);

/// <summary>The five questions that a reader has first, answered in words and numbers.</summary>
internal static class Answers
{
    public static string Sentence(ExperimentStatistics statistics)
    {
        Headline headline = statistics.Headline;
        if (headline.WithVerdict.Successes == 0)
            return "No run has a verdict yet.";
        if (headline.Best is not Setting best)
            return $"{Together(Leaders(headline))} did equally well: {Say.Percent(headline.Ranking[0].Rate.Value)} of the pairs passed.";
        string rate = $"Best: {EnumNames.NameOf(best)}, {Say.Percent(headline.Ranking[0].Rate.Value)} of the pairs passed";
        if (headline.Ranking.Count == 1)
            return $"{EnumNames.NameOf(best)}: {Say.Percent(headline.Ranking[0].Rate.Value)} of the pairs passed; there is no other "
                + $"setting to compare with.";
        if (headline.BestAgainstNext is not { } contrast || headline.Lead is not double ahead)
            return $"{rate}.";
        string next = EnumNames.NameOf(contrast.Baseline == best ? contrast.Other : contrast.Baseline);
        string lead = Say.Points(Math.Abs(ahead)).TrimStart('+');
        if (ahead <= 0)
            return $"{rate}; but within the pairs that have both verdicts {next} did {(ahead < 0 ? $"better, by {lead}" : "as well")}.";
        if (IsReversedOverSeeds(contrast))
        {
            return contrast.Evidence == Evidence.Clear
                ? $"{rate} at seed {contrast.BySeed[0].Seed}, {lead} more than with {next}; but over all seeds it is the other way round."
                : $"{rate} at seed {contrast.BySeed[0].Seed}, but its lead of {lead} over {next} may be chance: over all seeds it is the "
                + $"other way round.";
        }
        return contrast.Evidence switch
        {
            Evidence.Clear => $"{rate}, {lead} more than with {next}.",
            Evidence.Unclear => $"{rate}; whether its lead of {lead} over {next} is more than chance is unclear.",
            Evidence.NotShown => $"{rate}, but its lead of {lead} over {next} may be chance.",
            Evidence.NoData or _ => $"{rate}; it shares no pair with {next} to be compared on.",
        };
    }

    public static IReadOnlyList<Answer> Of(ExperimentStatistics statistics, ValidationReport validation) =>
        [Best(statistics), Chance(statistics), Cost(statistics), Missing(statistics), Trust(validation)];

    private static Answer Best(ExperimentStatistics statistics)
    {
        const string Question = "Which setting did best?";
        Headline headline = statistics.Headline;
        if (headline.WithVerdict.Successes == 0)
            return new Answer(Question, "Nobody knows yet", "No run has a verdict.");
        string seeds = statistics.Rates.Any(rate => rate.Seed is null) ? "One run per pair (the smallest seed). " : "";
        string detail = seeds + string.Join("; ", headline.Ranking.Select(RateOf)) + ".";
        if (headline.Ranking.Count == 1)
            return new Answer(Question, $"{EnumNames.NameOf(headline.Ranking[0].Setting)}, the only one", detail);
        if (headline.Best is not Setting best)
            return new Answer(Question, $"{Together(Leaders(headline))}, equally", detail);
        string by = headline is { Lead: > 0 and double lead, BestAgainstNext: { } contrast }
            ? $", by {Say.Points(lead).TrimStart('+')} over "
                + $"{EnumNames.NameOf(contrast.Baseline == best ? contrast.Other : contrast.Baseline)}"
            : "";
        return new Answer(Question, EnumNames.NameOf(best) + by, detail);
    }

    private static Answer Chance(ExperimentStatistics statistics)
    {
        const string Question = "Is that more than chance?";
        Headline headline = statistics.Headline;
        if (headline.BestAgainstNext is not { } contrast)
        {
            return headline.Ranking.Count(rate => rate.Rate.Value is not null) < 2
                ? new Answer(Question, "Nothing to compare", "Fewer than two settings have verdicts.")
                : new Answer(Question, "No difference to explain",
                "The best settings have the same rate, which does not show that they are equal.");
        }
        bool isReversed = IsReversedOverSeeds(contrast);
        string word = contrast.Evidence switch
        {
            Evidence.Clear when isReversed => $"At seed {contrast.BySeed[0].Seed} yes, over all seeds no",
            Evidence.Clear => "Yes",
            Evidence.Unclear => "Unclear: test and interval disagree",
            Evidence.NotShown => "Not shown",
            _ => "Not known",
        };
        if (contrast.Primary is not { Pairs: > 0 } primary)
            return new Answer(Question, word, "No pair has a verdict in both of the best settings.", IsGood: false);
        var detail = new List<string>
            { $"Within {Say.Plural(primary.Pairs, "pair")} of {Say.Plural(primary.Tasks, "task")}, {EnumNames.NameOf(contrast.Other)} "
            + $"against {EnumNames.NameOf(contrast.Baseline)}: {Say.Points(primary.Difference)}{IntervalOf(primary.Interval)}" };
        detail.Add($"exact McNemar {Say.P(contrast.P)}, {Say.P(contrast.HolmP)} after Holm over "
            + $"{Say.Plural(statistics.Contrasts.Count(c => c.P is not null), "comparison")}");
        if (isReversed)
            detail.Add($"over all seeds it points the other way: "
                + $"{Say.Points(contrast.AllSeeds.Difference)}{IntervalOf(contrast.AllSeeds.Interval)}");
        if (contrast.Evidence != Evidence.Clear
            && (primary.Detectable?.DifferenceByTasks ?? primary.Detectable?.Difference) is double least)
            detail.Add($"a true difference below {Say.Percent(least).Replace(" %", " pp", StringComparison.Ordinal)} would mostly go "
                + $"unnoticed with so few pairs (power 80 %)");
        else if (contrast.Evidence == Evidence.NotShown)
            detail.Add("with so few pairs that differ, hardly any difference would have been noticed");
        if (primary.Interval.Caution is { } caution)
            detail.Add(caution);
        return new Answer(Question, word, string.Join("; ", detail) + ".", contrast.Evidence == Evidence.Clear && !isReversed);
    }

    /// <summary>Whether the runs of all seeds say the contrary of what is reported first: then neither may stand alone.</summary>
    private static bool IsReversedOverSeeds(SettingContrast contrast) => contrast.AllSeeds.Difference * contrast.Primary?.Difference < 0;

    private static Answer Cost(ExperimentStatistics statistics)
    {
        const string Question = "What did it cost?";
        CostStatistics all = statistics.Costs[^1];
        string work = string.Join("; ", statistics.Costs.Where(cost => cost.Setting is not null && cost.Runs > 0).Select(cost =>
            $"{EnumNames.NameOf(cost.Setting!.Value)} {Number(cost.Steps.Mean, "0.0")} steps and {Say.Seconds(cost.Seconds.Mean)} a "
                + $"run{(cost.CostPerSuccess is > 0 and double each ? $", {Say.Usd((decimal)each)} a success" : "")}"));
        string sunk = all.Spent.SunkUsd > 0 ? $"{Say.Usd(all.Spent.SunkUsd)} of it for attempts that do not count. " : "";
        string unpriced = all.Spent.Unpriced > 0 ? $"{Say.Plural(all.Spent.Unpriced, "attempt")} of unknown cost not included. " : "";
        string answer =
            all.Spent.Unpriced > 0 ? (all.Spent.Usd == 0 ? "Not known" : $"At least {Say.Usd(all.Spent.Usd)}")
            : all.Spent.Usd == 0 ? "Nothing: 0 USD"
            : Say.Usd(all.Spent.Usd);
        return new Answer(Question, answer, $"{sunk}{unpriced}{(work.Length > 0 ? $"On average {work}." : "No run counts.")}");
    }

    private static Answer Missing(ExperimentStatistics statistics)
    {
        const string Question = "What is missing?";
        Headline headline = statistics.Headline;
        MissingCases missing = headline.Missing;
        if (missing.Total == 0)
            return new Answer(Question, "Nothing", headline.WithVerdict.Trials == 1 ? "The one case has a verdict."
                : $"All {Say.Count(headline.WithVerdict.Trials)} cases have a verdict.", IsGood: true);
        var kinds = new List<string>();
        if (missing.NotRun > 0)
            kinds.Add($"{Say.Count(missing.NotRun)} not run");
        if (missing.InfraErrors > 0)
            kinds.Add($"{Say.Count(missing.InfraErrors)} lost to infrastructure errors");
        if (missing.Interrupted > 0)
            kinds.Add($"{Say.Count(missing.Interrupted)} interrupted");
        if (missing.NoVerdict > 0)
            kinds.Add($"{Say.Count(missing.NoVerdict)} without a verdict");
        IEnumerable<string> bounds = statistics.Headline.Ranking.Where(rate => rate.Missing.Total > 0 && rate.Bounds is not null)
            .Select(rate => $"{EnumNames.NameOf(rate.Setting)} would lie at "
            + $"{Say.PercentRange(rate.Bounds!.Value.Low, rate.Bounds.Value.High)}");
        string range = string.Join("; ", bounds);
        return new Answer(
            Question,
            $"{Say.Count(missing.Total)} of {Say.Plural(headline.WithVerdict.Trials, "case")}",
            $"{string.Join(", ", kinds)}; they are in no "
                + $"rate.{(range.Length > 0 ? $" Had all missing ones failed, or all passed: {range}." : "")}",
            IsGood: false);
    }

    private static Answer Trust(ValidationReport validation)
    {
        const string Question = "Can the store be trusted?";
        RuleReport[] failed = [.. validation.Rules.Where(rule => !rule.Outcome.Passed)];
        int warnings = validation.Rules.Sum(rule => rule.Outcome.Findings.Count(finding => finding.Severity == Severity.Warning));
        string warned = warnings == 0 ? "" : $" {Say.Plural(warnings, "warning")}.";
        return failed.Length == 0
            ? new Answer(Question, "Yes",
            $"All {validation.Rules.Count} rules "
            + $"hold{(validation.IsDeep ? ", those that read every file too" : "; those that read every file were not asked (--deep)")}."
            + $"{warned}", IsGood: true)
            : new Answer(Question, "No",
            $"{failed.Length} of {validation.Rules.Count} rules fail: "
            + $"{string.Join(", ", failed.Select(rule => $"{rule.Rule.Id} ({Say.Plural(rule.Outcome.Errors, "finding")})"))}.{warned}",
            IsGood: false);
    }

    private static string RateOf(PassRate rate) => rate.Rate.Value is double value && rate.Rate.Wilson95 is Interval interval
        ? $"{EnumNames.NameOf(rate.Setting)} {Say.Percent(value)} ({rate.Rate.Successes} of {rate.Rate.Trials}; "
            + $"{Say.PercentRange(interval.Low, interval.High)})"
        : $"{EnumNames.NameOf(rate.Setting)} no verdict{(rate.Seed is int seed ? $" at seed {seed}" : "")}";

    public static string IntervalOf(BootstrapInterval interval) =>
        interval.Interval is Interval found
            ? $" (95 % interval over tasks {Say.Points(found.Low).Replace(" pp", "", StringComparison.Ordinal)} to "
            + $"{Say.Points(found.High)})" : "";

    private static Setting[] Leaders(Headline headline) =>
        [.. headline.Ranking.Where(rate => rate.Rate.Value == headline.Ranking[0].Rate.Value).Select(rate => rate.Setting)];

    private static string Together(Setting[] settings) => settings.Length == 1
        ? EnumNames.NameOf(settings[0])
        : $"{string.Join(", ", settings[..^1].Select(EnumNames.NameOf))} and {EnumNames.NameOf(settings[^1])}";

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? Say.Unknown;
}
