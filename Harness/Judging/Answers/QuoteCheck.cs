using Tandem.Harness.Judging.Evidences;
using Tandem.Harness.Judging.Rubrics;
using Tandem.Records.Json;
using Tandem.Records.Judgements;

namespace Tandem.Harness.Judging.Answers;

/// <summary>
/// Says whether the quotes of a label bear it. A quote counts only letter by letter: other spaces are another text, and line ends alone are
/// taken as equal. A passage that stands once in the evidence counts once, however often it is quoted.
/// </summary>
internal static class QuoteCheck
{
    /// <summary>Shorter ones count only as a whole line: a letter stands everywhere and shows nothing.</summary>
    public const int ShortestPassage = 8;

    private static readonly string s_conversation = EnumNames.NameOf(EvidencePart.Conversation);

    /// <summary>The label with its quotes, and with the reason if it is void.</summary>
    /// <param name="rubric">Says how many quotes there must be.</param>
    /// <param name="evidence">What was read.</param>
    /// <param name="label">The label, with its quotes unchecked.</param>
    /// <param name="quotes">The texts that the judge quotes.</param>
    public static JudgementLabel Check(RubricDefinition rubric, Evidence evidence, JudgementLabel label, IReadOnlyList<string> quotes)
    {
        JudgementQuote[] found = [.. quotes.Select(quote => new JudgementQuote(quote, Bears(evidence, quote, label.Message)
            ? evidence.SectionWith(quote, label.Message) : null))];
        return label with { Quotes = found, VoidedBy = WhyVoid(rubric, evidence, label, found) };
    }

    private static string? WhyVoid(RubricDefinition rubric, Evidence evidence, JudgementLabel label, JudgementQuote[] quotes)
    {
        if (quotes.FirstOrDefault(quote => quote.Section is null) is JudgementQuote invented)
        {
            string text = AnswerText.Begin(invented.Text);
            return evidence.SectionWith(invented.Text) is null
                ? $"The quote '{text}' is not in the evidence."
                : label.Message is null || evidence.SectionWith(invented.Text, label.Message) is not null
                ? $"The quote '{text}' is too short to show anything." : $"The quote '{text}' is not in message {label.Message}.";
        }
        int needed = label.Message is int number && IsBlank(evidence, number) ? 0 : rubric.Quotes;
        int different = quotes.CountBy(quote => EvidenceText.LineFeeds(quote.Text))
            .Sum(quote => Math.Min(quote.Value, evidence.Occurrences(quote.Key)));
        if (different < needed)
            return $"It has {different} of the {needed} quotes that the rubric asks for.";
        bool needsConversation = rubric.Labels.Any(named => named.Name == label.Label && named.NeedsConversation);
        return needsConversation && !quotes.Any(quote => quote.Section == s_conversation)
            ? $"The label {label.Label} needs a quote from the conversation." : null;
    }

    private static bool Bears(Evidence evidence, string quote, int? message) =>
        !string.IsNullOrWhiteSpace(quote)
            && evidence.SectionWith(quote, message) is not null
            && (quote.Trim().Length >= ShortestPassage || evidence.HasLine(quote));

    private static bool IsBlank(Evidence evidence, int number) =>
        evidence.Messages.Any(message => message.Number == number && string.IsNullOrWhiteSpace(message.Message.Message));
}
