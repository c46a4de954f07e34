using System.Globalization;
using System.Text.Json.Nodes;

namespace Tandem.FakeModel;

/// <summary>One item of an answer in OpenAI's responses, and what its events are called.</summary>
/// <param name="Whole">As it is in the end.</param>
/// <param name="Empty">As it is announced.</param>
/// <param name="TextName">What of it comes bit by bit: <c>output_text</c>, for example.</param>
/// <param name="TextMember">Where the event that closes the text has it.</param>
/// <param name="Text">The whole text.</param>
/// <param name="PartName">The kind of part that holds the text; null where the item itself does.</param>
/// <param name="Part">That part.</param>
internal sealed record ResponsesItem(JsonObject Whole, JsonObject Empty, string TextName, string TextMember, string Text,
    string? PartName = null, JsonObject? Part = null)
{
    public string Id => (string)Whole["id"]!;

    public JsonObject? EmptyPart
    {
        get
        {
            var part = (JsonObject?)Part?.DeepClone();
            if (part is not null)
                part["text"] = "";
            return part;
        }
    }

    /// <summary>Where in the item the text is.</summary>
    public (string Name, JsonNode? Value)[] Place => PartName switch
    {
        null => [],
        "content_part" => [("content_index", 0)],
        _ => [("summary_index", 0)],
    };

    public static IEnumerable<ResponsesItem> Of(FakeReply reply)
    {
        string number = reply.Request.Number.ToString(CultureInfo.InvariantCulture);
        if (reply.Thinking is string thinking)
        {
            var part = new JsonObject { ["type"] = "summary_text", ["text"] = thinking };
            JsonObject Reasoning(JsonArray summary) => new()
            {
                ["id"] = $"rs_{number}",
                ["type"] = "reasoning",
                ["summary"] = summary,
                ["encrypted_content"] = "c2NyaXB0ZWQgcmVhc29uaW5n",
            };
            yield return new ResponsesItem(Reasoning([part.DeepClone()]), Reasoning([]), "reasoning_summary_text", "text", thinking,
                "reasoning_summary_part", part);
        }
        if (reply.Text is string text)
        {
            var part = new JsonObject { ["type"] = "output_text", ["text"] = text, ["annotations"] = new JsonArray() };
            JsonObject Message(string status, JsonArray content) => new()
            {
                ["id"] = $"msg_{number}",
                ["type"] = "message",
                ["status"] = status,
                ["role"] = "assistant",
                ["content"] = content,
            };
            yield return new ResponsesItem(Message("completed", [part.DeepClone()]), Message("in_progress", []), "output_text", "text",
                text, "content_part", part);
        }
        foreach (FakeToolCall call in reply.Calls)
        {
            JsonObject Call(string status, string arguments) => new()
            {
                ["id"] = $"fc_{call.Id}",
                ["type"] = "function_call",
                ["status"] = status,
                ["arguments"] = arguments,
                ["call_id"] = call.Id,
                ["name"] = call.Name,
            };
            yield return new ResponsesItem(Call("completed", call.Arguments), Call("in_progress", ""), "function_call_arguments",
                "arguments", call.Arguments);
        }
    }
}
