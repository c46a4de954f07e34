using Tandem.Analysis.Data;
using Tandem.Analysis.Markup;
using Tandem.Analysis.Reporting.Runs;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Reporting.Overview;

/// <summary>How many passing verdicts are marked, for each setting, and which. Nothing where none was looked at.</summary>
internal static class SuspectSection
{
    private const int Shown = 100;

    private const string Note = "Tests run in one process with the agents' code, which can forge a pass. A mark is a reason to look, no "
        + "proof; it changes no verdict and no rate. What the rules look for: docs/task-sets.md.";

    public static void WriteHtml(HtmlWriter html, ReportContent content)
    {
        AttemptResult[] passed = Passed(content.Dataset);
        if (passed.All(record => record.Suspect is null))
            return;
        html.Add($"<h2 id=marked>Which passes should be looked at?</h2>\n");
        Table(passed).WriteHtml(html);
        AttemptResult[] marked = [.. passed.Where(record => record.IsSuspect)];
        if (marked.Length == 0)
            return;
        HashSet<CaseId> pages = [.. content.Rows.Where(row => row.HasPage).Select(row => row.CaseId)];
        html.Add($"<ul>");
        foreach (AttemptResult record in marked.Take(Shown))
        {
            if (pages.Contains(record.CaseId))
                html.Add($"<li><a href=\"{RunPage.PathOf(record.CaseId)}\">{record.CaseId.ToString()}</a>: {record.Suspect}");
            else
                html.Add($"<li>{record.CaseId.ToString()}: {record.Suspect}");
        }
        if (marked.Length > Shown)
            html.Add($"<li>and {Say.Count(marked.Length - Shown)} more; the list of runs has them all (filter: marked)");
        html.Add($"</ul>\n");
    }

    /// <summary>The table alone, and only where there is a mark.</summary>
    public static void WriteMarkdown(TextWriter output, ReportContent content)
    {
        AttemptResult[] passed = Passed(content.Dataset);
        if (passed.Any(record => record.IsSuspect))
            Table(passed).WriteMarkdown(output);
    }

    private static AttemptResult[] Passed(Dataset dataset) => [.. dataset.Counting.Where(record => record.Verdict == true)];

    private static ReportTable Table(AttemptResult[] passed) => new(
        "Passing verdicts with marks",
        ["setting", "#passed", "#looked at", "#marked"],
        [.. passed.GroupBy(record => record.CaseId.Setting).OrderBy(setting => setting.Key).Select(setting => (IReadOnlyList<string>)
        [
            EnumNames.NameOf(setting.Key),
            Say.Count(setting.Count()),
            Say.Count(setting.Count(record => record.Suspect is not null)),
            Say.Count(setting.Count(record => record.IsSuspect)),
        ])],
        Note);
}
