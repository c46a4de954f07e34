using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tandem.Harness.Configuration;

namespace Tandem.Harness.Models;

/// <summary>A request as Anthropic's messages know it, with marks up to which the endpoint keeps it in its cache.</summary>
internal static class MessagesBody
{
    private static readonly JsonSerializerOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The turns of the user that are marked: the last one is written to the cache, the one before it was, so that it is read even
    /// where the last answer came after the cache's look back of 20 blocks.</summary>
    private const int MarkedTurns = 2;

    public static ReadOnlyMemory<byte> Write(ModelSettings settings, ChatRequest request)
    {
        var body = new JsonObject { ["model"] = settings.Name, ["max_tokens"] = AnthropicRules.OutputTokens(settings) };
        (JsonArray system, JsonArray messages) = MessagesHistory.Of(request.Messages);
        JsonArray tools = [.. request.Tools.Select(tool => Tool(tool!["function"]!))];
        if (request.GoesOn)
        {
            // In the order in which a request is read; at most 4 are taken.
            Mark(tools.LastOrDefault());
            Mark(system.LastOrDefault());
            foreach (JsonNode? turn in messages.Where(message => (string?)message!["role"] == "user").TakeLast(MarkedTurns))
                Mark(turn!["content"]!.AsArray()[^1]);
        }
        if (tools.Count > 0)
            body["tools"] = tools;
        if (tools.Count > 0 && request.ToolChoice is JsonNode choice)
            body["tool_choice"] = Choice(choice);
        if (system.Count > 0)
            body["system"] = system;
        body["messages"] = messages;
        if (settings.Temperature is double temperature)
            body["temperature"] = temperature;
        if (AnthropicRules.ThinkingTokens(settings) is int thinking)
        {
            body["thinking"] = new JsonObject { ["type"] = "enabled", ["budget_tokens"] = thinking };
        }
        else if (settings.ReasoningEffort is string effort)
        {
            body["thinking"] = new JsonObject { ["type"] = "adaptive" };
            body["output_config"] = new JsonObject { ["effort"] = effort };
        }
        return Encoding.UTF8.GetBytes(body.ToJsonString(s_options));
    }

    /// <summary>The optional parameters that these settings send, by their names on the wire, each with the setting that it comes
    /// from.</summary>
    public static IReadOnlyDictionary<string, string> Sent(ModelSettings settings)
    {
        var sent = new Dictionary<string, string> { ["max_tokens"] = "model.max_output_tokens" };
        if (settings.Temperature is not null)
            sent["temperature"] = "model.temperature";
        if (settings.ReasoningEffort is not null)
            sent["thinking"] = sent["budget_tokens"] = sent["output_config"] = sent["effort"] = "model.reasoning_effort";
        return sent;
    }

    private static void Mark(JsonNode? part)
    {
        if (part is JsonObject block)
            block["cache_control"] = new JsonObject { ["type"] = "ephemeral" };
    }

    private static JsonObject Tool(JsonNode function)
    {
        var tool = new JsonObject { ["name"] = function["name"]?.DeepClone() };
        if (function["description"] is JsonNode description)
            tool["description"] = description.DeepClone();
        tool["input_schema"] = function["parameters"]?.DeepClone() ?? new JsonObject { ["type"] = "object" };
        return tool;
    }

    private static JsonObject Choice(JsonNode choice) => choice is JsonObject named
        ? new JsonObject { ["type"] = "tool", ["name"] = named["function"]?["name"]?.DeepClone() }
        : new JsonObject { ["type"] = (string?)choice == "required" ? "any" : (string?)choice };
}
