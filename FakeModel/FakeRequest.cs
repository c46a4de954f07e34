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
    /// <summary>Names the agent that asks, whatever the conversation says; so does a path that begins with <c>/agent/ID/</c>.</summary>
    public const string AgentHeader = "X-Tandem-Agent";

    /// <summary>How the client speaks.</summary>
    public FakeDialect Dialect { get; init; }

    /// <summary>What was asked for, with its query.</summary>
    public string Path { get; init; } = "/v1/chat/completions";

    /// <summary>The model that is asked; null if the request names none. Gemini's clients name it in the path.</summary>
    public string? Model { get; init; }

    /// <summary>Whether the answer comes as events (SSE).</summary>
    public bool Streams { get; init; }

    /// <summary>What the answer said that it used; null if it was not given whole, or if the script wrote the usage itself.</summary>
    public FakeTokens? Usage { get; internal set; }

    /// <summary>The conversation: <c>messages</c>, <c>input</c> or <c>contents</c>, by dialect.</summary>
    public JsonArray Messages => Wire.Items(Body);

    /// <summary>Who asks: what the header or the path names, else the first <c>You are solo</c> or <c>You are agent1</c> of the
    /// conversation; null if there is none.</summary>
    public string? AgentId => NamedAgent
        ?? Texts().Select(text => Identity().Match(text)).FirstOrDefault(match => match.Success)?.Groups[1].Value;

    /// <summary>The answers that are in the conversation already.</summary>
    public int Turn => Wire.Turns(Messages);

    /// <summary>Whether tools are offered. Clients ask for titles, summaries and routes without any.</summary>
    public bool HasTools => Body["tools"] is JsonArray { Count: > 0 };

    /// <summary>Another agent that the conversation names; null if there is none.</summary>
    public string? Teammate => AgentId is not string own
        ? null : Texts().SelectMany(text => Agent().Matches(text)).Select(match => match.Value).FirstOrDefault(id => id != own);

    /// <summary>Whether the prompt or the tools have something for messages. Those of clients have a <c>send_message</c> of their own, but
    /// no <c>read_messages</c>.</summary>
    public bool CanSendMessages => Texts().Append(Body["tools"]?.ToJsonString() ?? "")
        .Any(text => text.Contains("read_messages", StringComparison.Ordinal));

    /// <summary>The agent of the header or the path; null if neither names one.</summary>
    internal string? NamedAgent { get; init; }

    internal Wire Wire => Wire.Of(Dialect);

    /// <summary>All that the tokens of the prompt are counted by.</summary>
    internal string Prompt => Wire.System(Body)?.ToJsonString() + Messages.ToJsonString();

    /// <summary>Distinguishes this conversation from others, also of an agent of the same name: what it began with.</summary>
    internal string Conversation =>
        string.Create(CultureInfo.InvariantCulture, $"{AgentId}\n{string.Join('\n', Wire.Opening(Messages))}");

    /// <summary>What a log has of it: everything but the headers, which hold keys.</summary>
    internal JsonObject ToJson() => new()
    {
        ["number"] = Number,
        ["agent"] = AgentId,
        ["dialect"] = Dialect.ToString(),
        ["path"] = Path,
        ["model"] = Model,
        ["streams"] = Streams,
        ["answers_before"] = Turn,
        ["usage"] = Usage is null ? null : new JsonObject
        {
            ["input"] = Usage.Input,
            ["cached"] = Usage.Cached,
            ["cache_write"] = Usage.CacheWrite,
            ["output"] = Usage.Output,
            ["reasoning"] = Usage.Reasoning,
        },
        ["body"] = Body.DeepClone(),
    };

    /// <summary>What people wrote to the model; its own answers are not in it.</summary>
    private IEnumerable<string> Texts() =>
        Messages.Where(item => (string?)item?["role"] is "system" or "user" or "developer")
            .Select(item => item!["content"] ?? item["parts"])
            .Prepend(Wire.System(Body))
            .SelectMany(Wire.Texts);

    [GeneratedRegex(@"You are (solo|agent\d+)\b")]
    private static partial Regex Identity();

    [GeneratedRegex(@"\bagent\d+\b")]
    private static partial Regex Agent();
}
