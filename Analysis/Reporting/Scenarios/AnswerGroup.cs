using Tandem.Records.Scenarios;
using Tandem.Records.Store;

namespace Tandem.Analysis.Reporting.Scenarios;

/// <summary>Equal answers of several repetitions: the same text, after the same tool calls with the same arguments.</summary>
/// <param name="Text">The text of the last answer; null if the model never answered.</param>
/// <param name="Calls">All tool calls, in their order.</param>
/// <param name="Of">The records, in the order of the repetitions.</param>
internal sealed record AnswerGroup(string? Text, IReadOnlyList<ScenarioToolCall> Calls, IReadOnlyList<StoredScenario> Of)
{
    /// <summary>The most frequent first; of equally frequent ones that of the earliest repetition.</summary>
    public static IReadOnlyList<AnswerGroup> AllOf(IEnumerable<StoredScenario> records) =>
        [.. records.GroupBy(stored => (stored.Record.ResponseText, string.Join('\n', stored.Record.ToolCalls.Select(KeyOf))))
            .Select(same => new AnswerGroup(same.Key.ResponseText, same.First().Record.ToolCalls, [.. same]))
            .OrderByDescending(group => group.Of.Count)];

    /// <summary>What makes two calls equal: turn, name and arguments, word for word.</summary>
    public static string KeyOf(ScenarioToolCall call) => $"{call.Turn} {call.Name} {call.ArgumentsText}";

    /// <summary>Where a text differs from another one, by whole words: what lies between their common begin and their common
    /// end.</summary>
    /// <returns>The begin, what differs, and the end; together they are the text.</returns>
    public static (string Begin, string Differs, string End) Difference(string text, string other)
    {
        (string[] own, string[] its) = (WordsOf(text), WordsOf(other));
        int most = Math.Min(own.Length, its.Length);
        int begin = 0;
        while (begin < most && own[begin] == its[begin])
            begin++;
        int end = 0;
        while (end < most - begin && own[^(end + 1)] == its[^(end + 1)])
            end++;
        return (string.Concat(own[..begin]), string.Concat(own[begin..^end]), string.Concat(own[^end..]));
    }

    /// <summary>Words, each with the white space after it.</summary>
    private static string[] WordsOf(string text)
    {
        var words = new List<string>();
        int start = 0;
        for (int i = 1; i < text.Length; i++)
        {
            if (!char.IsWhiteSpace(text[i - 1]) || char.IsWhiteSpace(text[i]))
                continue;
            words.Add(text[start..i]);
            start = i;
        }
        if (start < text.Length)
            words.Add(text[start..]);
        return [.. words];
    }
}
