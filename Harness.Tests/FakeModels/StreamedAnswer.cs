using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using Tandem.FakeModel;

namespace Tandem.Harness.Tests.FakeModels;

/// <summary>Puts the events of a stream together, so that they can be read as the answer without a stream.</summary>
internal static class StreamedAnswer
{
    /// <summary>The events up to the stream's end.</summary>
    /// <exception cref="HttpIOException">The stream was cut.</exception>
    public static async IAsyncEnumerable<SseItem<string>> ReadAsync(HttpResponseMessage response)
    {
        await foreach (SseItem<string> item in SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync())
            yield return item;
    }

    public static JsonObject Whole(FakeDialect dialect, IReadOnlyList<SseItem<string>> events) => dialect switch
    {
        FakeDialect.Chat => WholeChat(events),
        FakeDialect.Responses => WholeResponses(events),
        FakeDialect.Messages => WholeMessages(events),
        _ => WholeGenerate(events),
    };

    private static JsonObject WholeChat(IReadOnlyList<SseItem<string>> events)
    {
        if (events[^1].Data != "[DONE]")
            throw new InvalidDataException(events[^1].Data);
        var message = new JsonObject();
        var calls = new JsonArray();
        JsonNode? finish = null;
        JsonNode? usage = null;
        foreach (JsonNode chunk in events.SkipLast(1).Select(item => JsonNode.Parse(item.Data)!))
        {
            usage = chunk["usage"] ?? usage;
            if (chunk["choices"]!.AsArray() is not [JsonNode choice])
                continue;
            finish = choice["finish_reason"] ?? finish;
            foreach ((string name, JsonNode? value) in choice["delta"]!.AsObject())
            {
                if (name != "tool_calls")
                {
                    message[name] = message[name]?.ToString() + value?.ToString();
                    continue;
                }
                JsonNode call = value![0]!;
                if ((int)call["index"]! == calls.Count)
                    calls.Add(call.DeepClone());
                else
                    JoinArguments(calls[^1]!["function"]!, (string)call["function"]!["arguments"]!);
            }
        }
        if (calls.Count > 0)
            message["tool_calls"] = calls;
        var whole = new JsonObject { ["message"] = message, ["finish_reason"] = finish?.DeepClone() };
        return new JsonObject { ["choices"] = new JsonArray(whole), ["usage"] = usage?.DeepClone() };
    }

    private static void JoinArguments(JsonNode function, string piece) =>
        function["arguments"] = (string)function["arguments"]! + piece;

    private static JsonObject WholeResponses(IReadOnlyList<SseItem<string>> events)
    {
        JsonObject[] all = [.. events.Select(item => JsonNode.Parse(item.Data)!.AsObject())];
        if (!all.Select(item => (int)item["sequence_number"]!).SequenceEqual(Enumerable.Range(0, all.Length))
            || !all.Select(item => (string)item["type"]!).SequenceEqual(events.Select(item => item.EventType)))
        {
            throw new InvalidDataException("The events are not numbered in their order, or named otherwise than typed.");
        }
        JsonNode response = all[^1]["response"]!;
        foreach (JsonNode item in response["output"]!.AsArray().Select(item => item!))
        {
            // What came bit by bit is what is said in the end.
            string text = string.Concat(all.Where(one => (string?)one["item_id"] == (string)item["id"]! && one.ContainsKey("delta"))
                .Select(one => (string)one["delta"]!));
            string said = (string)(item["arguments"] ?? item["content"]?[0]!["text"] ?? item["summary"]![0]!["text"])!;
            if (text != said)
                throw new InvalidDataException($"The deltas are '{text}', the item '{said}'.");
        }
        return response.DeepClone().AsObject();
    }

    private static JsonObject WholeMessages(IReadOnlyList<SseItem<string>> events)
    {
        JsonObject? message = null;
        string input = "";
        foreach (SseItem<string> item in events)
        {
            JsonNode data = JsonNode.Parse(item.Data)!;
            JsonArray content = message?["content"]!.AsArray() ?? [];
            switch (item.EventType)
            {
                case "message_start":
                    message = data["message"]!.DeepClone().AsObject();
                    break;
                case "content_block_start":
                    content.Add(data["content_block"]!.DeepClone());
                    input = "";
                    break;
                case "content_block_delta" when (string)data["delta"]!["type"]! == "input_json_delta":
                    input += (string)data["delta"]!["partial_json"]!;
                    break;
                case "content_block_delta":
                    (string name, JsonNode? value) = data["delta"]!.AsObject().Single(member => member.Key != "type");
                    JsonNode block = content[(int)data["index"]!]!;
                    block[name] = (string?)block[name] + (string)value!;
                    break;
                case "content_block_stop" when input.Length > 0:
                    content[^1]!["input"] = JsonNode.Parse(input);
                    break;
                case "message_delta":
                    message!["stop_reason"] = data["delta"]!["stop_reason"]!.DeepClone();
                    message["usage"] = data["usage"]!.DeepClone();
                    break;
                case "message_stop":
                    return message!;
                default:
                    break;
            }
        }
        throw new InvalidDataException("The stream has no message_stop.");
    }

    private static JsonObject WholeGenerate(IReadOnlyList<SseItem<string>> events)
    {
        JsonObject[] chunks = [.. events.Select(item => JsonNode.Parse(item.Data)!.AsObject())];
        JsonObject last = chunks[^1].DeepClone().AsObject();
        IEnumerable<JsonNode?> parts = chunks.SelectMany(chunk => chunk["candidates"]![0]!["content"]!["parts"]!.AsArray());
        last["candidates"]![0]!["content"]!["parts"] = new JsonArray([.. parts.Select(part => part!.DeepClone())]);
        return last;
    }
}
