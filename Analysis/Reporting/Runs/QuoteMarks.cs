using Tandem.Analysis.Judgements;
using Tandem.Analysis.Markup;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Reporting.Runs;

/// <summary>Where in the conversation the passages stand that judges quote. A passage is found letter by letter or not at all; only line
/// ends are taken as equal.</summary>
internal sealed class QuoteMarks
{
    private const string Conversation = "conversation";
    private readonly Dictionary<int, List<(string Quote, string Title)>> _byMessage = [];

    /// <summary>No passage at all.</summary>
    public static QuoteMarks None { get; } = new([], []);

    /// <param name="readings">Of the run; stale ones are of other messages and mark nothing.</param>
    /// <param name="messages">The run's.</param>
    public QuoteMarks(IEnumerable<Reading> readings, IReadOnlyList<MessageRecord> messages)
    {
        string[] texts = [.. messages.Select(message => Plain(message.Message))];
        foreach (Reading reading in readings.Where(reading => reading is { Record: not null, State: not ReadingState.Stale }))
        {
            foreach (JudgementLabel label in reading.Record!.Labels)
            {
                string title = $"{reading.Judge.Said}: {label.Label ?? JudgeText.Number(label.Score)}"
                    + (label.VoidedBy is null ? "" : " (void)");
                foreach (string quote in label.Quotes.Where(quote => quote.Section == Conversation).Select(quote => Plain(quote.Text)))
                {
                    foreach (int number in NumbersOf(texts, label.Message, quote))
                        Add(number, quote, title);
                }
            }
        }
    }

    /// <summary>The messages that hold a quote, numbers from 1; empty for a quote of another section.</summary>
    /// <param name="messages">The run's.</param>
    /// <param name="label">Whose quote it is.</param>
    /// <param name="quote">The quote.</param>
    public static IReadOnlyList<int> MessagesWith(IReadOnlyList<MessageRecord> messages, JudgementLabel label, JudgementQuote quote) =>
        quote.Section != Conversation ? []
            : NumbersOf([.. messages.Select(message => Plain(message.Message))], label.Message, Plain(quote.Text));

    /// <summary>Writes a text of a message, escaped, with the passages in it marked.</summary>
    /// <param name="html">Where to.</param>
    /// <param name="number">The message's, from 1.</param>
    /// <param name="text">The message, or a part of it.</param>
    public void Write(HtmlWriter html, int number, string text)
    {
        if (!_byMessage.TryGetValue(number, out List<(string Quote, string Title)>? quotes))
        {
            html.AddText(text);
            return;
        }
        text = Plain(text);
        (int From, int To, string Title)[] spans = [.. quotes
            .Select(quote => (From: text.IndexOf(quote.Quote, StringComparison.Ordinal), quote.Quote.Length, quote.Title))
            .Where(span => span.From >= 0).Select(span => (span.From, span.From + span.Length, span.Title))];
        int[] cuts = [.. spans.SelectMany(span => new[] { span.From, span.To }).Append(0).Append(text.Length).Distinct().Order()];
        foreach ((int from, int to) in cuts.Zip(cuts.Skip(1)))
        {
            string[] titles = [.. spans.Where(span => span.From <= from && span.To >= to).Select(span => span.Title).Distinct()];
            if (titles.Length == 0)
                html.AddText(text.AsSpan(from, to - from));
            else
                html.Add($"<mark title=\"{string.Join("; ", titles)}\">{text[from..to]}</mark>");
        }
    }

    private void Add(int number, string quote, string title)
    {
        if (!_byMessage.TryGetValue(number, out List<(string, string)>? quotes))
            _byMessage[number] = quotes = [];
        quotes.Add((quote, title));
    }

    /// <summary>The label's own message first: the same words may stand in others.</summary>
    private static IReadOnlyList<int> NumbersOf(string[] texts, int? own, string quote)
    {
        if (quote.Length == 0)
            return [];
        if (own is int number && number <= texts.Length && texts[number - 1].Contains(quote, StringComparison.Ordinal))
            return [number];
        return [.. texts.Index().Where(text => text.Item.Contains(quote, StringComparison.Ordinal)).Select(text => text.Index + 1)];
    }

    private static string Plain(string text) => text.ReplaceLineEndings("\n");
}
