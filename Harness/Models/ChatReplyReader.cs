using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tandem.Harness.Models;

/// <summary>An answer, as far as it stands in its body.</summary>
internal sealed record ReplyText(string? Content, IReadOnlyList<ChatToolCall> ToolCalls, string? FinishReason, JsonObject Message);

/// <summary>
/// Reads the body of a chat completion. Endpoints differ, so almost any shape is read: arguments may be an object, a text may come in
/// parts, text and calls may stand in different choices, a call may have the shape of another protocol. What is no call of a tool that
/// exists is left to the agent, which answers it. The table in docs/agents.md lists the shapes.
/// </summary>
internal static class ChatReplyReader
{
    private static readonly string[] s_thoughts = ["reasoning_content", "reasoning_details", "thinking_blocks", "extra_content"];

    /// <summary>Words by which endpoints say, with status 200, that they lost the answer while they made it.</summary>
    private static readonly string[] s_lost =
        ["error", "failed", "failure", "network_error", "insufficient_system_resource", "abort", "aborted", "cancelled"];

    // Of an id or a name, and of what goes back unread, in characters: each grows every later request.
    private const int LongestName = 256;
    private const int LongestThought = 1_000_000;

    private static readonly string[] s_arguments = ["arguments", "input", "parameters"];

    /// <param name="answer">The body's root.</param>
    /// <param name="turn">Makes ids of calls that have none unlike those of other turns.</param>
    /// <exception cref="FormatException">It is no answer; the message says what is missing.</exception>
    public static ReplyText Read(JsonElement answer, int turn)
    {
        if (Member(answer, "choices") is not { ValueKind: JsonValueKind.Array } choices || choices.GetArrayLength() == 0)
            throw new FormatException("it has no choices");
        if (choices.EnumerateArray().Select(FinishReason).FirstOrDefault(r => s_lost.Contains(r, StringComparer.OrdinalIgnoreCase))
            is string lost)
            throw new FormatException($"it ended with '{lost}'");
        if (choices.EnumerateArray().All(choice => MessageOf(choice) is null && FinishReason(choice) is null))
            throw new FormatException("its first choice has no message");
        JsonElement[] messages = [.. choices.EnumerateArray().Select(MessageOf).OfType<JsonElement>()];
        // Some gateways put the text into one choice and the calls into the next.
        JsonElement? acting = messages.Select(message => (JsonElement?)message).FirstOrDefault(message => Calls(message!.Value).Any());
        string?[] texts = [.. messages.Select(message => Text(Member(message, "content")) ?? Text(Member(message, "refusal")))];
        string? content = texts.FirstOrDefault(text => !string.IsNullOrWhiteSpace(text)) ?? texts.FirstOrDefault();
        var calls = new List<ChatToolCall>();
        var kept = new JsonArray();
        foreach (JsonElement item in acting is JsonElement one ? Calls(one).Take(HistoryRepair.MostCalls) : [])
        {
            ChatToolCall call = ReadCall(item, $"call_{turn.ToString(CultureInfo.InvariantCulture)}_{calls.Count + 1}");
            calls.Add(call);
            kept.Add(Keep(call, item));
        }
        var history = new JsonObject { ["role"] = "assistant", ["content"] = content ?? (calls.Count > 0 ? null : "") };
        if (calls.Count > 0)
            history["tool_calls"] = kept;
        // Endpoints that think aloud want their thoughts and signatures back, and refuse the history without them.
        foreach (string thoughts in s_thoughts)
        {
            if (messages.Select(message => Member(message, thoughts)).FirstOrDefault(IsThere) is JsonElement thought
                && thought.GetRawText() is { Length: <= LongestThought })
                history[thoughts] = JsonNode.Parse(thought.GetRawText());
        }
        return new ReplyText(content, calls, choices.EnumerateArray().Select(FinishReason).FirstOrDefault(r => r is not null), history);
    }

    private static string? FinishReason(JsonElement choice) =>
        Member(choice, "finish_reason") is { ValueKind: JsonValueKind.String } reason ? reason.GetString() : null;

    private static JsonElement? MessageOf(JsonElement choice) =>
        Member(choice, "message") is { ValueKind: JsonValueKind.Object } message ? message : null;

    /// <summary>The calls of a message: a list, one without a list, or one as they were before there were lists.</summary>
    private static IEnumerable<JsonElement> Calls(JsonElement message) => Member(message, "tool_calls") switch
    {
        { ValueKind: JsonValueKind.Array } list when list.GetArrayLength() > 0 => list.EnumerateArray(),
        { ValueKind: JsonValueKind.Object } one => [one],
        { ValueKind: JsonValueKind.String } text when text.GetString()!.Length > 0 => [text],
        _ => Member(message, "function_call") is { ValueKind: JsonValueKind.Object } old ? [old] : [],
    };

    private static ChatToolCall ReadCall(JsonElement item, string idIfNone)
    {
        JsonElement function = Member(item, "function") is { ValueKind: JsonValueKind.Object } inner ? inner
            : Member(item, "custom") is { ValueKind: JsonValueKind.Object } custom ? custom : item;
        // A call without a name is what the model did: it names no tool that there is.
        string name = Member(function, "name") is { ValueKind: JsonValueKind.String } named ? named.GetString()! : "";
        JsonElement? given = function.ValueKind == JsonValueKind.Object
            ? s_arguments.Select(key => Member(function, key)).FirstOrDefault(IsThere) : function;
        string arguments = given switch
        {
            { ValueKind: JsonValueKind.String } text => text.GetString()!,
            null => "",
            JsonElement other => other.GetRawText(),
        };
        if (name.Length > LongestName)
            name = name[..LongestName];
        return new ChatToolCall(Member(item, "id") is { ValueKind: JsonValueKind.String } id
            && id.GetString() is { Length: > 0 and <= LongestName } own ? own : idIfNone, name, arguments);
    }

    private static JsonObject Keep(ChatToolCall call, JsonElement item)
    {
        var kept = new JsonObject
        {
            ["id"] = call.Id,
            ["type"] = "function",
            ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = call.Arguments },
        };
        // Gemini signs its calls there, and refuses histories without its signature.
        if (Member(item, "extra_content") is { ValueKind: JsonValueKind.Object } extra && extra.GetRawText().Length <= LongestThought)
            kept["extra_content"] = JsonObject.Create(extra.Clone());
        return kept;
    }

    /// <summary>A content as text: itself, its parts joined, or whatever else stands there as it stands.</summary>
    private static string? Text(JsonElement? content)
    {
        switch (content)
        {
            case null or { ValueKind: JsonValueKind.Null }:
                return null;
            case { ValueKind: JsonValueKind.String } text:
                return text.GetString();
            case { ValueKind: JsonValueKind.Array } parts:
                var joined = new StringBuilder();
                foreach (JsonElement part in parts.EnumerateArray())
                    joined.Append(part.ValueKind == JsonValueKind.String ? part.GetString() : TextOf(part));
                return joined.ToString();
            case { ValueKind: JsonValueKind.Object } part when TextOf(part) is string text:
                return text;
            default:
                return content.Value.GetRawText();
        }
    }

    private static string? TextOf(JsonElement part) => Member(part, "text") is { ValueKind: JsonValueKind.String } text
        ? text.GetString() : null;

    private static bool IsThere(JsonElement? value) => value is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) };

    private static JsonElement? Member(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object
        && of.TryGetProperty(name, out JsonElement value) ? value : null;
}
