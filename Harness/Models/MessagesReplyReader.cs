using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tandem.Harness.Models;

/// <summary>Reads an answer of Anthropic's messages. What is no text and no call goes back with the history as it came.</summary>
internal static class MessagesReplyReader
{
    // Of an id or a name, and of what goes back unread, in characters: each grows every later request.
    private const int LongestName = 256;
    private const int LongestBlock = 1_000_000;

    /// <param name="answer">The body's root.</param>
    /// <param name="turn">Makes ids of calls that have none unlike those of other turns.</param>
    /// <exception cref="FormatException">It is no answer; the message says what is missing.</exception>
    public static ReplyText Read(JsonElement answer, int turn)
    {
        if (Member(answer, "content") is not { ValueKind: JsonValueKind.Array or JsonValueKind.String } content)
            throw new FormatException("it has no content");
        var text = new StringBuilder();
        var calls = new List<ChatToolCall>();
        var order = new JsonArray();
        foreach (JsonElement block in content.ValueKind == JsonValueKind.Array ? [.. content.EnumerateArray()] : new[] { content })
        {
            if (TextOf(block) is string said)
            {
                text.Append(said);
                order.Add(new JsonObject { ["type"] = "text", [MessagesHistory.Characters] = said.Length });
            }
            else if (StringOf(block, "type") == "tool_use")
            {
                if (calls.Count == HistoryRepair.MostCalls)
                    continue;
                order.Add(new JsonObject { ["type"] = "tool_use", [MessagesHistory.Call] = calls.Count });
                calls.Add(CallOf(block, $"call_{turn.ToString(CultureInfo.InvariantCulture)}_{calls.Count + 1}"));
            }
            else if (block.ValueKind == JsonValueKind.Object && block.GetRawText() is { Length: <= LongestBlock } raw)
            {
                order.Add(JsonNode.Parse(raw));
            }
        }
        string? whole = text.Length > 0 ? text.ToString() : null;
        var history = new JsonObject { ["role"] = "assistant", ["content"] = whole ?? (calls.Count > 0 ? null : "") };
        if (calls.Count > 0)
            history["tool_calls"] = new JsonArray([.. calls.Select(Keep)]);
        if (order.Count > 0)
            history[MessagesHistory.Blocks] = order;
        return new ReplyText(whole, calls, FinishReason(StringOf(answer, "stop_reason")), history);
    }

    /// <summary>The word of chat completions for the same, where there is one.</summary>
    private static string? FinishReason(string? stopReason) => stopReason switch
    {
        "end_turn" or "stop_sequence" => "stop",
        "tool_use" => "tool_calls",
        "max_tokens" or "model_context_window_exceeded" => "length",
        "refusal" => "content_filter",
        _ => stopReason,
    };

    private static string? TextOf(JsonElement block) => block.ValueKind == JsonValueKind.String ? block.GetString()
        : StringOf(block, "type") == "text" ? StringOf(block, "text") ?? "" : null;

    private static ChatToolCall CallOf(JsonElement block, string idIfNone)
    {
        string name = StringOf(block, "name") ?? "";
        if (name.Length > LongestName)
            name = name[..LongestName];
        string arguments = Member(block, "input") switch
        {
            { ValueKind: JsonValueKind.String } text => text.GetString()!,
            null or { ValueKind: JsonValueKind.Null } => "",
            JsonElement other => other.GetRawText(),
        };
        return new ChatToolCall(StringOf(block, "id") is { Length: > 0 and <= LongestName } id ? id : idIfNone, name, arguments);
    }

    private static JsonObject Keep(ChatToolCall call) => new()
    {
        ["id"] = call.Id,
        ["type"] = "function",
        ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = call.Arguments },
    };

    private static string? StringOf(JsonElement of, string name) => Member(of, name) is { ValueKind: JsonValueKind.String } text
        ? text.GetString() : null;

    private static JsonElement? Member(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object
        && of.TryGetProperty(name, out JsonElement value) ? value : null;
}
