using System.Text.RegularExpressions;
using Tandem.Harness.Judging.Evidences;
using Tandem.Records.Runs;

namespace Tandem.Harness.Judging.Rules;

/// <summary>Communication errors by words. Whether a claim is wrong, no word list can see; only a correction shows it.</summary>
internal static partial class ConversationRules
{
    /// <summary>Words in a status block, at least.</summary>
    private const int BlockWords = 12;

    /// <summary>How much of the words two status blocks share, at least.</summary>
    private const double NearDuplicate = 0.8;

    private const int ShortestRepetition = 20;

    /// <summary>The errors, the worst first.</summary>
    public static IEnumerable<RuleFinding> Findings(Evidence evidence)
    {
        MessageRecord[] messages = [.. evidence.Messages.Select(message => message.Message)];
        return Unanswered(messages).Concat(Vague(messages)).Concat(Corrected(messages)).Concat(Repeated(messages));
    }

    private static IEnumerable<RuleFinding> Unanswered(MessageRecord[] messages)
    {
        var reader = new SpeechActReader(messages);
        foreach (MessageRecord message in messages)
            reader.Read(message);
        foreach (MessageRecord asked in reader.Open.Where(asked => !reader.KnowsDelivery || asked.DeliveredAt is not null))
        {
            if (Passages.Line(asked.Message, static line => MessageText.HasQuestion(line)) is not string question)
                continue;
            MessageRecord[] after = [.. messages.Where(message => message.From == asked.To
                && message.SentAt >= (asked.DeliveredAt ?? asked.SentAt))];
            // In the place of an answer stands what the other wrote since, or what stood there last.
            MessageRecord? instead = after.FirstOrDefault() ?? messages.LastOrDefault(message => message != asked);
            if (instead is not null && Passages.FirstLine(instead.Message) is string line && line != question)
            {
                yield return after.Length > 0
                    ? new RuleFinding("C1b", [question, line], "The question was delivered, and nothing written since answers it.")
                    : new RuleFinding("C1a", [question, line], "The question was delivered, and the other never wrote again.");
            }
        }
    }

    private static IEnumerable<RuleFinding> Vague(MessageRecord[] messages)
    {
        var reader = new SpeechActReader(messages);
        string? question = null;
        foreach (MessageRecord message in messages)
        {
            MessageActs acts = reader.Read(message);
            if (acts.Answered > 0 && question is not null && VagueWords().IsMatch(message.Message)
                && Passages.FirstLine(message.Message) is string answer && MessageText.References(message.Message) == (0, 0))
                yield return new RuleFinding("C2", [question, answer], "The answer names no file and no line, and puts off.");
            if (acts.HasQuestion)
                question = Passages.Line(message.Message, static line => MessageText.HasQuestion(line)) ?? question;
        }
    }

    private static IEnumerable<RuleFinding> Corrected(MessageRecord[] messages)
    {
        for (int i = 1; i < messages.Length; i++)
        {
            string? correction = Passages.Line(messages[i].Message, static line => CorrectingWords().IsMatch(line));
            string? claim = messages[..i].LastOrDefault(earlier => earlier.From == messages[i].From) is MessageRecord earlier
                ? Passages.FirstLine(earlier.Message) : null;
            if (correction is not null && claim is not null && claim != correction)
                yield return new RuleFinding("C3b", [claim, correction], "A later message of the same agent takes something back.");
        }
    }

    private static IEnumerable<RuleFinding> Repeated(MessageRecord[] messages)
    {
        for (int i = 1; i < messages.Length; i++)
        {
            string later = messages[i].Message.Trim();
            foreach (MessageRecord before in messages[..i].Where(message => message.From == messages[i].From))
            {
                if (Passages.FirstLine(before.Message) is not string first || Passages.FirstLine(later) is not string second)
                    continue;
                if (later.Length >= ShortestRepetition && later == before.Message.Trim())
                    yield return new RuleFinding("C4a", [first, second], "The same agent sends the same text again.");
                else if (Shared(before.Message, later) >= NearDuplicate)
                    yield return new RuleFinding("C4b", [first, second], "Two texts of the same agent differ in a few words only.");
            }
        }
    }

    /// <summary>The share of words that two texts have in common; 0 for short ones.</summary>
    private static double Shared(string first, string second)
    {
        HashSet<string> a = Words(first);
        HashSet<string> b = Words(second);
        if (Math.Min(a.Count, b.Count) < BlockWords)
            return 0;
        int common = a.Count(b.Contains);
        return (double)common / (a.Count + b.Count - common);
    }

    private static HashSet<string> Words(string text) =>
        [.. Word().Matches(text).Select(match => match.Value.ToLowerInvariant())];

    [GeneratedRegex(@"\w+", RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    [GeneratedRegex(@"\b(?:maybe|perhaps|probably|not sure|soon|later|should be fine|we'll see|somewhere|as needed|working on it)\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex VagueWords();

    [GeneratedRegex(@"\b(?:correction|i was wrong|my mistake|i misspoke|i take that back|scratch that|that was wrong)\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex CorrectingWords();
}
