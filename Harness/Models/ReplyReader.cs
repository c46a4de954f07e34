using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tandem.Harness.Models;

/// <summary>An answer, as far as it stands in its body.</summary>
internal sealed record ReplyText(string? Content, IReadOnlyList<ChatToolCall> ToolCalls, string? FinishReason, JsonObject Message);

/// <summary>
/// Reads the body of an answer: what agents need must be there and of the right kind, anything else may be anything. Endpoints differ:
/// arguments may be an object, a text may come in parts, ids may be missing.
/// </summary>
internal static class ReplyReader
{
    private static readonly string[] s_thoughts = ["reasoning_content", "reasoning_details", "thinking_blocks"];

    /// <param name="answer">The body's root.</param>
    /// <param name="turn">Makes ids of calls that have none unlike those of other turns.</param>
    /// <exception cref="FormatException">It is no answer; the message says what is missing.</exception>
    public static ReplyText Read(JsonElement answer, int turn)
    {
        if (Member(answer, "choices") is not { ValueKind: JsonValueKind.Array } choices || choices.GetArrayLength() == 0)
            throw new FormatException("it has no choices");
        JsonElement choice = choices[0];
        if (Member(choice, "message") is not { ValueKind: JsonValueKind.Object } message)
            throw new FormatException("its first choice has no message");
        var calls = new List<ChatToolCall>();
        var kept = new JsonArray();
        switch (Member(message, "tool_calls"))
        {
            case null or { ValueKind: JsonValueKind.Null }:
                break;
            case { ValueKind: JsonValueKind.Array } list:
                foreach (JsonElement item in list.EnumerateArray())
                {
                    ChatToolCall call = ReadCall(item, $"call_{turn.ToString(CultureInfo.InvariantCulture)}_{calls.Count + 1}");
                    calls.Add(call);
                    kept.Add(Keep(call, item));
                }
                break;
            default:
                throw new FormatException("its tool_calls are no list");
        }
        string? content = Text(Member(message, "content")) ?? Text(Member(message, "refusal"));
        var history = new JsonObject { ["role"] = "assistant", ["content"] = content ?? (calls.Count > 0 ? null : "") };
        if (calls.Count > 0)
            history["tool_calls"] = kept;
        // Endpoints that think aloud want their thoughts and signatures back, and refuse the history without them.
        foreach (string thoughts in s_thoughts)
        {
            if (Member(message, thoughts) is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } thought)
                history[thoughts] = JsonNode.Parse(thought.GetRawText());
        }
        return new ReplyText(content, calls, Member(choice, "finish_reason") is { ValueKind: JsonValueKind.String } reason
            ? reason.GetString() : null, history);
    }

    private static ChatToolCall ReadCall(JsonElement item, string idIfNone)
    {
        if (Member(item, "function") is not { ValueKind: JsonValueKind.Object } function)
            throw new FormatException("one of its tool calls names no function");
        // A call without a name is what the model did: it names no tool that there is.
        string name = Member(function, "name") is { ValueKind: JsonValueKind.String } named ? named.GetString()! : "";
        string arguments = Member(function, "arguments") switch
        {
            { ValueKind: JsonValueKind.String } text => text.GetString()!,
            null or { ValueKind: JsonValueKind.Null } => "",
            JsonElement other => other.GetRawText(),
        };
        return new ChatToolCall(Member(item, "id") is { ValueKind: JsonValueKind.String } id && id.GetString() is { Length: > 0 } given
            ? given : idIfNone, name, arguments);
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
        if (Member(item, "extra_content") is { ValueKind: JsonValueKind.Object } extra)
            kept["extra_content"] = JsonObject.Create(extra.Clone());
        return kept;
    }

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
                    joined.Append(Member(part, "text") is { ValueKind: JsonValueKind.String } text ? text.GetString() : "");
                return joined.ToString();
            default:
                throw new FormatException("its content is no text");
        }
    }

    private static JsonElement? Member(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object
        && of.TryGetProperty(name, out JsonElement value) ? value : null;
}
