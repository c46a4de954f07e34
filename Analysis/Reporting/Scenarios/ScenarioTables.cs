using System.Globalization;
using Tandem.Analysis.Markup;
using Tandem.Analysis.Scenarios.Statistics;
using Tandem.Analysis.Statistics;
using Tandem.Records.Json;
using Tandem.Records.Scenarios;

namespace Tandem.Analysis.Reporting.Scenarios;

/// <summary>The statistics of scenarios as tables, each with its n and what is missing.</summary>
internal static class ScenarioTables
{
    public static ReportTable Rates(ScenarioStatistics statistics) => new(
        "Passed by variant",
        ["variant", "#passed", "#with a verdict", "#rate", "#95 % Wilson", "#95 % over scenarios", "#not run", "#infra errors",
            "#interrupted", "#checks due", "#had all failed .. passed", "#reruns"],
        [.. statistics.Rates.Select(rate => (IReadOnlyList<string>)
        [
            rate.Variant, Say.Count(rate.Rate.Successes), Say.Count(rate.Rate.Trials), Say.Percent(rate.Rate.Value),
            Range(rate.Rate.Wilson95), Range(rate.ByScenarios.Interval), Say.Count(rate.Missing.NotRun),
            Say.Count(rate.Missing.InfraErrors), Say.Count(rate.Missing.Interrupted), Say.Count(rate.Missing.NoVerdict),
            rate.Missing.Total == 0 ? "none missing" : Range(rate.Bounds), Say.Count(rate.Reruns),
        ])],
        "A conversation passes if all its checks pass. Wilson's interval takes all conversations to be independent; the one over scenarios "
        + "draws whole scenarios anew, since the repetitions of one go together. Reruns: conversations begun again within an attempt "
        + "after a fault of the transport." + Cautions(statistics.Rates.Select(rate => rate.ByScenarios.Caution)));

    public static ReportTable Contrasts(IReadOnlyList<VariantContrast> contrasts) => new(
        "Variants compared within scenarios",
        ["variant", "against", "#scenarios", "#rate", "#rate of the other", "#difference", "#95 % over scenarios", "#only the first",
            "#only the other", "#both", "#neither", "#tied", "#McNemar p", "#p after Holm", "more than chance?"],
        [.. contrasts.Select(contrast => (IReadOnlyList<string>)
        [
            contrast.Other, contrast.Baseline, CountOf(contrast.Difference), Say.Percent(contrast.Difference.OtherRate),
            Say.Percent(contrast.Difference.BaselineRate), Say.Points(contrast.Difference.Difference),
            contrast.Difference.Interval.Interval is Interval found
                ? $"{Say.Signed(100 * found.Low, "0.0")} to {Say.Signed(100 * found.High, "0.0")}" : Say.Unknown,
            Say.Count(contrast.Majorities.OnlyOther), Say.Count(contrast.Majorities.OnlyBaseline), Say.Count(contrast.Majorities.Both),
            Say.Count(contrast.Majorities.Neither), Say.Count(contrast.Ties), PValue(contrast.P), PValue(contrast.HolmP),
            WordOf(contrast.Evidence),
        ])],
        "The first variant of the plan is the reference. Rates and difference (percentage points) are means over scenarios, each counted "
        + "once. The columns from 'only the first' on count scenarios by the majority of their repetitions; ties are left out. Clear needs "
        + "both the test after Holm and, with six scenarios or more, the interval."
        + Cautions(contrasts.Select(contrast => contrast.Difference.Interval.Caution)));

    public static ReportTable Repeats(ScenarioStatistics statistics) => new(
        "Several repetitions",
        ["variant", "#k", "#pass@k: one of k passes", "#pass^k: all k pass", "#scenarios", "#scenarios with fewer verdicts"],
        [.. statistics.Repeats.Select(repeat => (IReadOnlyList<string>)
            [repeat.Variant, Say.Count(repeat.K), Say.Percent(repeat.PassAtK), Say.Percent(repeat.PassAllK), Say.Count(repeat.Scenarios),
                Say.Count(repeat.ScenariosShort)])],
        "Unbiased estimates from all verdicts of a scenario, averaged over scenarios; those with fewer than k verdicts are left out.");

    public static ReportTable Tools(ScenarioStatistics statistics) => new(
        "Which tools were called",
        ["scenario", "tool", .. statistics.Table.Variants.Select(variant => "#" + variant)],
        [.. statistics.Tools.Select(row => (IReadOnlyList<string>)
            [row.Scenario, row.Tool, .. row.Counts.Select(count => count.Conversations == 0 ? Say.Unknown
                : $"{count.Called} of {count.Conversations}{(count.IsOffered ? "" : " (not offered)")}")])],
        "In how many conversations that count the tool was called, once or more. Tools that no variant called in a scenario have no row.");

    public static ReportTable Agreements(ScenarioStatistics statistics) => new(
        "Do the repetitions agree?",
        ["variant", "#same verdict", "#same tools in the same order", "#alpha of verdicts", "#scenarios"],
        [.. statistics.Agreements.Select(agreement => (IReadOnlyList<string>)
            [agreement.Variant, Of(agreement.SameVerdict), Of(agreement.SameTools), JudgeText.Number(agreement.Alpha),
                Say.Count(agreement.Scenarios)])],
        "Pairs of repetitions of one scenario. Alpha: Krippendorff's, nominal, the repetitions taken as raters: 1 is full agreement, 0 "
        + "that of chance; a dash where all verdicts are alike or no scenario has two.");

    public static ReportTable Efforts(ScenarioStatistics statistics) => new(
        "What it took",
        ["variant", "#tokens in: median", "#95th pct.", "#total", "#of it cached", "#tokens out: median", "#95th pct.", "#total",
            "#cost: median", "#95th pct.", "#total", "#paid in all", "#latency: median", "#95th pct.", "#unknown tokens, cost, latency"],
        [.. statistics.Efforts.Select(effort => (IReadOnlyList<string>)
        [
            effort.Variant, Whole(effort.InputTokens.Median), Whole(effort.InputTokens.P95), Whole(effort.InputTokens.Total),
            Whole(effort.CachedTokens.Total), Whole(effort.OutputTokens.Median), Whole(effort.OutputTokens.P95),
            Whole(effort.OutputTokens.Total),
            Usd(effort.Cost.Median), Usd(effort.Cost.P95), Usd(effort.Cost.Total),
            $"{(effort.Unpriced > 0 ? "\u2265 " : "")}{Say.Usd(effort.PaidUsd)}", Seconds(effort.Latency.Median),
            Seconds(effort.Latency.P95),
            $"{effort.InputTokens.Unknown}, {effort.Cost.Unknown}, {effort.Latency.Unknown} of {effort.Cost.Known + effort.Cost.Unknown}",
        ])],
        "Of the records that count; 'paid in all' also has the attempts that do not. Latency is the time of a conversation's answers "
        + "together. A dash is unknown, never 0.");

    public static ReportTable Ends(ScenarioStatistics statistics) => new(
        "How conversations ended",
        ["variant", .. Enum.GetValues<ScenarioEnd>().Select(end => "#" + EnumNames.NameOf(end).Replace('_', ' '))],
        [.. statistics.Efforts.Select(effort => (IReadOnlyList<string>)
            [effort.Variant, .. effort.Ends.Select(end => Say.Count(end.Count))])],
        "Of the records that count.");

    /// <summary>Null where no fault was met.</summary>
    public static ReportTable? Errors(ScenarioStatistics statistics)
    {
        IReadOnlyList<string>[] rows = [.. statistics.Efforts.SelectMany(effort => effort.Errors.Select(count => (IReadOnlyList<string>)
            [effort.Variant, count.Class.Replace('_', ' '), Say.Count(count.Records), Say.Count(count.Tries)]))];
        return rows.Length == 0 ? null : new ReportTable("Faults of the infrastructure",
            ["variant", "class", "#attempts without a conversation", "#tries begun again within an attempt"], rows,
            "None of them is a failure. Attempts that were made again, and then came to an end, are among them.");
    }

    private static string CountOf(PairedDifference difference) =>
        Say.Count(difference.Pairs) + (difference.PairsMissing > 0 ? $" ({difference.PairsMissing} missing)" : "");

    private static string WordOf(Evidence evidence) => evidence switch
    {
        Evidence.Clear => "yes",
        Evidence.Unclear => "unclear",
        Evidence.Incomplete => "no: data missing",
        Evidence.NotShown => "not shown",
        _ => "no data",
    };

    private static string PValue(double? p) => p is null ? Say.Unknown : NumberText.P(p);

    private static string Range(Interval? interval) => interval is Interval known ? Say.PercentRange(known.Low, known.High) : Say.Unknown;

    private static string Of(Proportion rate) =>
        rate.Trials == 0 ? Say.Unknown : $"{Say.Percent(rate.Value)} ({Say.Count(rate.Successes)} of {Say.Count(rate.Trials)})";

    private static string Whole(double? value) => Say.Count(value is double known ? (long)Math.Round(known) : null);

    private static string Usd(double? amount) => Say.Usd(amount is double known ? (decimal)known : null);

    private static string Seconds(double? seconds) => seconds is double known
        ? string.Create(CultureInfo.InvariantCulture, $"{known:0.00} s") : Say.Unknown;

    private static string Cautions(IEnumerable<string?> cautions)
    {
        string[] said = [.. cautions.OfType<string>().Distinct()];
        return said.Length == 0 ? "" : $" On the intervals over scenarios: {string.Join("; ", said)}.";
    }
}
