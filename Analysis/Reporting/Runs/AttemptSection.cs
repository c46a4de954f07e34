using Tandem.Analysis.Formats;
using Tandem.Analysis.Markup;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Reporting.Runs;

/// <summary>The attempts of a case, and where the time of one went.</summary>
internal static class AttemptSection
{
    /// <summary>A line for each attempt, those without a record too.</summary>
    public static void WriteTable(HtmlWriter html, CaseContent run)
    {
        html.Add($"<h2>Attempts</h2>{WideBox.Begin("Attempts")}<table><thead><tr><th class=n>no<th>kind<th>why<th>began<th "
            + $"class=n>took<th>agents<th>outcome<th>what "
            + $"happened</thead><tbody>");
        var rows = run.Records.Select(record => (record.Attempt, Record: (RunRecord?)record))
            .Concat(run.FoldersOnly.Select(number => (Attempt: number, Record: (RunRecord?)null))).OrderBy(row => row.Attempt);
        foreach ((int number, RunRecord? record) in rows)
        {
            if (record is null)
            {
                WriteFolderOnly(html, run, number);
                continue;
            }
            bool isChosen = ReferenceEquals(record, run.Chosen);
            html.Add($"<tr{(isChosen ? new Html(" class=chosen") : Html.None)}><td "
                + $"class=n>{number}<td>{EnumNames.NameOf(record.AttemptKind)}");
            if (record.Revision > 1)
                html.Add($", revision {record.Revision}");
            html.Add($"<td>{EnumNames.NameOf(record.AttemptReason)}<td>{Say.Time(record.StartedAt)}<td "
                + $"class=n>{Say.Seconds(record.DurationSeconds)}<td>{record.AgentStatus.ToString()}<td>");
            html.Add(Badge(record.Outcome.ToWords()));
            html.Add($"<td class=why>{TerminalText.Plain(Story.Reason(record))}");
            if (isChosen)
                html.Add($" <b>{(run.Counts ? "This one counts." : "None counts; this is the latest.")}</b>");
        }
        html.Add($"</tbody></table>{WideBox.End}\n");
    }

    /// <summary>The time of an attempt as one bar, its phases side by side.</summary>
    public static void WriteTimes(HtmlWriter html, RunRecord record)
    {
        TimeBreakdown time = record.Time;
        (string Name, double? Seconds)[] phases =
            [("queue", time.Queue), ("provision", time.Provision), ("agent", time.Agent), ("merge", time.Merge), ("tests", time.Tests)];
        if (phases.All(phase => phase.Seconds is null))
        {
            html.Add($"<p class=legend>{Say.Seconds(record.DurationSeconds)} in all; the times of the phases are not known.</p>\n");
            return;
        }
        double known = phases.Skip(1).Sum(phase => Math.Max(0, phase.Seconds ?? 0));
        html.Add($"<div class=phases role=img aria-label=\"Times of the phases\">");
        for (int i = 1; i < phases.Length; i++)
        {
            if (phases[i].Seconds is > 0 and double seconds && known > 0)
                html.Add($"<i class=p{i} style=\"flex:{seconds / known:0.####}\"></i>");
        }
        html.Add($"</div><p class=legend>");
        for (int i = 0; i < phases.Length; i++)
            html.Add($"<span><i class=p{i}></i>{phases[i].Name} <b>{Say.Seconds(phases[i].Seconds)}</b></span> ");
        html.Add($"<span>rest <b>{Say.Seconds(Math.Max(0, record.DurationSeconds - known))}</b></span> <span>in all "
            + $"<b>{Say.Seconds(record.DurationSeconds)}</b>, the queue not counted</span></p>\n");
    }

    public static Html Badge(string outcome) => new($"<span class=\"badge {outcome switch
    {
        "passed" => "pass",
        "failed" => "fail",
        _ => "none",
    }}\">{HtmlEscaping.Escape(outcome)}</span>");

    private static void WriteFolderOnly(HtmlWriter html, CaseContent run, int number)
    {
        var files = new KeptFiles(run.Layout, run.CaseId, number, revision: 1);
        html.Add($"<tr><td class=n>{number}<td>{(files.Intent is { } intent ? EnumNames.NameOf(intent.AttemptKind) : Say.Unknown)}<td>"
            + $"{(files.Intent is { } why ? EnumNames.NameOf(why.AttemptReason) : Say.Unknown)}");
        html.Add($"<td>{Say.Time(files.Intent?.StartedAt)}<td class=n>{Say.Unknown}<td>{Say.Unknown}<td>{Badge("no record")}<td "
            + $"class=why>It left no record: it is under way, or was killed. ");
        IReadOnlyList<AttemptEvent> events = files.Events;
        html.Add(events.Count > 0
            ? (Html)new($"Its last finished phase is {HtmlEscaping.Escape(EnumNames.NameOf(events[^1].Phase))} "
            + $"({HtmlEscaping.Escape(events[^1].Outcome)}).")
            : new("No phase of it is known to have finished."));
    }
}
