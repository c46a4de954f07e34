using Tandem.Analysis.Agreement;
using Tandem.Analysis.Judgements;
using Tandem.Analysis.Markup;
using Tandem.Records.Json;

namespace Tandem.Analysis.Reporting.Overview;

/// <summary>What judges said of one rubric, as tables. No sentence compares settings: missing labels are not missing by chance, and the
/// bounds beside each share say how far they reach.</summary>
internal static class JudgeTables
{
    /// <summary>All tables of a rubric, in the order of the page.</summary>
    public static IEnumerable<ReportTable> Of(RubricReadings rubric, StoreAgreement agreement)
    {
        yield return Counts(rubric);
        yield return CountsBySetting(rubric);
        if (Labels(rubric) is { } labels)
            yield return labels;
        if (Secondary(rubric) is { } secondary)
            yield return secondary;
        if (Scores(rubric) is { } scores)
            yield return scores;
        if (rubric.Judges.Count > 1)
        {
            yield return Matrix(rubric, agreement);
            yield return Alpha(rubric, agreement);
        }
        if (agreement.All.Repetitions.Count > 0)
            yield return Selves(rubric, agreement);
    }

    public static ReportTable Counts(RubricReadings rubric) => new(
        $"{rubric.Rubric}: judgements by judge{JudgeText.MarkOf(rubric.Judges)}",
        ["judge", "#labelled", "#none", "#voided", "#failed", "#missing", "#stale"],
        [.. ReadingCounts.ByJudge(rubric).Select(count => (IReadOnlyList<string>)[NameOf(count), .. CellsOf(count)])],
        NoteOf(rubric));

    public static ReportTable CountsBySetting(RubricReadings rubric) => new(
        $"{rubric.Rubric}: judgements by judge and setting{JudgeText.MarkOf(rubric.Judges)}",
        ["judge", "setting", "#labelled", "#none", "#voided", "#failed", "#missing", "#stale", "#without a label"],
        [.. ReadingCounts.BySetting(rubric).Select(count => (IReadOnlyList<string>)
        [
            NameOf(count), EnumNames.NameOf(count.Setting!.Value), .. CellsOf(count),
            Say.Percent((double)(count.Runs - count.Labelled - count.None) / count.Runs),
        ])]);

    /// <summary>Null where nobody gave a label.</summary>
    public static ReportTable? Labels(RubricReadings rubric)
    {
        IReadOnlyList<LabelShare> shares = rubric.LabelsInOrder().Count == 0 ? [] : LabelShare.AllOf(rubric);
        return shares.Count == 0 ? null : new ReportTable(
            $"{rubric.Rubric}: labels by setting{JudgeText.MarkOf(rubric.Judges)}",
            ["judge", "setting", "label", $"#{(rubric.IsPerMessage ? "messages" : "runs")}", "#n labelled", "#share", "#without a label",
                "#if none .. all of these had it"],
            [.. shares.Select(share => (IReadOnlyList<string>)
            [
                share.Judge.Said, EnumNames.NameOf(share.Setting), share.Label, Say.Count(share.Count), Say.Count(share.Labelled),
                Say.Percent(share.Share), Say.Count(share.Missing),
                share.Missing == 0 ? "none missing" : Say.PercentRange(share.Low, share.High),
            ])],
            "First repetitions, primary labels. The last column is the share of all "
                + $"{(rubric.IsPerMessage ? "messages" : "runs")} if none, or all, of those without a label had it. Where two such ranges "
                + "overlap, the missing labels could turn the difference.");
    }

    /// <summary>Null where nobody gave a second label.</summary>
    public static ReportTable? Secondary(RubricReadings rubric)
    {
        IReadOnlyList<string>[] rows =
        [
            .. rubric.Judges.SelectMany(judge => rubric.FirstOf(judge)
                .SelectMany(reading => reading.Secondary.Select(label => (reading.CaseId.Setting, Label: label)))
                .GroupBy(entry => entry).OrderBy(group => group.Key.Setting).ThenByDescending(group => group.Count())
                .ThenBy(group => group.Key.Label, StringComparer.Ordinal)
                .Select(group => (IReadOnlyList<string>)
                    [judge.Said, EnumNames.NameOf(group.Key.Setting), group.Key.Label, Say.Count(group.Count())])),
        ];
        return rows.Length == 0 ? null : new ReportTable(
            $"{rubric.Rubric}: secondary labels{JudgeText.MarkOf(rubric.Judges)}", ["judge", "setting", "label", "#runs"], rows,
            "A run may have a second label; it is in no share and no agreement above and below.");
    }

    /// <summary>Null where nobody gave a score.</summary>
    public static ReportTable? Scores(RubricReadings rubric)
    {
        IReadOnlyList<ScoreSummary> scores = ScoreSummary.AllOf(rubric);
        return scores.Count == 0 ? null : new ReportTable(
            $"{rubric.Rubric}: scores by setting{JudgeText.MarkOf(rubric.Judges)}",
            ["judge", "setting", "#mean", "#least", "#most", "#n", "#without a score"],
            [.. scores.Select(score => (IReadOnlyList<string>)
            [
                score.Judge.Said, EnumNames.NameOf(score.Setting), JudgeText.Number(score.Mean), JudgeText.Number(score.Least),
                JudgeText.Number(score.Most), Say.Count(score.Scored), Say.Count(score.Missing),
            ])]);
    }

    public static ReportTable Matrix(RubricReadings rubric, StoreAgreement agreement)
    {
        Dictionary<(string, string), JudgePair> pairs = agreement.All.Pairs
            .SelectMany(pair => new[] { ((pair.One, pair.Other), pair), ((pair.Other, pair.One), pair) }).ToDictionary();
        string[] names = [.. agreement.All.Judges];
        return new ReportTable(
            $"{rubric.Rubric}: each judge with each{JudgeText.MarkOf(rubric.Judges)}",
            ["judge", .. names.Select(name => "#" + name)],
            [.. names.Select(one => (IReadOnlyList<string>)
                [one, .. names.Select(other => one == other ? "" : CellOf(pairs[(one, other)]))])],
            "Share of equal labels, Krippendorff's alpha, and the number of units that both labelled.");
    }

    public static ReportTable Alpha(RubricReadings rubric, StoreAgreement agreement)
    {
        var rows = new List<IReadOnlyList<string>> { RowOf("all judges", agreement.All) };
        if (agreement.WithoutSimulated is { } real)
            rows.Add(RowOf("without simulated judges", real));
        rows.AddRange(agreement.WithImported.Select(pair => (IReadOnlyList<string>)
            [$"{pair.One} / {pair.Other}, with imported labels", EnumNames.NameOf(rubric.Scale), Say.Count(pair.Units),
                Say.Percent(pair.Agreement), JudgeText.Number(pair.Alpha), Say.Unknown, "", "", ""]));
        return new ReportTable(
            $"{rubric.Rubric}: agreement{JudgeText.MarkOf(rubric.Judges)}",
            ["judges", "scale", "#units with two labels", "#equal pairs", "#alpha", "#95 %", "#all agree", "#a majority", "#ties"],
            rows,
            "1 is full agreement, 0 that of chance. The interval draws whole runs anew.");
    }

    public static ReportTable Selves(RubricReadings rubric, StoreAgreement agreement) => new(
        $"{rubric.Rubric}: each judge with itself{JudgeText.MarkOf(rubric.Judges)}",
        ["judge", "#repetitions", "#units", "#equal pairs", "#alpha"],
        [.. agreement.All.Repetitions.Select(self => (IReadOnlyList<string>)
            [self.Judge, Say.Count(self.Repetitions), Say.Count(self.Units), Say.Percent(self.Agreement), JudgeText.Number(self.Alpha)])]);

    /// <summary>What judges were paid; null where nobody judged.</summary>
    public static ReportTable? Costs(ExperimentJudgements judgements) => judgements.Costs.Count == 0 ? null : new ReportTable(
        "What judges cost",
        ["judge", "#attempts", "#calls", "#cost", "#of unknown cost"],
        [.. judgements.Costs.Select(cost => (IReadOnlyList<string>)
        [
            cost.Judge.Said, Say.Count(cost.Attempts), Say.Count(cost.Calls), (cost.Unpriced > 0 ? "\u2265 " : "") + Say.Usd(cost.Usd),
            Say.Count(cost.Unpriced),
        ])],
        "All attempts, those that do not count included. It is in none of the costs of runs.");

    /// <summary>What is particular to this rubric; null if nothing is.</summary>
    private static string? NoteOf(RubricReadings rubric)
    {
        string left = rubric.NothingToJudge == 0 ? ""
            : $"{Say.Plural(rubric.NothingToJudge, "judgement")} of runs that leave nothing to judge now left out. ";
        string versions = rubric.Versions < 2 ? ""
            : $"The labels are by {rubric.Versions} versions of rubric and prompt, which hardly compare. ";
        return left.Length + versions.Length == 0 ? null : (left + versions).TrimEnd();
    }

    private static string NameOf(ReadingCounts count) =>
        count.Judge.Said + (count.Repetition > 1 ? $", repetition {count.Repetition}" : "");

    private static string[] CellsOf(ReadingCounts count) =>
        [Say.Count(count.Labelled), Say.Count(count.None), Say.Count(count.Voided), Say.Count(count.Failed), Say.Count(count.Missing),
            Say.Count(count.Stale)];

    private static string CellOf(JudgePair pair) =>
        $"{Say.Percent(pair.Agreement)}, \u03b1 {JudgeText.Number(pair.Alpha)}, n {Say.Count(pair.Units)}";

    private static IReadOnlyList<string> RowOf(string who, RubricAgreement agreement) =>
    [
        who, EnumNames.NameOf(agreement.Alpha[0].Scale), Say.Count(agreement.PairedUnits), Say.Percent(agreement.PairwiseAgreement),
        JudgeText.Number(agreement.Alpha[0].Value), JudgeText.Range(agreement.Alpha[0].Interval),
        Say.Count(agreement.Consensus?.Unanimous), Say.Count(agreement.Consensus?.Majority), Say.Count(agreement.Consensus?.Tied),
    ];
}
