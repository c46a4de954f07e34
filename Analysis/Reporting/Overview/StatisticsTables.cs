using System.Globalization;
using Tandem.Analysis.Figures;
using Tandem.Analysis.Markup;
using Tandem.Analysis.Statistics;
using Tandem.Records.Cases;
using Tandem.Records.Json;

namespace Tandem.Analysis.Reporting.Overview;

/// <summary>The statistics as tables, each with its n and what is missing.</summary>
internal static class StatisticsTables
{
    /// <summary>What a column of <see cref="Contrasts"/> means.</summary>
    public const string MissingNote =
        "With what is missing: the difference if all that is missing had gone against the first setting, and for it.";

    public static ReportTable Rates(ExperimentStatistics statistics) => new(
        "Success by setting",
        ["setting", "seeds", "#passed", "#with a verdict", "#rate", "#95 % Wilson", "#95 % over tasks", "#not run", "#infra errors",
            "#interrupted", "#had all failed .. passed", "#nothing handed in"],
        [.. statistics.Rates.Select(rate => (IReadOnlyList<string>)
        [
            EnumNames.NameOf(rate.Setting), rate.Seed is int seed ? $"seed {seed}" : "all",
            Say.Count(rate.Rate.Successes), Say.Count(rate.Rate.Trials), Say.Percent(rate.Rate.Value),
            Range(rate.Rate.Wilson95), Range(rate.ByTasks?.WithWidth), Say.Count(rate.Missing.NotRun + rate.Missing.NoVerdict),
                Say.Count(rate.Missing.InfraErrors), Say.Count(rate.Missing.Interrupted),
            rate.Missing.Total == 0 ? "none missing" : Range(rate.Bounds), HandedIn(rate),
        ])],
        CautionsOf(statistics.Rates.Select(rate => rate.ByTasks?.Caution)));

    /// <summary>How many runs left no patch at all, and in how many an agent of several left none.</summary>
    private static string HandedIn(PassRate rate) => rate.Rate.Trials == 0 ? Say.Unknown
        : $"{Say.Count(rate.NothingHandedIn)}{(rate.PartlyHandedIn > 0 ? $" (one agent of several: {rate.PartlyHandedIn})" : "")}";

    public static ReportTable Contrasts(ExperimentStatistics statistics) => new(
        "Settings compared within pairs",
        ["setting", "against", "seed", "#pairs", "#rate", "#rate of the other", "#difference", "#95 % over tasks", "#only the first passed",
            "#only the second", "#p", "#p after Holm", "#detectable", "#with what is missing", "more than chance?"],
        [.. statistics.Contrasts.SelectMany(contrast => (IEnumerable<IReadOnlyList<string>>)
        [
            .. contrast.BySeed.Select(bySeed => ContrastRow(contrast, $"{bySeed.Seed}", bySeed.Difference)),
            ContrastRow(contrast, contrast.BySeed.Count > 0 ? "mean of all" : "all, none shared", contrast.AllSeeds),
        ])],
        "Each pair against itself, p by McNemar's exact test; differences in percentage points; the interval draws whole tasks anew. "
            + (statistics.Table.HasSeedsInCommon
            ? "All settings have the same seeds: the mean over them is tested, by the exact sign test over the pairs with equally many "
                + "verdicts on both sides (after Holm) and by the interval. "
            : "Only the comparison at the smallest shared seed with verdicts of both is tested, by the test after Holm and by the "
                + "interval; settings without such a seed are compared over all their seeds. ")
            + "Detectable: the true difference that would have been found with a power of 80 %. "
            + $"{MissingNote}{(CautionsOfContrasts(statistics) is { } caution ? $" {caution}" : "")}");

    /// <summary>What to know of the intervals of <see cref="Contrasts"/>; null if nothing.</summary>
    public static string? CautionsOfContrasts(ExperimentStatistics statistics) =>
        CautionsOf(statistics.Contrasts.Select(contrast => contrast.Primary.Interval.Caution));

    public static ReportTable Repeats(ExperimentStatistics statistics) => new(
        "Several tries",
        ["setting", "#k", "#pass@k: one of k passes", "#pass^k: all k pass", "#pairs", "#pairs with fewer tries"],
        [.. statistics.Repeats.Select(repeat => (IReadOnlyList<string>)
            [EnumNames.NameOf(repeat.Setting), $"{repeat.K}", Say.Percent(repeat.PassAtK), Say.Percent(repeat.PassAllK),
                Say.Count(repeat.Pairs), Say.Count(repeat.PairsShort)])]);

    public static ReportTable By(RateTable table) => new(
        table.Dimension switch { RateDimension.Repo => "By repository", RateDimension.Language => "By language", _ => "By difficulty" },
        [table.Dimension switch { RateDimension.Repo => "repository", RateDimension.Language => "language", _ => "tenth of difficulty" },
            "#pairs", .. table.Settings.SelectMany(setting => new[] { "#" + EnumNames.NameOf(setting), "#95 % Wilson" })],
        [.. table.Rows.Select(row =>
            (IReadOnlyList<string>)[row.Name, Say.Count(row.Pairs),
            .. row.Rates.SelectMany(rate => new[] { CountOf(rate), Range(rate.Rate.Wilson95) })])],
        "Passed of those with a verdict, all seeds; in brackets how many are missing."
            + (table.Dimension == RateDimension.Difficulty && table.Settings.Contains(Setting.Solo)
            ? " Difficulty is made of the solo runs, so that solo's rates fall by construction." : ""));

    public static ReportTable Merges(ExperimentStatistics statistics) => new(
        "Merges",
        ["setting", "#cases", "#clean", "#union", "#failed", "#of which a patch did not apply", "#nothing handed in", "#one patch alone",
            "#no merge otherwise", "#missing",
            "#naive conflicts", "#merged after naive", "#after union"],
        [
            .. statistics.Merges.BySetting.Select(rate => (IReadOnlyList<string>)
            [
                EnumNames.NameOf(rate.Setting), Say.Count(rate.Cases), Say.Count(rate.Clean), Say.Count(rate.Union), Say.Count(rate.Failed),
                    Say.Count(rate.NotApplied), Say.Count(rate.NothingHandedIn), Say.Count(rate.OnePatch),
                    Say.Count(rate.NotMerged - rate.NothingHandedIn - rate.OnePatch),
                Say.Count(rate.Missing.Total), Of(rate.NaiveConflict), Of(rate.AfterNaive), Of(rate.AfterUnion),
            ]),
        ],
        statistics.Merges is { Conflicts: { } conflicts, AfterNaive: { } naive, AfterUnion: { } union }
            ? $"What messages change, within {Say.Plural(conflicts.Pairs, "pair")}: naive conflicts {Change(conflicts)}; merged after "
                + $"naive {Change(naive)}; after union {Change(union)}."
            : null);

    public static ReportTable? Communication(ExperimentStatistics statistics)
    {
        if (statistics.Communication is not { Runs: > 0 } talk)
            return null;
        IReadOnlyList<string>[] rows =
        [
            ["messages per run", $"{Number(talk.MessagesPerRun.Mean)} (median {Number(talk.MessagesPerRun.Median)}, most "
                + $"{Number(talk.MessagesPerRun.Most)})", $"{Say.Plural(talk.Runs, "run")}, {talk.WithMessages} with messages"],
            .. talk.NeverAsked.Trials == 0 ? (IReadOnlyList<string>[])[] :
                [["agents that never asked for messages", Of(talk.NeverAsked), "neither to send nor to read one"]],
            ["delivered", Of(talk.Delivered), "stood in the recipient's prompt"],
            ["steps that sent something", Say.Percent(talk.ShareOfSteps), $"of the steps of {Say.Plural(talk.StepsKnown, "run")}"],
            ["plan in the first message *", Of(talk.PlanFirst),
                $"naive conflicts {Of(talk.WithPlanFirst.Conflict)} with, {Of(talk.WithoutPlanFirst.Conflict)} without"],
            ["questions answered *", Of(talk.QuestionsAnswered), "the recipient wrote back after it was delivered"],
            ["plans for each question *",
                $"{Number(talk.WithoutConflict.PlansPerQuestion)} without conflict, {Number(talk.WithConflict.PlansPerQuestion)} with",
                $"{talk.WithPlan} messages with a plan, {talk.WithQuestion} with a question"],
            ["line numbers per run *",
                $"{Number(talk.WithoutConflict.LinesPerRun)} without conflict, {Number(talk.WithConflict.LinesPerRun)} with",
                $"mean of all {Number(talk.LinesPerRun.Mean)}"],
            ["file names per run *",
                $"{Number(talk.WithoutConflict.PathsPerRun)} without conflict, {Number(talk.WithConflict.PathsPerRun)} with",
                $"mean of all {Number(talk.PathsPerRun.Mean)}"],
            .. talk.Acts.Select(act =>
            (IReadOnlyList<string>)[$"{CommunicationFigure.NameOf(act.Act)} *",
            $"{Say.Count(act.Messages)} ({Say.Percent(act.ShareOfMessages)} of messages)", "what the message does foremost"]),
        ];
        return new ReportTable("Messages in coop-comm", ["measure", "#value", "of what"], rows,
            $"* {CommunicationStatistics.HeuristicLabel}.");
    }

    public static ReportTable Costs(ExperimentStatistics statistics) => new(
        "What it took",
        ["setting", "#runs", "#cost, mean", "#cost, total", "#cost known of", "#per success", "#paid in all", "#tokens in, mean",
            "#cached of them, mean", "#out, mean", "#steps, median", "#time, median", "#time, 90th percentile", "#agents' time, median"],
        [
            .. statistics.Costs.Select(cost => (IReadOnlyList<string>)
            [
                cost.Setting is Setting setting ? EnumNames.NameOf(setting) : "all", Say.Count(cost.Runs), Usd(cost.CostUsd.Mean),
                    Usd(cost.CostUsd.Total), $"{Say.Count(cost.CostUsd.Known)}", Usd(cost.CostPerSuccess),
                $"{(cost.Spent.Unpriced > 0 ? "\u2265 " : "")}{Say.Usd(cost.Spent.Usd)}", Say.Count(Whole(cost.InputTokens.Mean)),
                    Say.Count(Whole(cost.CachedTokens.Mean)), Say.Count(Whole(cost.OutputTokens.Mean)), Number(cost.Steps.Median),
                Say.Seconds(cost.Seconds.Median), Say.Seconds(cost.Seconds.P90), Say.Seconds(cost.AgentSeconds.Median),
            ]),
        ],
        "Of the runs that count; \"paid in all\" also has the attempts that do not. Time is that of whole runs, without the wait for a "
            + "place and for an image. Cached tokens are those that were read from a cache. A dash is unknown, never 0.");

    private static IReadOnlyList<string> ContrastRow(SettingContrast contrast, string seed, PairedDifference difference) =>
        ContrastRow(contrast, seed, difference, ReferenceEquals(difference, contrast.Primary));

    private static IReadOnlyList<string> ContrastRow(SettingContrast contrast, string seed, PairedDifference difference, bool isPrimary) =>
    [
        EnumNames.NameOf(contrast.Other), EnumNames.NameOf(contrast.Baseline), seed,
        Say.Count(difference.Pairs) + (difference.PairsMissing > 0 ? $" ({difference.PairsMissing} missing)" : ""),
        Say.Percent(difference.OtherRate), Say.Percent(difference.BaselineRate), Say.Points(difference.Difference),
            difference.Interval.WithWidth is Interval interval
            ? PointsRange(interval) : Say.Unknown,
        difference.Table is { } table ? Say.Count(table.OnlyOther) : Say.Unknown, difference.Table is { } other
            ? Say.Count(other.OnlyBaseline) : Say.Unknown,
        PValue(isPrimary ? contrast.P : difference.Table?.ExactP), PValue(isPrimary ? contrast.HolmP : null),
            Say.Points(difference.Detectable?.DifferenceByTasks ?? difference.Detectable?.Difference).TrimStart('+'),
        difference.Bounds is not { } bounds ? Say.Unknown : bounds.Low == bounds.High ? "none missing" : PointsRange(bounds),
        (isPrimary ? contrast.Evidence : (Evidence?)null) switch
        {
            Evidence.Clear => "yes",
            Evidence.Unclear => "unclear",
            Evidence.NotShown => "not shown",
            Evidence.NoData => "no data",
            Evidence.Incomplete => "no: data missing",
            _ => "",
        },
    ];

    private static string PointsRange(Interval range) =>
        $"{Say.Signed(100 * range.Low, "0.0")} to {Say.Signed(100 * range.High, "0.0")}";

    private static string PValue(double? p) => p is null ? Say.Unknown : NumberText.P(p);

    private static string Range(Interval? interval) => interval is Interval known ? Say.PercentRange(known.Low, known.High) : Say.Unknown;

    private static string CountOf(PassRate rate) => rate.Cases == 0 ? Say.Unknown
        : $"{rate.Rate.Successes} of {rate.Rate.Trials}{(rate.Missing.Total > 0 ? $" ({rate.Missing.Total})" : "")}";

    private static string Of(Proportion rate) =>
        rate.Trials == 0 ? Say.Unknown : $"{Say.Percent(rate.Value)} ({Say.Count(rate.Successes)} of {Say.Count(rate.Trials)})";

    private static string Change(PairedDifference difference) =>
        $"{Say.Points(difference.Difference)}{Answers.IntervalOf(difference.Interval)}";

    private static string Number(double? value) => value?.ToString("0.0#", CultureInfo.InvariantCulture) ?? Say.Unknown;

    private static string Usd(double? amount) => Say.Usd(amount is double known ? (decimal)known : null);

    private static long? Whole(double? value) => value is double known ? (long)Math.Round(known) : null;

    private static string? CautionsOf(IEnumerable<string?> cautions)
    {
        string[] said = [.. cautions.OfType<string>().Distinct()];
        return said.Length == 0 ? null : $"On the intervals over tasks: {string.Join("; ", said)}.";
    }
}
