using System.Text.Json.Nodes;
using Tandem.FakeModel;

namespace Tandem.Harness.Tests.FakeModels;

/// <summary>An answer as a client of a dialect understands it.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Thinking">What it thought before.</param>
/// <param name="Calls">Each as the tool's name, a space and the arguments.</param>
/// <param name="Finish">Why it ended, in the dialect's words.</param>
/// <param name="Usage">In the dialect's words.</param>
internal sealed record Said(string Text, string Thinking, IReadOnlyList<string> Calls, string? Finish, JsonObject Usage)
{
    /// <summary>What a client sends back of it in its next request.</summary>
    public IReadOnlyList<JsonNode> History { get; private init; } = [];

    public static Said Read(FakeDialect dialect, JsonObject answer) => dialect switch
    {
        FakeDialect.Chat => ReadChat(answer),
        FakeDialect.Responses => ReadResponses(answer),
        FakeDialect.Messages => ReadMessages(answer),
        _ => ReadGenerate(answer),
    };

    private static Said ReadChat(JsonObject answer)
    {
        JsonNode choice = answer["choices"]![0]!;
        JsonNode message = choice["message"]!;
        var calls = message["tool_calls"] as JsonArray ?? [];
        return new Said((string?)message["content"] ?? "", (string?)message["reasoning_content"] ?? "",
            [.. calls.Select(call => $"{call!["function"]!["name"]} {call["function"]!["arguments"]}")],
            (string?)choice["finish_reason"], (JsonObject)answer["usage"]!)
        {
            History = [message.DeepClone(), .. calls.Select(call =>
                new JsonObject { ["role"] = "tool", ["tool_call_id"] = call!["id"]!.DeepClone(), ["content"] = "done" })],
        };
    }

    private static Said ReadResponses(JsonObject answer)
    {
        JsonObject[] items = [.. answer["output"]!.AsArray().Select(item => item!.AsObject())];
        JsonObject[] calls = [.. items.Where(item => (string)item["type"]! == "function_call")];
        return new Said(
            string.Concat(items.Where(item => (string)item["type"]! == "message").Select(item => (string)item["content"]![0]!["text"]!)),
            string.Concat(items.Where(item => (string)item["type"]! == "reasoning").Select(item => (string)item["summary"]![0]!["text"]!)),
            [.. calls.Select(call => $"{call["name"]} {call["arguments"]}")],
            (string?)answer["incomplete_details"]?["reason"] ?? (string?)answer["status"], (JsonObject)answer["usage"]!)
        {
            // The outputs stand between the calls, as some clients have them.
            History = [.. items.SelectMany(item => (string)item["type"]! != "function_call" ? [item.DeepClone()]
                : new JsonNode[] { item.DeepClone(), new JsonObject
                {
                    ["type"] = "function_call_output", ["call_id"] = item["call_id"]!.DeepClone(), ["output"] = "done",
                } })],
        };
    }

    private static Said ReadMessages(JsonObject answer)
    {
        JsonObject[] blocks = [.. answer["content"]!.AsArray().Select(block => block!.AsObject())];
        JsonObject[] calls = [.. blocks.Where(block => (string)block["type"]! == "tool_use")];
        var message = new JsonObject { ["role"] = "assistant", ["content"] = answer["content"]!.DeepClone() };
        JsonObject[] results = [.. calls.Select(call =>
            new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = call["id"]!.DeepClone(), ["content"] = "done" })];
        return new Said(string.Concat(blocks.Where(block => (string)block["type"]! == "text").Select(block => (string)block["text"]!)),
            string.Concat(blocks.Where(block => block["signature"]?.ToString() is { Length: > 0 }).Select(block => block["thinking"])),
            [.. calls.Select(call => $"{call["name"]} {call["input"]!.ToJsonString()}")],
            (string?)answer["stop_reason"], (JsonObject)answer["usage"]!)
        {
            History = [message, new JsonObject { ["role"] = "user", ["content"] = new JsonArray([.. results]) }],
        };
    }

    private static Said ReadGenerate(JsonObject answer)
    {
        JsonNode candidate = answer["candidates"]![0]!;
        JsonObject[] parts = [.. candidate["content"]!["parts"]!.AsArray().Select(part => part!.AsObject())];
        JsonNode[] calls = [.. parts.Where(part => part.ContainsKey("functionCall")).Select(part => part["functionCall"]!)];
        JsonObject[] results = [.. calls.Select(call => new JsonObject
        {
            ["functionResponse"] = new JsonObject { ["name"] = call["name"]!.DeepClone(), ["response"] = new JsonObject() },
        })];
        return new Said(string.Concat(parts.Where(part => !part.ContainsKey("thought")).Select(part => part["text"])),
            string.Concat(parts.Where(part => part.ContainsKey("thought")).Select(part => part["text"])),
            [.. calls.Select(call => $"{call["name"]} {call["args"]!.ToJsonString()}")],
            (string?)candidate["finishReason"], (JsonObject)answer["usageMetadata"]!)
        {
            History = [candidate["content"]!.DeepClone(), new JsonObject { ["role"] = "user", ["parts"] = new JsonArray([.. results]) }],
        };
    }
}
