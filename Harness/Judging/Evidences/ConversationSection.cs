using System.Globalization;
using System.Text;
using Tandem.Harness.Judging.Rubrics;
using Tandem.Records.Runs;

namespace Tandem.Harness.Judging.Evidences;

/// <summary>The messages of a run, each under a line that says who wrote it and when it arrived. Where they are too long, those in the
/// middle are left out as a whole, and very long ones lose their middle.</summary>
internal static class ConversationSection
{
    // What a line of ours takes, about: a conversation of empty messages is long as well.
    private const long HeaderBytes = 90;
    private const int LongestName = 60;

    /// <param name="messages">In the order of sending; null if there is nothing to read.</param>
    /// <param name="why">Says why there is nothing to read.</param>
    /// <param name="bytes">The greatest size of all texts together.</param>
    /// <param name="readable">Makes a text readable and blind.</param>
    public static (EvidenceSection Section, IReadOnlyList<EvidenceMessage> Messages) Of(
        IReadOnlyList<MessageRecord>? messages, string why, int bytes, Func<string, string> readable)
    {
        if (messages is null or { Count: 0 })
        {
            string header = messages is null ? why : "The agents could write to each other, and wrote nothing.";
            return (new EvidenceSection(EvidencePart.Conversation, [new EvidenceBlock(header, "")], 0), []);
        }
        string[] texts = [.. messages.Select(message => readable(message.Message))];
        long all = texts.Sum(text => HeaderBytes + (long)Encoding.UTF8.GetByteCount(text));
        FittedText[] fitted = [.. texts.Select(text => EvidenceText.Fit(text, all <= bytes ? bytes : bytes / 3))];
        (int head, int tail) = Ends([.. fitted.Select(SizeOf)], bytes);
        var blocks = new List<EvidenceBlock>();
        var shown = new List<EvidenceMessage>();
        for (int i = 0; i < messages.Count; i++)
        {
            if (i == head && tail > head)
            {
                blocks.Add(LeftOut(head, tail, texts));
                i = tail;
            }
            if (i == messages.Count)
                break;
            blocks.AddRange(fitted[i].Blocks(Header(messages, i, readable), i + 1));
            shown.Add(new EvidenceMessage(i + 1, messages[i] with { Message = Joined(fitted[i]) }));
        }
        long leftOut = texts[head..tail].Sum(text => (long)Encoding.UTF8.GetByteCount(text))
            + fitted.Where((_, i) => i < head || i >= tail).Sum(text => text.LeftOutBytes);
        return (new EvidenceSection(EvidencePart.Conversation, blocks, leftOut), shown);
    }

    /// <summary>How many messages stand at the begin, and from which index on they stand again; equal if all do.</summary>
    private static (int Head, int Tail) Ends(long[] sizes, long bytes)
    {
        if (sizes.Sum() <= bytes)
            return (sizes.Length, sizes.Length);
        int head = 0;
        for (long used = 0; head < sizes.Length && used + sizes[head] <= bytes - (bytes / 3); head++)
            used += sizes[head];
        int tail = sizes.Length;
        for (long used = 0; tail > head && used + sizes[tail - 1] <= bytes / 3; tail--)
            used += sizes[tail - 1];
        return (head, tail);
    }

    private static string Joined(FittedText text) => text.Tail is null ? text.Head : $"{text.Head}\n{text.Tail}";

    private static long SizeOf(FittedText text) =>
        HeaderBytes + Encoding.UTF8.GetByteCount(text.Head) + (text.Tail is null ? 0L : Encoding.UTF8.GetByteCount(text.Tail));

    private static EvidenceBlock LeftOut(int head, int tail, string[] texts)
    {
        long bytes = texts[head..tail].Sum(text => (long)Encoding.UTF8.GetByteCount(text));
        string which = tail - head == 1 ? $"message {head + 1} is" : $"messages {head + 1} to {tail} are";
        return new EvidenceBlock(string.Create(CultureInfo.InvariantCulture, $"{which} left out here: {bytes} bytes"), "");
    }

    private static string Header(IReadOnlyList<MessageRecord> messages, int index, Func<string, string> readable)
    {
        MessageRecord message = messages[index];
        string delivered = message.DeliveredAt is DateTimeOffset at ? $"delivered at {Seconds(at, messages)} s"
            : message.ReadAt is DateTimeOffset read ? $"read at {Seconds(read, messages)} s"
            : messages.All(other => other.DeliveredAt is null && other.SentStep is null) ? "delivery not recorded"
            : "never delivered";
        string empty = string.IsNullOrWhiteSpace(message.Message) ? "; it has no text" : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"message {index + 1}, {Name(message.From)} to {Name(message.To)}, sent at {Seconds(message.SentAt, messages)} s, ")
            + delivered + empty;

        // A name comes from a file, and stands in a line of ours.
        string Name(string agent) => EvidenceText.Begin(readable(agent).ReplaceLineEndings(" "), LongestName);
    }

    private static string Seconds(DateTimeOffset at, IReadOnlyList<MessageRecord> messages) =>
        Math.Round((at - messages[0].SentAt).TotalSeconds).ToString(CultureInfo.InvariantCulture);
}
