using System.Globalization;
using System.Text.Json.Nodes;
using Tandem.Harness.Models;

namespace Tandem.Harness.Agents.Shell;

/// <summary>
/// The messages that the model is shown. Near its mark it is compacted: old outputs of commands give way to a line that says so, the oldest
/// first. The trajectory keeps all of it.
/// </summary>
/// <param name="markTokens">Tokens near which it is compacted.</param>
internal sealed class ChatHistory(int markTokens)
{
    private const int LatestResultsKept = 4;
    private const int ShortResult = 200;
    // A token of English or code is about four characters; what the endpoint said of the last prompt corrects it.
    private const double CharactersPerToken = 4;
    private const int LongestAnswer = 100_000;

    private readonly List<JsonObject> _messages = [];
    private long? _tokensAtLastReply;
    private long _charactersAtLastReply;

    /// <summary>The messages, the oldest first.</summary>
    public IReadOnlyList<JsonObject> Messages => _messages;

    public void Add(string role, string content) => _messages.Add(new JsonObject { ["role"] = role, ["content"] = content });

    public void AddToolResult(string callId, string content) =>
        _messages.Add(new JsonObject { ["role"] = "tool", ["tool_call_id"] = callId, ["content"] = content });

    /// <summary>Adds the model's answer; what is too long in it to be shown again is shortened.</summary>
    public void Add(ChatReply reply)
    {
        (_tokensAtLastReply, _charactersAtLastReply) = (reply.Tokens?.Input, Characters());
        var message = (JsonObject)reply.Message.DeepClone();
        if (message["content"] is JsonValue value && value.TryGetValue(out string? content) && content.Length > LongestAnswer)
            message["content"] = ShellAgent.Shorten(content, LongestAnswer);
        foreach (JsonNode? call in message["tool_calls"] as JsonArray ?? [])
        {
            if (call?["function"] is JsonObject function
                && (string?)function["arguments"] is { Length: > 2 * ShellAgent.LongestCommand } arguments)
                function["arguments"] = new JsonObject
                { ["command"] = string.Create(CultureInfo.InvariantCulture, $"[{arguments.Length} characters left out]") }
                    .ToJsonString();
        }
        _messages.Add(message);
    }

    public JsonArray ToJson() => [.. _messages.Select(message => message.DeepClone())];

    /// <summary>Makes room if the mark is near.</summary>
    /// <returns>What was done, for the trajectory; null if nothing.</returns>
    public string? Compact()
    {
        long before = Tokens();
        if (before < markTokens)
            return null;
        int[] results = [.. Enumerable.Range(0, _messages.Count).Where(i => (string?)_messages[i]["role"] == "tool")];
        int taken = 0;
        // Down to half, so that the unchanged beginning serves the endpoint's cache for a while.
        foreach (int i in results.SkipLast(LatestResultsKept))
        {
            if (Tokens() <= markTokens / 2)
                break;
            string content = (string)_messages[i]["content"]!;
            if (content.Length <= ShortResult)
                continue;
            _messages[i]["content"] = string.Create(CultureInfo.InvariantCulture,
                $"[an output of {content.Length} characters was left out to save room; run the command again if you need it]");
            taken++;
        }
        return taken == 0 ? null
            : string.Create(CultureInfo.InvariantCulture,
            $"{taken} old outputs were left out: from about {before} to about {Tokens()} tokens");
    }

    /// <summary>An estimate of the next prompt's tokens: what the endpoint said of the last one, and what came since by its
    /// characters.</summary>
    private long Tokens()
    {
        double perToken = _tokensAtLastReply is > 0 && _charactersAtLastReply > 0
            ? Math.Clamp((double)_charactersAtLastReply / _tokensAtLastReply.Value, 1, 10) : CharactersPerToken;
        return (long)(Characters() / perToken);
    }

    private long Characters() =>
        _messages.Sum(message => (message["content"] is JsonValue v && v.TryGetValue(out string? text) ? text.Length : 0L)
        + (message["tool_calls"] as JsonArray ?? []).Sum(call => (long)((string?)call?["function"]?["arguments"] ?? "").Length));
}
