using System.Globalization;
using Tandem.Analysis.Markup;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Statistics;
using Tandem.Analysis.Validating;
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
    public static IReadOnlyList<Answer> Of(ExperimentStatistics statistics, ValidationReport validation) =>
        [Best(statistics.Headline), ChanceAnswer.Of(statistics), Cost(statistics), Missing(statistics), Trust(statistics, validation)];

    private static Answer Best(Headline headline)
    {
        const string Question = "Which setting did best?";
        string detail = $"{(headline.Ranking.All(rate => rate.Seeds.Count == 1) ? "One run per pair" : "All runs")} "
            + $"({SettingWords.Basis(headline)}). {string.Join("; ", headline.Ranking.Select(RateOf))}.";
        string answer = headline.Standing switch
        {
            Standing.NoVerdict => "Nobody knows yet",
            Standing.OneSetting => $"{SettingWords.Name(headline.Ranking[0])}, the only one",
            Standing.SettingWithoutVerdict =>
                $"Nobody knows yet: {SettingWords.Together(SettingWords.WithoutVerdict(headline))} without a verdict",
            Standing.NothingPassed => headline.Missing.Total == 0 ? "None: nothing passed" : "Nobody knows yet: nothing passed so far",
            Standing.OpenByMissing => "Nobody knows yet: what is missing could turn the order",
            Standing.NoSharedPair => $"Nobody knows: {SettingWords.Together([.. headline.Ranking.Take(2)])} share no pair with verdicts",
            Standing.Equal => $"{SettingWords.Together(SettingWords.Leaders(headline))}, equally",
            Standing.Best when headline is { Lead: > 0 and double lead, FirstAgainstNext: { } contrast } =>
                (contrast.Evidence == Evidence.Clear ? $"{SettingWords.Name(headline.Ranking[0])}, by "
                    : $"Not shown; {SettingWords.Name(headline.Ranking[0])} has the highest rate, by ")
                + $"{Say.Points(lead).TrimStart('+')} over {SettingWords.Name(headline.Ranking[1])} within "
                + Say.Plural(contrast.Primary.Pairs, "pair"),
            Standing.Best => $"Not shown; {SettingWords.Name(headline.Ranking[0])} has the highest rate",
            _ => throw new ArgumentOutOfRangeException(nameof(headline), headline.Standing, "No such standing."),
        };
        return new Answer(Question, answer, headline.Standing == Standing.NoVerdict ? "No run has a verdict." : detail);
    }

    private static Answer Cost(ExperimentStatistics statistics)
    {
        const string Question = "What did it cost?";
        CostStatistics all = statistics.Costs[^1];
        string work = string.Join("; ", statistics.Costs.Where(cost => cost.Setting is not null && cost.Runs > 0).Select(cost =>
            $"{EnumNames.NameOf(cost.Setting!.Value)} {Number(cost.Steps.Median, "0.#")} steps and {Say.Seconds(cost.Seconds.Median)} a "
                + $"run{(cost.CostPerSuccess is > 0 and double each ? $" ({Say.Usd((decimal)each)} for each success)" : "")}"));
        string sunk = all.Spent.SunkUsd > 0 ? $"{Say.Usd(all.Spent.SunkUsd)} of it for attempts that do not count. " : "";
        string unpriced = all.Spent.Unpriced > 0 ? $"{Say.Plural(all.Spent.Unpriced, "attempt")} of unknown cost not included. " : "";
        string answer =
            all.Spent.Unpriced > 0 ? (all.Spent.Usd == 0 ? "Not known" : $"At least {Say.Usd(all.Spent.Usd)}")
            : all.Spent.Usd == 0 ? "Nothing: 0 USD"
            : Say.Usd(all.Spent.Usd);
        return new Answer(Question, answer, $"{sunk}{unpriced}"
            + (work.Length > 0 ? $"In the median {work}; the wait for a place and for an image is not in it." : "No run counts."));
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
        IEnumerable<string> bounds = headline.Ranking.Where(rate => rate.Missing.Total > 0 && rate.Bounds is not null)
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

    private static Answer Trust(ExperimentStatistics statistics, ValidationReport validation)
    {
        const string Question = "Can the store be trusted?";
        RuleReport[] failed = [.. validation.Rules.Where(rule => !rule.Outcome.Passed)];
        int warnings = validation.Rules.Sum(rule => rule.Outcome.Findings.Count(finding => finding.Severity == Severity.Warning));
        string warned = (warnings == 0 ? "" : $" {Say.Plural(warnings, "warning")}.")
            + (statistics.ReRolled == 0 ? "" : $" {Say.Plural(statistics.ReRolled, "case counts", "cases count")} by an attempt that "
                + "somebody asked for after there was a verdict, which can bias every rate.");
        if (failed.Length > 0)
            return new Answer(Question, "No",
                $"{failed.Length} of {validation.Rules.Count} rules fail: "
                + $"{string.Join(", ", failed.Select(rule => $"{rule.Rule.Id} ({Say.Plural(rule.Outcome.Errors, "finding")})"))}.{warned}",
                IsGood: false);
        string rules = $"All {validation.Rules.Count} rules "
            + $"hold{(validation.IsDeep ? ", those that read every file too" : "; those that read every file were not asked (--deep)")}."
            + warned;
        Headline headline = statistics.Headline;
        if (headline.Missing.Total > 0)
            return new Answer(Question, $"What is there, yes; but {Say.Count(headline.Missing.Total)} of "
                + $"{Say.Plural(headline.WithVerdict.Trials, "case")} have no verdict", rules, IsGood: false);
        return statistics.ReRolled > 0
            ? new Answer(Question, $"Yes, but {Say.Plural(statistics.ReRolled, "case was", "cases were")} made again on demand", rules,
                IsGood: false)
            : new Answer(Question, "Yes", rules, IsGood: true);
    }

    // Several runs of a pair are not independent, as Wilson's interval takes them to be.
    private static string RateOf(PassRate rate) => rate.Rate.Value is double value && rate.Rate.Wilson95 is Interval wilson
        ? $"{EnumNames.NameOf(rate.Setting)} {Say.Percent(value)} ({rate.Rate.Successes} of {rate.Rate.Trials}"
            + (rate.Seeds.Count == 1 ? $"; {Say.PercentRange(wilson.Low, wilson.High)})"
            : rate.ByTasks?.WithWidth is Interval tasks ? $"; {Say.PercentRange(tasks.Low, tasks.High)} over tasks)" : ")")
        : $"{EnumNames.NameOf(rate.Setting)} no verdict (0 of {Say.Plural(rate.Cases, "case")})";

    public static string IntervalOf(BootstrapInterval interval) =>
        interval.WithWidth is Interval found
            ? $" (95 % interval over tasks {Say.Points(found.Low).Replace(" pp", "", StringComparison.Ordinal)} to "
            + $"{Say.Points(found.High)})" : "";

    public static string BoundsOf(Interval bounds) =>
        $"{Say.Points(bounds.Low).Replace(" pp", "", StringComparison.Ordinal)} to {Say.Points(bounds.High)}";

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? Say.Unknown;
}
