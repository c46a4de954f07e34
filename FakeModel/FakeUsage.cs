using System.Collections.Concurrent;

namespace Tandem.FakeModel;

/// <summary>Counts tokens as a model might: one for 4 characters, and cached what the conversation's last request began with too.</summary>
internal sealed class FakeUsage
{
    private const int CharactersOfToken = 4;

    private readonly ConcurrentDictionary<string, string> _last = new(StringComparer.Ordinal);

    /// <summary>The tokens of a text, and one for what stands around it.</summary>
    public static int Count(int characters) => characters / CharactersOfToken + 1;

    public FakeTokens Of(FakeRequest request, int answerLength, int reasoningLength)
    {
        string prompt = request.Prompt;
        string before = "";
        _last.AddOrUpdate(request.Conversation, prompt, (_, last) =>
        {
            before = last;
            return prompt;
        });
        int input = Count(prompt.Length);
        int cached = prompt.AsSpan().CommonPrefixLength(before) / CharactersOfToken;
        int written = prompt.Contains("\"cache_control\"", StringComparison.Ordinal) ? input - cached - 1 : 0;
        int reasoning = reasoningLength == 0 ? 0 : Count(reasoningLength);
        return new FakeTokens(input, cached, written, Count(answerLength) + reasoning, reasoning);
    }
}
