using System.Text.Json;
using System.Text.Json.Nodes;
using Tandem.Harness.Configuration;
using Tandem.Harness.Models;
using Tandem.Records.Runs;

namespace Tandem.Harness.Gateway.Dialects;

/// <summary>OpenAI's chat completions, as many endpoints speak it.</summary>
internal sealed class OpenAiChat : Dialect
{
    private const string Done = "[DONE]";
    private static readonly string[] s_thoughts = ["reasoning_content", "reasoning", "reasoning_details", "thinking_blocks", "refusal"];

    // By which OpenAI, DashScope, OpenRouter and xAI let a model search or read elsewhere.
    private static readonly string[] s_searches =
        ["web_search_options", "enable_search", "search_options", "plugins", "search_parameters", "web_search", "enable_code_interpreter"];

    public override ModelDialect Kind => ModelDialect.OpenAiChat;

    public override GatewayRoute? RouteOf(string method, string path) => Fixed(method, path,
        ("POST", "/v1/chat/completions", new GatewayRoute(RouteKind.Call, "/chat/completions")),
        ("GET", "/v1/models", new GatewayRoute(RouteKind.Models, "")));

    public override bool AskForUsage(GatewayRoute route, JsonObject body)
    {
        if (!Streams(route, body) || body.Part("stream_options").Flag("include_usage") == true)
            return false;
        if (body["stream_options"] is not JsonObject options)
            body["stream_options"] = options = [];
        options["include_usage"] = true;
        return true;
    }

    public override string? Reach(JsonObject body)
    {
        if (s_searches.FirstOrDefault(name => body[name] is JsonNode member && !IsOff(member)) is string search)
            return search;
        // A tool without a type is one of the client's if it has a function.
        string? tool = (body.List("tools") ?? []).Where(one => one.Text("type") is not ("function" or "custom")
            && !(one.Text("type") is null && one.Part("function") is not null)).Select(one => one.Text("type") ?? "none").FirstOrDefault();
        return tool is not null ? $"a tool of type '{tool}'" : Turns(body).Select(UrlIn).FirstOrDefault(found => found is not null);
    }

    public override JsonArray Turns(JsonObject body) => body.List("messages") ?? [];

    public override void Insert(JsonArray turns, int at, string text) =>
        turns.Insert(at, new JsonObject { ["role"] = "user", ["content"] = text });

    public override IEnumerable<ToolOutput> ToolOutputs(JsonArray turns) => turns.Where(turn => turn.Text("role") == "tool")
        .Select(turn => new ToolOutput(turn.Text("tool_call_id") ?? "", null, JsonParts.TextOf(turn!["content"])));

    public override byte[] ErrorBody(int status, string message) => OpenAiError(message);

    public override (string Name, string Value) KeyHeader(string key) => ("Authorization", "Bearer " + key);

    public override void Read(JsonObject body, GatewayAnswer answer)
    {
        ReadChunk(body, answer, "message");
        answer.IsEnded = body.List("choices")?.FirstOrDefault().Part("message") is not null;
    }

    public override void ReadEvent(string data, GatewayAnswer answer)
    {
        if (data == Done)
            answer.IsEnded = answer.HasBegun || answer.FinishReason is not null;
        else if (JsonNode.Parse(data) is JsonObject chunk)
            ReadChunk(chunk, answer, "delta");
    }

    // Some servers leave out the last line.
    public override bool IsWholeAtEnd(GatewayAnswer answer) => answer.IsEnded || answer.FinishReason is not null;

    /// <summary>The body of an error as OpenAI's protocols have it.</summary>
    internal static byte[] OpenAiError(string message) => JsonSerializer.SerializeToUtf8Bytes(new JsonObject
    {
        ["error"] = new JsonObject { ["message"] = message, ["type"] = "invalid_request_error", ["param"] = null, ["code"] = null },
    });

    private static void ReadChunk(JsonObject chunk, GatewayAnswer answer, string part)
    {
        if (chunk.Part("usage") is JsonObject usage)
            answer.Tokens = UsageOf(usage);
        JsonNode? choice = chunk.List("choices")?.FirstOrDefault();
        if (chunk["error"] is not null || choice.Part("error") is not null)
            answer.Error = EndpointError.Read((chunk["error"] is not null ? chunk : choice!).Deserialize<JsonElement>());
        answer.FinishReason = choice.Text("finish_reason") ?? answer.FinishReason;
        JsonObject? said = choice.Part(part);
        if (said is null)
            return;
        answer.Say(JsonParts.AsText(said["content"]));
        if (s_thoughts.Any(name => said[name] is not null && JsonParts.TextOf(said[name]).Length > 0))
            answer.Begin();
        foreach (JsonNode? call in said.List("tool_calls") ?? [])
        {
            JsonObject? function = call.Part("function") ?? call.Part("custom");
            string? arguments = function.Text("arguments") ?? function.Text("input") ?? function.Part("arguments")?.ToJsonString();
            int index = call is JsonObject members && members["index"] is JsonValue value && value.TryGetValue(out int at) && at >= 0 ? at
                : answer.NextCall;
            answer.CallTool(index, call.Text("id"), function.Text("name"), arguments);
        }
    }

    private static bool IsOff(JsonNode member) => member is JsonArray { Count: 0 }
        || (member is JsonValue value && value.TryGetValue(out bool flag) && !flag);

    private static TokenCounts? UsageOf(JsonObject usage) =>
        UsageReader.Read(new JsonObject { ["usage"] = usage.DeepClone() }.Deserialize<JsonElement>());

    private static string? UrlIn(JsonNode? turn) => (turn.List("content") ?? []).Select(part => part.Text("type") switch
    {
        "image_url" => Remote(part.Part("image_url").Text("url") ?? part.Text("image_url")),
        "video_url" => Remote(part.Part("video_url").Text("url") ?? part.Text("video_url")),
        "file" when part.Part("file").Text("file_url") is string url => Remote(url),
        _ => null,
    }).FirstOrDefault(found => found is not null);

    /// <summary>What is said of content that the provider would fetch; null for content that stands in the request.</summary>
    internal static string? Remote(string? url) =>
        url is null || url.StartsWith("data:", StringComparison.OrdinalIgnoreCase) ? null : "content by its address";
}
