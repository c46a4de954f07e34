using System.Text.Json;
using System.Text.Json.Nodes;
using Tandem.Harness.Configuration;
using Tandem.Harness.Models;
using Tandem.Records.Runs;

namespace Tandem.Harness.Gateway.Dialects;

/// <summary>Anthropic's messages.</summary>
internal sealed class AnthropicMessages : Dialect
{
    // Tools of the client's own have no type; these the client runs as well.
    private static readonly string[] s_ofClient = ["custom", "bash_", "text_editor_", "computer_", "memory_"];

    private static readonly string[] s_ofProvider = ["web_search", "web_fetch", "code_execution", "tool_search", "mcp"];

    public override ModelDialect Kind => ModelDialect.AnthropicMessages;

    public override GatewayRoute? RouteOf(string method, string path) => Fixed(method, path,
        ("POST", "/v1/messages", new GatewayRoute(RouteKind.Call, "/messages")),
        ("POST", "/v1/messages/count_tokens", new GatewayRoute(RouteKind.CountTokens, "/messages/count_tokens")),
        ("GET", "/v1/models", new GatewayRoute(RouteKind.Models, "")),
        ("HEAD", "", new GatewayRoute(RouteKind.Probe, "")));

    public override string? Reach(JsonObject body)
    {
        if (body.List("mcp_servers") is { Count: > 0 })
            return "mcp_servers";
        if (body["container"] is not null)
            return "a container of the provider";
        string? tool = (body.List("tools") ?? []).Select(one => one.Text("type"))
            .FirstOrDefault(type => type is not null && (s_ofProvider.Any(name => type.StartsWith(name, StringComparison.Ordinal))
                || !s_ofClient.Any(name => type.StartsWith(name, StringComparison.Ordinal))));
        return tool is not null ? $"a tool of type '{tool}'" : Turns(body).Select(UrlIn).FirstOrDefault(found => found is not null);
    }

    public override JsonArray Turns(JsonObject body) => body.List("messages") ?? [];

    public override void Insert(JsonArray turns, int at, string text)
    {
        var block = new JsonObject { ["type"] = "text", ["text"] = text };
        // Two turns of the user in a row are refused by some servers that speak this dialect.
        if (at == 0 || turns[at - 1] is not JsonObject before || before.Text("role") != "user")
        {
            turns.Insert(at, new JsonObject { ["role"] = "user", ["content"] = new JsonArray(block) });
            return;
        }
        if (before["content"] is not JsonArray blocks)
            before["content"] = blocks = [new JsonObject { ["type"] = "text", ["text"] = JsonParts.TextOf(before["content"]) }];
        blocks.Add(block);
    }

    public override IEnumerable<ToolOutput> ToolOutputs(JsonArray turns) => turns.SelectMany(turn => turn.List("content") ?? [])
        .Where(block => block.Text("type") == "tool_result")
        .Select(block => new ToolOutput(block.Text("tool_use_id") ?? "", null, JsonParts.TextOf(block!["content"])));

    public override byte[] ErrorBody(int status, string message) => JsonSerializer.SerializeToUtf8Bytes(new JsonObject
    {
        ["type"] = "error",
        ["error"] = new JsonObject { ["type"] = status == 401 ? "authentication_error" : "invalid_request_error", ["message"] = message },
    });

    public override (string Name, string Value) KeyHeader(string key) => ("x-api-key", key);

    public override string? TokenOf(Func<string, string?> header, Func<string, string?> query) =>
        header("x-api-key")?.Trim() ?? base.TokenOf(header, query);

    public override void Read(JsonObject body, GatewayAnswer answer)
    {
        if (body.Part("error") is not null)
            answer.Error = EndpointError.Read(body.Deserialize<JsonElement>());
        foreach (JsonNode? block in body.List("content") ?? [])
            Begin(answer.NextCall, block, answer, block.Part("input")?.ToJsonString() ?? "");
        answer.FinishReason = body.Text("stop_reason");
        answer.Tokens = UsageOf(body.Part("usage"), null);
        answer.IsEnded = body.List("content") is not null;
    }

    public override void ReadEvent(string data, GatewayAnswer answer)
    {
        if (JsonNode.Parse(data) is not JsonObject happened)
            return;
        int index = happened["index"] is JsonValue value && value.TryGetValue(out int at) ? at : 0;
        switch (happened.Text("type"))
        {
            case "message_start":
                answer.Tokens = UsageOf(happened.Part("message").Part("usage"), null);
                break;
            case "content_block_start":
                Begin(index, happened["content_block"], answer, "");
                break;
            case "content_block_delta" when happened.Part("delta").Text("type") == "text_delta":
                answer.Say(happened.Part("delta").Text("text"));
                break;
            case "content_block_delta" when happened.Part("delta").Text("type") == "input_json_delta":
                answer.CallTool(index, null, null, happened.Part("delta").Text("partial_json"));
                break;
            case "content_block_delta" when happened.Part("delta").Text("type") is "thinking_delta" or "signature_delta":
                answer.Begin();
                break;
            case "message_delta":
                answer.FinishReason = happened.Part("delta").Text("stop_reason") ?? answer.FinishReason;
                answer.Tokens = UsageOf(happened.Part("usage"), answer.Tokens);
                break;
            case "message_stop":
                answer.IsEnded = true;
                break;
            case "error":
                answer.Error = EndpointError.Read(happened.Deserialize<JsonElement>());
                break;
        }
    }

    public override JsonObject ModelList(string model) => new()
    {
        ["data"] = new JsonArray(new JsonObject { ["type"] = "model", ["id"] = model, ["display_name"] = model }),
        ["has_more"] = false,
        ["first_id"] = model,
        ["last_id"] = model,
    };

    private static void Begin(int index, JsonNode? block, GatewayAnswer answer, string input)
    {
        if (block.Text("type") == "tool_use")
            answer.CallTool(index, block.Text("id"), block.Text("name"), input);
        else
            answer.Say(block.Text("type") == "text" ? block.Text("text") : null);
    }

    /// <summary>The dialect counts what a cache read or took apart from the input; <see cref="TokenCounts.Input"/> holds all.</summary>
    /// <param name="usage">What is said now.</param>
    /// <param name="before">What was said before; what is not said again stays.</param>
    private static TokenCounts? UsageOf(JsonObject? usage, TokenCounts? before)
    {
        long? read = usage.Tokens("cache_read_input_tokens") ?? before?.CacheRead;
        long? written = usage.Tokens("cache_creation_input_tokens") ?? before?.CacheWrite;
        long? plain = usage.Tokens("input_tokens") ?? (before is null ? null : before.Input - (before.CacheRead ?? 0)
            - (before.CacheWrite ?? 0));
        long? output = usage.Tokens("output_tokens") ?? before?.Output;
        return plain is null || output is null ? before
            : new TokenCounts(plain.Value + (read ?? 0) + (written ?? 0), output.Value, read, written);
    }

    private static string? UrlIn(JsonNode? turn)
    {
        foreach (JsonNode? block in turn.List("content") ?? [])
        {
            JsonObject? source = block.Part("source");
            if (source.Text("type") is "url" or "file" || block.Text("type") == "container_upload")
                return "content by its address";
            if (UrlIn(source) is string within)
                return within;
            if (block.Text("type") == "tool_result" && UrlIn(block) is string inner)
                return inner;
        }
        return null;
    }
}
