using Tandem.Analysis.Formats;
using Tandem.Analysis.Judgements;
using Tandem.Analysis.Markup;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Reporting.Runs;

/// <summary>What each judge said of a run: labels, reasons, quotes and where they stand, or why there is nothing.</summary>
internal static class JudgesPart
{
    private const int LabelsShown = 200;

    public static void Write(HtmlWriter html, CaseContent run)
    {
        if (run.Readings.Count == 0 && run.CaseId.Setting == Setting.Solo)
            return;
        html.Add($"<h2 id=judges>Judges</h2>\n");
        if (run.Readings.Count == 0)
        {
            html.Add($"<p class=none>No judge has read this run.</p>\n");
            return;
        }
        foreach (Reading reading in run.Readings)
            Write(html, reading, run.Chosen?.Messages ?? []);
    }

    private static void Write(HtmlWriter html, Reading reading, IReadOnlyList<MessageRecord> messages)
    {
        string repetition = reading.Repetition > 1 ? $", repetition {reading.Repetition}" : "";
        html.Add($"<div class=judge><p><b>{reading.Judge.Said}</b> by {reading.Rubric}{repetition} <span class=\"badge "
            + $"{new Html(reading.IsData ? "pass" : "none")}\">{StateOf(reading.State)}</span> "
            + $"<span class=meta>{MetaOf(reading)}</span></p>");
        if (reading.Reason is string reason)
            html.Add($"<p class=err>{TerminalText.Plain(reason)}</p>");
        if (reading.Record is { } record)
        {
            foreach (JudgementLabel label in record.Labels.Take(LabelsShown))
                WriteLabel(html, label, messages);
            if (record.Labels.Count > LabelsShown)
                html.Add($"<p class=note>{Say.Count(record.Labels.Count - LabelsShown)} more labels are left out here.</p>");
            if (reading.State == ReadingState.Failed)
                WriteReplies(html, record);
        }
        else
        {
            foreach (UnitLabel label in reading.Labels.Take(LabelsShown))
                html.Add($"<p class=label>{(label.Message is int number ? $"message {number}: " : "")}"
                    + $"<b>{ValueOf(label.Label, label.Score)}</b></p>");
        }
        html.Add($"</div>\n");
    }

    private static void WriteLabel(HtmlWriter html, JudgementLabel label, IReadOnlyList<MessageRecord> messages)
    {
        string part = label.Part switch
        {
            JudgementPart.Message => $"message {label.Message}: ",
            JudgementPart.Label or JudgementPart.Score => "",
            _ => EnumNames.NameOf(label.Part) + ": ",
        };
        html.Add($"<p class=label>{part}<b>{ValueOf(label.Label, label.Score)}</b>");
        if (label.VoidedBy is string voided)
            html.Add($" <span class=bad>void: {TerminalText.Plain(voided)}</span>");
        if (label.Reason is string reason)
            html.Add($" {TerminalText.Plain(reason)}");
        html.Add($"</p>");
        if (label.Quotes.Count == 0)
            return;
        html.Add($"<ul class=quotes>");
        foreach (JudgementQuote quote in label.Quotes)
            html.Add($"<li><q>{quote.Text}</q> <span class=meta>{PlaceOf(messages, label, quote)}</span>");
        html.Add($"</ul>");
    }

    private static void WriteReplies(HtmlWriter html, JudgementRecord record)
    {
        foreach (string text in record.Replies.Select(reply => reply.Text).OfType<string>())
        {
            html.Add($"<details class=fold><summary>what it answered</summary><pre class=say>");
            Excerpt.Of(text, head: 6000, tail: 2000).Write(html, (to, shown) => to.AddText(shown));
            html.Add($"</pre></details>");
        }
    }

    private static string PlaceOf(IReadOnlyList<MessageRecord> messages, JudgementLabel label, JudgementQuote quote)
    {
        if (quote.Section is not string section)
            return "in no part of what it read";
        IReadOnlyList<int> numbers = QuoteMarks.MessagesWith(messages, label, quote);
        return numbers.Count == 0 ? $"in no message; in {section}"
            : $"in message{(numbers.Count == 1 ? "" : "s")} {string.Join(", ", numbers)}";
    }

    private static string StateOf(ReadingState state) => state switch
    {
        ReadingState.Labelled => "labelled",
        ReadingState.None => "no label fits",
        ReadingState.Voided => "voided",
        ReadingState.Failed => "failed",
        ReadingState.Missing => "missing",
        ReadingState.Stale => "stale",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
    };

    private static string MetaOf(Reading reading) => reading.Record is not { } record ? ""
        : $"attempt {record.Attempt}, {Say.Plural(record.Calls, "call")}, "
            + $"{(record.Calls == 0 ? "no model" : Say.Usd(record.Cost))}, {Say.Seconds(record.DurationSeconds)}, read attempt "
            + $"{record.JudgedAttempt}, {Say.Time(record.StartedAt)}";

    private static string ValueOf(string? label, double? score) => label ?? JudgeText.Number(score);
}
