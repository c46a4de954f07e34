using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Tandem.FakeModel;

/// <summary>One request, as it came.</summary>
/// <param name="Number">Which one of the server's, from 1.</param>
/// <param name="Body">The whole body.</param>
/// <param name="Headers">By name, in any casing.</param>
public sealed partial record FakeRequest(int Number, JsonObject Body, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The conversation.</summary>
    public JsonArray Messages => Body["messages"] as JsonArray ?? [];

    /// <summary>Who asks: the first <c>You are solo</c> or <c>You are agent1</c> of the conversation; null if there is none.</summary>
    public string? AgentId => Texts().Select(text => Identity().Match(text)).FirstOrDefault(match => match.Success)?.Groups[1].Value;

    /// <summary>The answers that are in the conversation already.</summary>
    public int Turn => Messages.Count(message => (string?)message?["role"] == "assistant");

    /// <summary>Another agent that the conversation names; null if there is none.</summary>
    public string? Teammate => AgentId is not string own
        ? null : Texts().SelectMany(text => Agent().Matches(text)).Select(match => match.Value).FirstOrDefault(id => id != own);

    /// <summary>Whether the prompt speaks of messages.</summary>
    public bool CanSendMessages => Texts().Any(text => text.Contains("send_message", StringComparison.Ordinal));

    /// <summary>Distinguishes this conversation from others, also of an agent of the same name: what it began with.</summary>
    internal string Conversation =>
        string.Create(CultureInfo.InvariantCulture,
        $"{AgentId}\n{string.Join('\n', Messages.Take(2).Select(message => message?.ToJsonString()))}");

    /// <summary>What people wrote to the model; its own answers are not in it.</summary>
    private IEnumerable<string> Texts() =>
        Messages.Where(message => (string?)message?["role"] is "system" or "user" or "developer")
        .SelectMany(message => message!["content"] switch
    {
        JsonArray parts => parts.Select(part => part?["text"]?.ToString() ?? ""),
        JsonNode text => [text.ToString()],
        null => [],
    });

    [GeneratedRegex(@"You are (solo|agent\d+)\b")]
    private static partial Regex Identity();

    [GeneratedRegex(@"\bagent\d+\b")]
    private static partial Regex Agent();
}
