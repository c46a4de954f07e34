using System.Globalization;
using System.Text.Json.Nodes;

namespace Tandem.FakeModel;

/// <summary>OpenAI's responses.</summary>
internal sealed class ResponsesWire : Wire
{
    public override JsonArray Items(JsonObject body) => body["input"] switch
    {
        JsonArray items => items,
        JsonValue text => [new JsonObject { ["role"] = "user", ["content"] = text.ToString() }],
        _ => [],
    };

    public override JsonNode? System(JsonObject body) => body["instructions"];

    /// <summary>Functions only: what the provider runs itself is no tool of the client's.</summary>
    public override IEnumerable<FakeTool> Tools(JsonObject body) => (body["tools"] as JsonArray ?? []).OfType<JsonObject>()
        .Where(tool => (string?)tool["type"] == "function")
        .Select(tool => new FakeTool(tool["name"]?.ToString() ?? "", tool["parameters"] as JsonObject));

    public override JsonNode? AnswerSchema(JsonObject body) => (body["text"] as JsonObject)?["format"]?["schema"];

    /// <summary>An answer is several items: reasoning, messages, calls.</summary>
    protected override bool IsOfModel(JsonNode? item) =>
        (string?)item?["role"] == "assistant" || (string?)item?["type"] is "reasoning" or "function_call" or "custom_tool_call";

    /// <summary>A client may put the output of one call before the next call of the same answer. The ids of its calls show that.</summary>
    public override int Turns(JsonArray items)
    {
        int turns = 0;
        string answer = "";
        bool isRun = false;
        foreach (JsonNode? item in items)
        {
            string own = (string?)item?["type"] == "function_call" ? AnswerOf((string?)item["call_id"] ?? "") : "";
            bool isAnswer = IsAnswer(item);
            if (isAnswer)
            {
                turns += isRun || (own.Length > 0 && own == answer) ? 0 : 1;
                answer = own.Length > 0 ? own : answer;
            }
            isRun = isAnswer;
        }
        return turns;
    }

    public override JsonObject Usage(FakeTokens tokens) => new()
    {
        ["input_tokens"] = tokens.Input,
        ["input_tokens_details"] = new JsonObject { ["cached_tokens"] = tokens.Cached },
        ["output_tokens"] = tokens.Output,
        ["output_tokens_details"] = new JsonObject { ["reasoning_tokens"] = tokens.Reasoning },
        ["total_tokens"] = tokens.Input + tokens.Output,
    };

    public override JsonObject Answer(FakeReply reply) => Response(reply, Status(reply),
        [.. ResponsesItem.Of(reply).Select(item => item.Whole.DeepClone())], reply.Usage);

    public override IEnumerable<ServerEvent> Events(FakeReply reply)
    {
        int number = 0;
        ServerEvent Event(string type, params (string Name, JsonNode? Value)[] members)
        {
            var data = new JsonObject { ["type"] = type, ["sequence_number"] = number++ };
            foreach ((string name, JsonNode? value) in members)
                data[name] = value?.DeepClone();
            return ServerEvent.Typed(data);
        }

        yield return Event("response.created", ("response", Response(reply, "in_progress", [], null)));
        yield return Event("response.in_progress", ("response", Response(reply, "in_progress", [], null)));
        ResponsesItem[] items = [.. ResponsesItem.Of(reply)];
        for (int index = 0; index < items.Length; index++)
        {
            ResponsesItem item = items[index];
            (string, JsonNode?)[] place = [("item_id", item.Id), ("output_index", index), .. item.Place];
            yield return Event("response.output_item.added", ("output_index", index), ("item", item.Empty));
            if (item.Part is not null)
                yield return Event($"response.{item.PartName}.added", [.. place, ("part", item.EmptyPart)]);
            foreach (string piece in Pieces(item.Text))
                yield return Event($"response.{item.TextName}.delta", [.. place, ("delta", piece)]);
            yield return Event($"response.{item.TextName}.done", [.. place, (item.TextMember, item.Text)]);
            if (item.Part is not null)
                yield return Event($"response.{item.PartName}.done", [.. place, ("part", item.Part)]);
            yield return Event("response.output_item.done", ("output_index", index), ("item", item.Whole));
        }
        yield return Event($"response.{Status(reply)}", ("response", Answer(reply))) with { IsEnd = true };
    }

    public override JsonObject Error(int status, string? type, string message) => ChatWire.OpenAiError(type ?? "scripted", message);

    public override ServerEvent ErrorEvent(FakeReply reply, FakeAnswer.Fails fault)
    {
        JsonObject response = Response(reply, "failed", [], null);
        response["error"] = new JsonObject { ["code"] = fault.Type, ["message"] = fault.Message };
        return ServerEvent.Typed(new JsonObject { ["type"] = "response.failed", ["sequence_number"] = 99, ["response"] = response });
    }

    private static string AnswerOf(string callId) => callId.Split('_') is ["call", string answer, _] ? answer : "";

    private static string Status(FakeReply reply) => reply.FinishReason is "length" or "content_filter" ? "incomplete" : "completed";

    private static JsonObject Response(FakeReply reply, string status, JsonArray output, JsonObject? usage) => new()
    {
        ["id"] = string.Create(CultureInfo.InvariantCulture, $"resp_{reply.Request.Number}"),
        ["object"] = "response",
        ["created_at"] = Created,
        ["status"] = status,
        ["error"] = null,
        ["incomplete_details"] = status != "incomplete" ? null
            : new JsonObject { ["reason"] = reply.FinishReason == "length" ? "max_output_tokens" : reply.FinishReason },
        ["instructions"] = null,
        ["metadata"] = new JsonObject(),
        ["model"] = reply.Model,
        ["output"] = output,
        ["parallel_tool_calls"] = true,
        ["tool_choice"] = "auto",
        ["tools"] = new JsonArray(),
        ["usage"] = usage?.DeepClone(),
    };
}
