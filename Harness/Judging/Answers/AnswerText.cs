using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Tandem.Harness.Configuration;

namespace Tandem.Harness.Judging.Answers;

/// <summary>Finds the one JSON object that an answer must be: bare, or in one block fenced as <c>json</c>, with nothing else
/// around it.</summary>
internal static partial class AnswerText
{
    private const int LongestAnswer = 2_000_000;
    private const int LongestQuote = 120;

    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    // Begins of answers that are no attempt at one, in any casing.
    private static readonly string[] s_refusals =
        ["i can't", "i can\u2019t", "i cannot", "i am unable", "i'm unable", "i am not able", "i'm not able", "i won't", "i will not",
            "i must decline", "i'm sorry", "i am sorry", "sorry,", "i\u2019m sorry", "i\u2019m unable", "as an ai"];

    /// <param name="text">The model's text; null if it gave none.</param>
    /// <param name="finishReason">Why the answer ended, in the endpoint's word; null if it does not say.</param>
    /// <exception cref="AnswerException">It is no such object.</exception>
    public static JsonDocument Parse(string? text, string? finishReason)
    {
        if (finishReason is "content_filter" or "refusal")
            throw new AnswerException("The judge refused to answer, or a filter of its endpoint did.");
        if (finishReason is "length" or "max_tokens")
            throw new AnswerException(
                "The answer was cut before its end, since the model may not write more: raise judges.max_output_tokens.");
        string answer = text?.Trim('\uFEFF', ' ', '\t', '\r', '\n') ?? "";
        if (answer.Length == 0)
            throw new AnswerException("The answer is empty.");
        if (answer.Length > LongestAnswer)
            throw new AnswerException(string.Create(CultureInfo.InvariantCulture,
                $"The answer has {answer.Length} characters, too many to read."));
        if (s_refusals.Any(begin => answer.StartsWith(begin, StringComparison.OrdinalIgnoreCase)))
            throw new AnswerException($"The judge refused: '{Begin(answer)}'.");
        string json = Fence().Match(answer) is { Success: true } fence ? fence.Groups[1].Value.Trim() : answer;
        if (json.Length == 0 || json[0] != '{')
            throw new AnswerException($"The answer is not one JSON object, which must stand alone: it begins with '{Begin(answer)}'.");
        try
        {
            return JsonDocument.Parse(json, s_strict);
        }
        catch (JsonException exception)
        {
            throw new AnswerException(NotANumber().IsMatch(json)
                ? "A number in the answer is NaN or infinite, which JSON does not have."
                : $"The answer is not JSON, or more than one object ({Short(exception)}).");
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            throw new AnswerException("The answer holds half a character, which JSON does not have.");
        }
    }

    /// <summary>The begin of a text in one line.</summary>
    public static string Begin(string text)
    {
        string line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        int length = Math.Min(line.Length, LongestQuote);
        if (length < line.Length && char.IsHighSurrogate(line[length - 1]))
            length--;
        return line[..length] + (length < line.Length ? " ..." : "");
    }

    private static string Short(JsonException exception) => Begin(ConfigurationJson.Explain(exception));

    [GeneratedRegex(@"\A```json[ \t]*\r?\n(.*?)\r?\n?```\z", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Fence();

    [GeneratedRegex(@"[:\[,]\s*[+-]?(?:NaN|nan|Infinity|inf)\b", RegexOptions.CultureInvariant)]
    private static partial Regex NotANumber();
}
