using System.Globalization;
using System.Text.Json.Nodes;

namespace Tandem.FakeModel;

/// <summary>Gemini's generateContent.</summary>
internal sealed class GenerateWire : Wire
{
    public override JsonArray Items(JsonObject body) => body["contents"] as JsonArray ?? [];

    public override JsonNode? System(JsonObject body) => body["systemInstruction"] ?? body["system_instruction"];

    public override IEnumerable<FakeTool> Tools(JsonObject body) => (body["tools"] as JsonArray ?? []).OfType<JsonObject>()
        .SelectMany(tool => tool["functionDeclarations"] as JsonArray ?? []).OfType<JsonObject>()
        .Select(tool => new FakeTool(tool["name"]?.ToString() ?? "", (tool["parametersJsonSchema"] ?? tool["parameters"]) as JsonObject));

    public override JsonNode? AnswerSchema(JsonObject body) => body["generationConfig"] is JsonObject config
        ? config["responseJsonSchema"] ?? config["responseSchema"] : null;

    protected override bool IsOfModel(JsonNode? item) => (string?)item?["role"] == "model";

    public override JsonObject Usage(FakeTokens tokens) => new()
    {
        ["promptTokenCount"] = tokens.Input,
        ["cachedContentTokenCount"] = tokens.Cached,
        ["candidatesTokenCount"] = tokens.Output - tokens.Reasoning,
        ["thoughtsTokenCount"] = tokens.Reasoning,
        ["totalTokenCount"] = tokens.Input + tokens.Output,
    };

    public override JsonObject Answer(FakeReply reply) => Chunk(reply, [.. Parts(reply, text => [text])], isLast: true);

    public override IEnumerable<ServerEvent> Events(FakeReply reply)
    {
        foreach (JsonObject part in Parts(reply, Pieces))
            yield return new ServerEvent(null, Chunk(reply, [part], isLast: false).ToJsonString());
        // Gemini says the usage and the reason for the end with a last part, which may be empty.
        yield return new ServerEvent(null, Chunk(reply, [new JsonObject { ["text"] = "" }], isLast: true).ToJsonString(), IsEnd: true);
    }

    public override JsonObject Error(int status, string? type, string message) => new()
    {
        ["error"] = new JsonObject
        {
            ["code"] = status,
            ["message"] = message,
            ["status"] = type ?? status switch
            {
                401 => "UNAUTHENTICATED",
                403 => "PERMISSION_DENIED",
                404 => "NOT_FOUND",
                429 => "RESOURCE_EXHAUSTED",
                503 => "UNAVAILABLE",
                504 => "DEADLINE_EXCEEDED",
                >= 500 => "INTERNAL",
                _ => "INVALID_ARGUMENT",
            },
        },
    };

    public override ServerEvent ErrorEvent(FakeReply reply, FakeAnswer.Fails fault) =>
        new(null, Error(fault.Code, fault.Type, fault.Message).ToJsonString());

    private static IEnumerable<JsonObject> Parts(FakeReply reply, Func<string, IEnumerable<string>> pieces)
    {
        foreach (string piece in reply.Thinking is null ? [] : pieces(reply.Thinking))
            yield return new JsonObject { ["text"] = piece, ["thought"] = true };
        foreach (string piece in reply.Text is null ? [] : pieces(reply.Text))
            yield return new JsonObject { ["text"] = piece };
        foreach (FakeToolCall call in reply.Calls)
            yield return new JsonObject { ["functionCall"] = new JsonObject { ["name"] = call.Name, ["args"] = Arguments(call) } };
    }

    private static JsonObject Chunk(FakeReply reply, JsonArray parts, bool isLast)
    {
        var candidate = new JsonObject { ["content"] = new JsonObject { ["role"] = "model", ["parts"] = parts }, ["index"] = 0 };
        var chunk = new JsonObject { ["candidates"] = new JsonArray(candidate) };
        if (isLast)
        {
            candidate["finishReason"] = reply.FinishReason switch
            {
                "stop" or "tool_calls" => "STOP",
                "length" => "MAX_TOKENS",
                "content_filter" => "SAFETY",
                string other => other,
            };
            chunk["usageMetadata"] = reply.Usage.DeepClone();
        }
        chunk["modelVersion"] = reply.Model;
        chunk["responseId"] = string.Create(CultureInfo.InvariantCulture, $"gen-{reply.Request.Number}");
        return chunk;
    }
}
