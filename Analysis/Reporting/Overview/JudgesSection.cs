using Tandem.Analysis.Agreement;
using Tandem.Analysis.Judgements;
using Tandem.Analysis.Markup;
using Tandem.Analysis.Reporting.Runs;

namespace Tandem.Analysis.Reporting.Overview;

/// <summary>What judges said of the runs: how many they could label, which labels, how far they agree, and where to look first.</summary>
internal static class JudgesSection
{
    private const int DisagreementsShown = 20;

    public static void WriteHtml(HtmlWriter html, ReportContent content)
    {
        html.Add($"<h2 id=judges>Judges</h2>\n");
        if (content.Judged.Judgements.Rubrics.Count == 0)
        {
            html.Add($"<p class=none>{NoJudge} <code>{JudgeCall.For(content.Statistics.Experiment)}</code> {ItReads}</p>\n");
            return;
        }
        html.Add($"<p class=note>{NoteOf(content)}</p>\n");
        foreach (RubricReadings rubric in content.Judged.Judgements.Rubrics)
        {
            html.Add($"<h3 id=\"judges-{rubric.Rubric}\">{rubric.Rubric}</h3>\n");
            foreach (ReportTable table in JudgeTables.Of(rubric, content.Judged.AgreementOf(rubric)))
                table.WriteHtml(html);
            WriteDisagreements(html, content, rubric);
        }
    }

    public static void WriteMarkdown(TextWriter output, ReportContent content)
    {
        if (content.Judged.Judgements.Rubrics.Count == 0)
        {
            output.Write($"**Judges:** {NoJudge} `{JudgeCall.For(content.Statistics.Experiment)}` {ItReads}\n\n");
            return;
        }
        output.Write("**Judges**\n\n");
        output.Write($"{Markdown.Escape(NoteOf(content))}\n\n");
        foreach (RubricReadings rubric in content.Judged.Judgements.Rubrics)
        {
            foreach (ReportTable table in JudgeTables.Of(rubric, content.Judged.AgreementOf(rubric)))
                table.WriteMarkdown(output);
            if (Disagreements(rubric) is { } table2)
                table2.WriteMarkdown(output);
        }
    }

    private const string NoJudge = "No judge has read the runs;";

    private const string ItReads = "lets one read them that needs no key and costs nothing.";

    /// <summary>What the columns of all rubrics mean, once above them.</summary>
    private static string NoteOf(ReportContent content) =>
        "Voided: the quotes do not bear the label. Failed: there is no answer that can be read. Missing: the judge never read the run. "
        + "Stale: it read an attempt of which the one that counts says something else. All four are missing data, in no share. A run lacks "
        + "a judge if another one read it, or if it is like those that were read."
        + (content.Judged.Judgements.Faults == 0 ? ""
            : $" {Say.Plural(content.Judged.Judgements.Faults, "line")} of judgements cannot be read; what they say is in no number.");

    private static string TitleOf(RubricReadings rubric, int all) => $"{rubric.Rubric}: where judges differ, most judges first"
        + (all > DisagreementsShown ? $" ({DisagreementsShown} of {Say.Count(all)})" : "") + JudgeText.MarkOf(rubric.Judges);

    private static void WriteDisagreements(HtmlWriter html, ReportContent content, RubricReadings rubric)
    {
        IReadOnlyList<Disagreement> all = Disagreement.AllOf(rubric);
        if (all.Count == 0)
            return;
        string title = TitleOf(rubric, all.Count);
        html.Add($"{WideBox.Begin(title)}<table class=given><caption>{title}</caption><thead><tr><th scope=col>run"
            + $"<th scope=col>what judges gave</thead><tbody>");
        HashSet<Records.Cases.CaseId> pages = [.. content.Rows.Where(row => row.HasPage).Select(row => row.CaseId)];
        foreach (Disagreement unit in all.Take(DisagreementsShown))
        {
            html.Add($"<tr><td>");
            if (pages.Contains(unit.CaseId))
                html.Add($"<a href=\"{RunPage.PathOf(unit.CaseId)}#judges\">{UnitOf(unit)}</a>");
            else
                html.Add($"{UnitOf(unit)}");
            html.Add($"<td>{GivenIn(unit)}");
        }
        html.Add($"</tbody></table>{WideBox.End}\n");
    }

    private static ReportTable? Disagreements(RubricReadings rubric)
    {
        IReadOnlyList<Disagreement> all = Disagreement.AllOf(rubric);
        return all.Count == 0 ? null : new ReportTable(TitleOf(rubric, all.Count), ["run", "what judges gave"],
            [.. all.Take(DisagreementsShown).Select(unit => (IReadOnlyList<string>)[UnitOf(unit), GivenIn(unit)])]);
    }

    private static string UnitOf(Disagreement unit) => unit.CaseId + (unit.Message is int number ? $", message {number}" : "");

    private static string GivenIn(Disagreement unit) => string.Join("; ", unit.Given.Select(given =>
        $"{given.Judge.Said}: {given.Label.Label ?? JudgeText.Number(given.Label.Score)}"));
}
