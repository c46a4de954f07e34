using Tandem.Analysis.Markup;
using Tandem.Analysis.Scenarios;
using Tandem.Records.Json;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;

namespace Tandem.Analysis.Reporting.Scenarios;

/// <summary>What a scenario's repetitions came to under one variant.</summary>
internal static class AnswerCell
{
    private const int ArgumentCharacters = 300;
    private const int LongCharacters = 600;

    public static void Write(HtmlWriter html, string variant, IReadOnlyList<ScenarioCase> cell)
    {
        StoredScenario[] counting = [.. cell.Select(one => one.Counting).OfType<StoredScenario>()];
        int verdicts = cell.Count(one => one.Verdict is not null);
        int passed = cell.Count(one => one.Verdict == true);
        string state = verdicts == 0 ? "none" : passed == verdicts ? "pass" : "fail";
        html.Add($"<div class=cell><h3>{variant} <span class=\"badge {new Html(state)}\">"
            + $"{(verdicts == 0 ? "no verdict" : $"{passed} of {verdicts} passed")}</span></h3>");
        IReadOnlyList<AnswerGroup> groups = AnswerGroup.AllOf(counting);
        foreach (AnswerGroup group in groups)
            WriteGroup(html, group, groups[0], counting.Length);
        WriteChecks(html, cell);
        foreach (ScenarioCase one in cell.Where(one => one.Verdict is null))
            html.Add($"<p class=note>repetition {one.Id.Repetition}: {WhyMissing(one)}</p>");
        html.Add($"</div>");
    }

    private static void WriteGroup(HtmlWriter html, AnswerGroup group, AnswerGroup first, int count)
    {
        bool isOther = !ReferenceEquals(group, first);
        html.Add($"<div class=\"answer{new Html(isOther ? " other" : "")}\"><p class=meta><b>{group.Of.Count} of {count}</b>"
            + $"{(!isOther ? "" : group.Of.Count == 1 ? " differs" : " differ")}");
        foreach (StoredScenario stored in group.Of)
            html.Add($" <span title=\"{stored.File}({stored.Line})\">rep {stored.Record.Rep}</span>");
        html.Add($"</p>");
        WriteCalls(html, group, first, isOther);
        if (string.IsNullOrWhiteSpace(group.Text))
            html.Add($"<p class=none>{(group.Text is null ? "no answer" : "an answer without text")}</p>");
        else
            WriteText(html, group.Text, isOther ? first.Text ?? "" : null);
        foreach (IGrouping<string, ScenarioRecord> end in group.Of.Select(stored => stored.Record)
            .Where(record => record.EndedBy is not (null or ScenarioEnd.Answered)).GroupBy(EndOf))
            html.Add($"<p class=end>{end.Key}</p>");
        html.Add($"<details><summary>where it stands</summary><ul>");
        foreach (StoredScenario stored in group.Of)
            html.Add($"<li>repetition {stored.Record.Rep}, attempt {stored.Record.Attempt}: <code>{stored.File}({stored.Line})</code>, "
                + $"{Say.Seconds(stored.Record.LatencySeconds)}, {Say.Usd(stored.Record.Cost)}"
                + $"{(stored.Record.Reruns > 0 ? $", {Say.Plural(stored.Record.Reruns, "rerun")}" : "")}");
        html.Add($"</ul></details></div>");
    }

    private static void WriteText(HtmlWriter html, string text, string? other)
    {
        // A long one scrolls in a box of its own, which the keyboard reaches.
        html.Add($"<div class=text{new Html(text.Length > LongCharacters ? " tabindex=0" : "")}>");
        if (other is null || text == other)
        {
            Excerpt.Of(text, 4_000, 1_000).Write(html, (to, part) => to.AddText(part));
        }
        else
        {
            (string begin, string differs, string end) = AnswerGroup.Difference(text, other);
            Excerpt.Of(begin, 1_000, 500).Write(html, (to, part) => to.AddText(part));
            html.Add($"<mark>");
            // Where only words are left out, nothing of this text could be marked.
            if (differs.Length == 0)
                html.Add($"\u2026");
            Excerpt.Of(differs, 3_000, 1_000).Write(html, (to, part) => to.AddText(part));
            html.Add($"</mark>");
            Excerpt.Of(end, 1_000, 500).Write(html, (to, part) => to.AddText(part));
        }
        html.Add($"</div>");
    }

    private static void WriteCalls(HtmlWriter html, AnswerGroup group, AnswerGroup first, bool isOther)
    {
        if (group.Calls.Count == 0)
        {
            html.Add($"<p class=none>{new Html(isOther && first.Calls.Count > 0 ? "<mark>no tool called</mark>" : "no tool called")}</p>");
            return;
        }
        HashSet<string> known = [.. first.Calls.Select(AnswerGroup.KeyOf)];
        html.Add($"<ol class=calls>");
        foreach (ScenarioToolCall call in group.Calls)
        {
            bool differs = isOther && !known.Contains(AnswerGroup.KeyOf(call));
            html.Add($"<li>{new Html(differs ? "<mark>" : "")}<code><b>{call.Name}</b> {Short(call.ArgumentsText)}</code>"
                + $"{new Html(differs ? "</mark>" : "")}");
            if (call.ArgumentsFault is { } fault)
                html.Add($" <span class=bad>{fault}</span>");
            html.Add($" <span class=meta>{(call.Answer is { } answer ? $"\u2192 {Short(answer)}" : "not answered")}</span>");
        }
        html.Add($"</ol>");
    }

    private static void WriteChecks(HtmlWriter html, IReadOnlyList<ScenarioCase> cell)
    {
        ScenarioCase[] judged = [.. cell.Where(one => one.Verdict is not null)];
        if (judged.Length == 0)
            return;
        html.Add($"<ul class=checks>");
        foreach (IGrouping<string, (ScenarioCheck Check, int Rep)> check in judged
            .SelectMany(one => one.Counting!.Record.Checks.Select(check => (Check: check, Rep: one.Id.Repetition)))
            .GroupBy(one => one.Check.Check))
        {
            int all = check.Count();
            int good = check.Count(one => one.Check.Passed);
            html.Add($"<li><span class=\"badge {new Html(good == all ? "pass" : "fail")}\">{good} of {all}</span> {check.Key}");
            foreach (IGrouping<string, int> detail in check.Where(one => !one.Check.Passed)
                .GroupBy(one => one.Check.Detail ?? "", one => one.Rep))
                html.Add($"<div class=meta>rep {string.Join(", ", detail)}: {(detail.Key.Length == 0 ? "failed" : detail.Key)}</div>");
        }
        html.Add($"</ul>");
    }

    private static string EndOf(ScenarioRecord record) =>
        $"ended by {EnumNames.NameOf(record.EndedBy!.Value).Replace('_', ' ')}{(record.EndDetail is { } detail ? $": {detail}" : "")}";

    private static string WhyMissing(ScenarioCase one)
    {
        string place = one.Standing?.Record is { } last
            && one.Stored.FirstOrDefault(stored => ReferenceEquals(stored.Record, last)) is { } at ? $" [{at.File}({at.Line})]" : "";
        return one.Standing switch
        {
            { Status: RunStatus.Results } => $"answered, but its checks are of other expectations{place}",
            { Status: RunStatus.Failed, Record.Error: { } error } =>
                $"missing, infrastructure error ({EnumNames.NameOf(error.Class)}): {error.Message}{place}",
            { Status: RunStatus.Partial } => $"missing, interrupted{place}",
            { IsStale: true } => "missing: its records are of an earlier definition",
            _ => "missing: not run",
        };
    }

    private static string Short(string text)
    {
        string line = text.ReplaceLineEndings(" ");
        return line.Length <= ArgumentCharacters ? line : line[..ArgumentCharacters] + "\u2026";
    }
}
