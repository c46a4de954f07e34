using System.Text.Json.Nodes;

namespace Tandem.Harness.Models;

/// <summary>
/// A conversation in the form of Anthropic's messages: a message is a list of blocks, instructions stand beside the conversation, answers
/// of tools are the user's, and roles alternate from the user on.
/// </summary>
internal static class MessagesHistory
{
    /// <summary>The member of an assistant's message that says in which order its thoughts, texts and calls came. Thoughts and unknown
    /// blocks stand in it whole, since an endpoint refuses them if they are changed; texts and calls by reference, since a history may
    /// shorten them.</summary>
    public const string Blocks = "blocks";

    /// <summary>Of a reference to a text: how many characters of the message's content it has.</summary>
    public const string Characters = "characters";

    /// <summary>Of a reference to a call: which of the message's calls it is, from 0.</summary>
    public const string Call = "call";

    /// <param name="messages">As chat completions know them. Only read.</param>
    public static (JsonArray System, JsonArray Messages) Of(JsonArray messages)
    {
        var system = new JsonArray();
        var turns = new JsonArray();
        foreach (JsonObject message in HistoryRepair.Repair(messages, joins: false).OfType<JsonObject>())
        {
            string? role = (string?)message["role"];
            if (role is "system" or "developer")
            {
                system.Add(Text(TextOf(message)));
                continue;
            }
            bool isAnswer = role == "assistant";
            JsonArray turn = TurnOf(turns, isAnswer ? "assistant" : "user");
            foreach (JsonObject block in isAnswer ? AnswerOf(message) : [role == "tool" ? Result(message) : Text(TextOf(message))])
                turn.Add(block);
        }
        return (system, turns);
    }

    /// <summary>Takes the thoughts out of an assistant's message; its texts and calls stay. An endpoint demands those of the latest answer
    /// alone.</summary>
    /// <returns>The characters that this saved, as JSON.</returns>
    public static int LeaveOutThoughts(JsonObject message)
    {
        if (message[Blocks] is not JsonArray blocks)
            return 0;
        int before = blocks.ToJsonString().Length;
        foreach (JsonObject thought in blocks.OfType<JsonObject>().Where(block => KindOf(block) is "thinking" or "redacted_thinking")
            .ToArray())
            blocks.Remove(thought);
        return before - blocks.ToJsonString().Length;
    }

    /// <summary>The blocks of the last turn if it is of that role, else of a new one.</summary>
    private static JsonArray TurnOf(JsonArray turns, string role)
    {
        if (turns.LastOrDefault() is JsonObject last && (string?)last["role"] == role)
            return last["content"]!.AsArray();
        if (turns.Count == 0 && role == "assistant")
            turns.Add(new JsonObject { ["role"] = "user", ["content"] = new JsonArray(Text(HistoryRepair.NoText)) });
        var content = new JsonArray();
        turns.Add(new JsonObject { ["role"] = role, ["content"] = content });
        return content;
    }

    private static List<JsonObject> AnswerOf(JsonObject message)
    {
        string text = HistoryRepair.TextOf(message) ?? "";
        JsonObject[] calls = [.. (message["tool_calls"] as JsonArray ?? []).OfType<JsonObject>()];
        JsonObject[] order = [.. (message[Blocks] as JsonArray ?? []).OfType<JsonObject>()];
        // A text that was shortened since is one text, in the place of the first.
        bool isWhole = order.Where(block => KindOf(block) == "text").Sum(block => (int)block[Characters]!) == text.Length;
        var blocks = new List<JsonObject>();
        int told = 0;
        foreach (JsonObject block in order)
        {
            if (KindOf(block) == "text")
            {
                int length = isWhole ? (int)block[Characters]! : text.Length - told;
                Add(blocks, text.Substring(told, length));
                told += length;
            }
            else if (KindOf(block) == "tool_use")
            {
                if (calls.ElementAtOrDefault((int)block[Call]!) is JsonObject call)
                    blocks.Add(Use(call));
            }
            else
            {
                blocks.Add((JsonObject)block.DeepClone());
            }
        }
        if (order.Length == 0)
        {
            Add(blocks, text);
            blocks.AddRange(calls.Select(Use));
        }
        else if (told < text.Length)
        {
            Add(blocks, text[told..]);
        }
        return blocks;
    }

    /// <summary>A blank text is refused.</summary>
    private static void Add(List<JsonObject> blocks, string text)
    {
        if (!string.IsNullOrWhiteSpace(text))
            blocks.Add(Text(text));
    }

    private static JsonObject Use(JsonObject call)
    {
        JsonNode function = call["function"]!;
        return new JsonObject
        {
            ["type"] = "tool_use",
            ["id"] = (string?)call["id"],
            ["name"] = (string?)function["name"],
            ["input"] = JsonNode.Parse((string?)function["arguments"] ?? "{}"),
        };
    }

    private static JsonObject Result(JsonObject message) => new()
    {
        ["type"] = "tool_result",
        ["tool_use_id"] = (string?)message["tool_call_id"],
        ["content"] = TextOf(message),
    };

    private static string? KindOf(JsonObject block) =>
        block["type"] is JsonValue value && value.TryGetValue(out string? kind) ? kind : null;

    private static JsonObject Text(string text) => new() { ["type"] = "text", ["text"] = text };

    private static string TextOf(JsonObject message) => HistoryRepair.TextOf(message) ?? message["content"]?.ToJsonString() ?? "";
}
