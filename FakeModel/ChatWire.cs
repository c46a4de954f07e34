using System.Globalization;
using System.Text.Json.Nodes;

namespace Tandem.FakeModel;

/// <summary>OpenAI's chat completions.</summary>
internal sealed class ChatWire : Wire
{
    public override JsonArray Items(JsonObject body) => body["messages"] as JsonArray ?? [];

    public override JsonNode? System(JsonObject body) => null;

    public override IEnumerable<FakeTool> Tools(JsonObject body) => (body["tools"] as JsonArray ?? [])
        .Where(tool => tool?["function"] is JsonObject)
        .Select(tool => new FakeTool(tool!["function"]!["name"]?.ToString() ?? "", tool["function"]!["parameters"] as JsonObject));

    public override JsonNode? AnswerSchema(JsonObject body) =>
        (body["response_format"] as JsonObject)?["json_schema"]?["schema"];

    protected override bool IsOfModel(JsonNode? item) => (string?)item?["role"] == "assistant";

    /// <summary>Each message is an answer, also where one follows another.</summary>
    public override int Turns(JsonArray items) => items.Count(IsAnswer);

    /// <summary>The prompts; an agent may add to what the user wrote before it asks again.</summary>
    public override IEnumerable<string> Opening(JsonArray items) => items.Take(2).Select(item => item?.ToJsonString() ?? "");

    public override JsonObject Usage(FakeTokens tokens)
    {
        var usage = new JsonObject
        {
            ["prompt_tokens"] = tokens.Input,
            ["completion_tokens"] = tokens.Output,
            ["total_tokens"] = tokens.Input + tokens.Output,
            ["prompt_tokens_details"] = new JsonObject { ["cached_tokens"] = tokens.Cached },
        };
        if (tokens.Reasoning > 0)
            usage["completion_tokens_details"] = new JsonObject { ["reasoning_tokens"] = tokens.Reasoning };
        return usage;
    }

    public static JsonObject Message(FakeReply reply)
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = reply.Text };
        if (reply.Thinking is not null)
            message["reasoning_content"] = reply.Thinking;
        if (reply.Calls.Count > 0)
            message["tool_calls"] = new JsonArray([.. reply.Calls.Select(call => Call(call, call.Arguments))]);
        return message;
    }

    public override JsonObject Answer(FakeReply reply) => new()
    {
        ["id"] = Id(reply),
        ["object"] = "chat.completion",
        ["created"] = Created,
        ["model"] = reply.Model,
        ["choices"] = new JsonArray(new JsonObject
        {
            ["index"] = 0,
            ["message"] = Message(reply),
            ["finish_reason"] = reply.FinishReason,
        }),
        ["usage"] = reply.Usage.DeepClone(),
    };

    public override IEnumerable<ServerEvent> Events(FakeReply reply)
    {
        yield return Delta(reply, new JsonObject { ["role"] = "assistant", ["content"] = reply.Text is null ? null : "" });
        foreach (string piece in Pieces(reply.Thinking ?? ""))
            yield return Delta(reply, new JsonObject { ["reasoning_content"] = piece });
        foreach (string piece in Pieces(reply.Text ?? ""))
            yield return Delta(reply, new JsonObject { ["content"] = piece });
        for (int index = 0; index < reply.Calls.Count; index++)
        {
            JsonObject call = Call(reply.Calls[index], "");
            call.Insert(0, "index", index);
            yield return Delta(reply, new JsonObject { ["tool_calls"] = new JsonArray(call) });
            foreach (string piece in Pieces(reply.Calls[index].Arguments))
            {
                yield return Delta(reply, new JsonObject
                {
                    ["tool_calls"] = new JsonArray(new JsonObject
                    {
                        ["index"] = index,
                        ["function"] = new JsonObject { ["arguments"] = piece },
                    }),
                });
            }
        }
        yield return Delta(reply, [], reply.FinishReason);
        if (HasUsage(reply))
        {
            JsonObject last = Chunk(reply, []);
            last["usage"] = reply.Usage.DeepClone();
            yield return new ServerEvent(null, last.ToJsonString(), IsEnd: true);
        }
        yield return new ServerEvent(null, "[DONE]", IsEnd: true);
    }

    public override JsonObject Error(int status, string? type, string message) => OpenAiError(type ?? "scripted", message);

    public override ServerEvent ErrorEvent(FakeReply reply, FakeAnswer.Fails fault) =>
        new(null, OpenAiError(fault.Type, fault.Message).ToJsonString());

    /// <summary>As OpenAI writes errors in both of its dialects.</summary>
    public static JsonObject OpenAiError(string type, string message) =>
        new() { ["error"] = new JsonObject { ["message"] = message, ["type"] = type, ["param"] = null, ["code"] = type } };

    private static string Id(FakeReply reply) => string.Create(CultureInfo.InvariantCulture, $"chatcmpl-{reply.Request.Number}");

    private static bool HasUsage(FakeReply reply) =>
        (reply.Request.Body["stream_options"] as JsonObject)?["include_usage"] is JsonValue value && value.TryGetValue(out bool wants)
        && wants;

    private static JsonObject Call(FakeToolCall call, string arguments) => new()
    {
        ["id"] = call.Id,
        ["type"] = "function",
        ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = arguments },
    };

    private static ServerEvent Delta(FakeReply reply, JsonObject delta, string? finishReason = null)
    {
        var choice = new JsonObject { ["index"] = 0, ["delta"] = delta, ["finish_reason"] = finishReason };
        return new ServerEvent(null, Chunk(reply, new JsonArray(choice)).ToJsonString(), finishReason is not null);
    }

    private static JsonObject Chunk(FakeReply reply, JsonArray choices)
    {
        var chunk = new JsonObject
        {
            ["id"] = Id(reply),
            ["object"] = "chat.completion.chunk",
            ["created"] = Created,
            ["model"] = reply.Model,
            ["choices"] = choices,
        };
        if (HasUsage(reply))
            chunk["usage"] = null;
        return chunk;
    }
}
