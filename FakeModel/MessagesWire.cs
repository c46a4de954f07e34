using System.Globalization;
using System.Text.Json.Nodes;

namespace Tandem.FakeModel;

/// <summary>Anthropic's messages.</summary>
internal sealed class MessagesWire : Wire
{
    /// <summary>What stands for the secret by which Anthropic knows its own thinking again.</summary>
    private const string Signature = "c2NyaXB0ZWQgc2lnbmF0dXJl";

    public override JsonArray Items(JsonObject body) => body["messages"] as JsonArray ?? [];

    public override JsonNode? System(JsonObject body) => body["system"];

    public override IEnumerable<FakeTool> Tools(JsonObject body) => (body["tools"] as JsonArray ?? []).OfType<JsonObject>()
        .Select(tool => new FakeTool(tool["name"]?.ToString() ?? "", tool["input_schema"] as JsonObject));

    public override JsonNode? AnswerSchema(JsonObject body) =>
        (body["output_config"] as JsonObject)?["format"]?["schema"] ?? (body["output_format"] as JsonObject)?["schema"];

    protected override bool IsOfModel(JsonNode? item) => (string?)item?["role"] == "assistant";

    public override JsonObject Usage(FakeTokens tokens)
    {
        var usage = new JsonObject
        {
            ["input_tokens"] = tokens.Input - tokens.Cached - tokens.CacheWrite,
            ["cache_creation_input_tokens"] = tokens.CacheWrite,
            ["cache_read_input_tokens"] = tokens.Cached,
            ["output_tokens"] = tokens.Output,
        };
        if (tokens.Reasoning > 0)
            usage["output_tokens_details"] = new JsonObject { ["thinking_tokens"] = tokens.Reasoning };
        return usage;
    }

    public override JsonObject Answer(FakeReply reply) =>
        Message(reply, [.. Blocks(reply).Select(block => block.Whole)], StopReason(reply), reply.Usage);

    public override IEnumerable<ServerEvent> Events(FakeReply reply)
    {
        var begun = (JsonObject)reply.Usage.DeepClone();
        begun["output_tokens"] = 1;
        yield return Event("message_start", ("message", Message(reply, [], null, begun)));
        int index = 0;
        foreach ((JsonObject _, JsonObject empty, IEnumerable<JsonObject> deltas) in Blocks(reply))
        {
            yield return Event("content_block_start", ("index", index), ("content_block", empty));
            if (index == 0)
                yield return Event("ping");
            foreach (JsonObject delta in deltas)
                yield return Event("content_block_delta", ("index", index), ("delta", delta));
            yield return Event("content_block_stop", ("index", index++));
        }
        var stop = new JsonObject { ["stop_reason"] = StopReason(reply), ["stop_sequence"] = null };
        yield return Event("message_delta", ("delta", stop), ("usage", reply.Usage.DeepClone())) with { IsEnd = true };
        yield return Event("message_stop") with { IsEnd = true };
    }

    public override JsonObject Error(int status, string? type, string message) => new()
    {
        ["type"] = "error",
        ["error"] = new JsonObject
        {
            ["type"] = type ?? status switch
            {
                401 => "authentication_error",
                402 => "billing_error",
                403 => "permission_error",
                404 => "not_found_error",
                413 => "request_too_large",
                429 => "rate_limit_error",
                529 => "overloaded_error",
                >= 500 => "api_error",
                _ => "invalid_request_error",
            },
            ["message"] = message,
        },
        ["request_id"] = "req_scripted",
    };

    public override ServerEvent ErrorEvent(FakeReply reply, FakeAnswer.Fails fault) =>
        ServerEvent.Typed(Error(fault.Code, fault.Type, fault.Message));

    private static IEnumerable<(JsonObject Whole, JsonObject Empty, IEnumerable<JsonObject> Deltas)> Blocks(FakeReply reply)
    {
        if (reply.Thinking is string thinking)
        {
            yield return (
                new JsonObject { ["type"] = "thinking", ["thinking"] = thinking, ["signature"] = Signature },
                new JsonObject { ["type"] = "thinking", ["thinking"] = "", ["signature"] = "" },
                Pieces(thinking).Select(piece => new JsonObject { ["type"] = "thinking_delta", ["thinking"] = piece })
                    .Append(new JsonObject { ["type"] = "signature_delta", ["signature"] = Signature }));
        }
        if (reply.Text is string text)
        {
            yield return (
                new JsonObject { ["type"] = "text", ["text"] = text },
                new JsonObject { ["type"] = "text", ["text"] = "" },
                Pieces(text).Select(piece => new JsonObject { ["type"] = "text_delta", ["text"] = piece }));
        }
        foreach (FakeToolCall call in reply.Calls)
        {
            var whole = new JsonObject { ["type"] = "tool_use", ["id"] = call.Id, ["name"] = call.Name, ["input"] = Arguments(call) };
            var empty = (JsonObject)whole.DeepClone();
            empty["input"] = new JsonObject();
            yield return (whole, empty,
                Pieces(call.Arguments).Select(piece => new JsonObject { ["type"] = "input_json_delta", ["partial_json"] = piece }));
        }
    }

    private static JsonObject Message(FakeReply reply, JsonArray content, string? stopReason, JsonObject usage) => new()
    {
        ["id"] = string.Create(CultureInfo.InvariantCulture, $"msg_{reply.Request.Number}"),
        ["type"] = "message",
        ["role"] = "assistant",
        ["model"] = reply.Model,
        ["content"] = content,
        ["stop_reason"] = stopReason,
        ["stop_sequence"] = null,
        ["usage"] = usage.DeepClone(),
    };

    private static string StopReason(FakeReply reply) => reply.FinishReason switch
    {
        "stop" => "end_turn",
        "tool_calls" => "tool_use",
        "length" => "max_tokens",
        "content_filter" => "refusal",
        string other => other,
    };

    private static ServerEvent Event(string type, params (string Name, JsonNode? Value)[] members)
    {
        var data = new JsonObject { ["type"] = type };
        foreach ((string name, JsonNode? value) in members)
            data[name] = value;
        return ServerEvent.Typed(data);
    }
}
