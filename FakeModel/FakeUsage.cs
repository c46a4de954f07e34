using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Tandem.FakeModel;

/// <summary>Counts tokens as a model might: one for 4 characters, and cached what the conversation's last request began with too.</summary>
internal sealed class FakeUsage
{
    private const int CharactersOfToken = 4;

    private readonly ConcurrentDictionary<string, string> _last = new(StringComparer.Ordinal);

    public JsonObject Of(FakeRequest request, int answerLength)
    {
        string prompt = request.Messages.ToJsonString();
        string before = "";
        _last.AddOrUpdate(request.Conversation, prompt, (_, last) =>
        {
            before = last;
            return prompt;
        });
        int shared = prompt.AsSpan().CommonPrefixLength(before);
        int input = prompt.Length / CharactersOfToken + 1;
        int output = answerLength / CharactersOfToken + 1;
        return new JsonObject
        {
            ["prompt_tokens"] = input,
            ["completion_tokens"] = output,
            ["total_tokens"] = input + output,
            ["prompt_tokens_details"] = new JsonObject { ["cached_tokens"] = shared / CharactersOfToken },
        };
    }
}
