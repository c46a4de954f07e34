using System.Text.Json;
using System.Text.Json.Nodes;
using Tandem.Harness.Configuration;
using Tandem.Harness.Models;
using Tandem.Records.Runs;

namespace Tandem.Harness.Gateway.Dialects;

/// <summary>OpenAI's responses. A stream ends with the whole response, so that its events need no putting together.</summary>
internal sealed class OpenAiResponses : Dialect
{
    // What the client itself runs, however it is declared.
    private static readonly string[] s_ofClient =
        ["function", "custom", "namespace", "local_shell", "shell", "apply_patch", "tool_search", "computer", "computer_use_preview"];

    private static readonly string[] s_outputs =
        ["function_call_output", "custom_tool_call_output", "local_shell_call_output", "shell_call_output", "apply_patch_call_output"];

    public override ModelDialect Kind => ModelDialect.OpenAiResponses;

    public override GatewayRoute? RouteOf(string method, string path) => Fixed(method, path,
        ("POST", "/v1/responses", new GatewayRoute(RouteKind.Call, "/responses")),
        ("GET", "/v1/models", new GatewayRoute(RouteKind.Models, "")));

    public override string? Reach(JsonObject body)
    {
        if (body["prompt"] is JsonObject)
            return "a prompt that the provider keeps";
        if (body.Flag("background") == true || body["previous_response_id"] is JsonValue || body["conversation"] is not null)
            return "a conversation that the provider keeps";
        return ToolThatReaches(body.List("tools")) ?? Turns(body).Select(UrlIn).FirstOrDefault(found => found is not null);
    }

    public override JsonArray Turns(JsonObject body)
    {
        if (body.List("input") is JsonArray input)
            return input;
        // A text alone is the user's; the list that stands for it says the same.
        var turns = new JsonArray();
        if (body.Text("input") is string text)
        {
            Insert(turns, 0, text);
            body["input"] = turns;
        }
        return turns;
    }

    public override void Insert(JsonArray turns, int at, string text) => turns.Insert(at, new JsonObject
    {
        ["type"] = "message",
        ["role"] = "user",
        ["content"] = new JsonArray(new JsonObject { ["type"] = "input_text", ["text"] = text }),
    });

    public override IEnumerable<ToolOutput> ToolOutputs(JsonArray turns) => turns.Where(turn => s_outputs.Contains(turn.Text("type")))
        .Select(turn => new ToolOutput(turn.Text("call_id") ?? "", null, JsonParts.TextOf(turn!["output"])));

    public override byte[] ErrorBody(int status, string message) => OpenAiChat.OpenAiError(message);

    public override (string Name, string Value) KeyHeader(string key) => ("Authorization", "Bearer " + key);

    public override void Read(JsonObject body, GatewayAnswer answer)
    {
        if (body.Part("error") is not null)
            answer.Error = EndpointError.Read(body.Deserialize<JsonElement>());
        if (body.Text("status") is not ("completed" or "incomplete"))
            return;
        foreach (JsonNode? item in body.List("output") ?? [])
        {
            if (item.Text("type") == "message")
                answer.Say(JsonParts.TextOf(item!["content"]));
            else if (item.Text("call_id") is string id)
                answer.CallTool(answer.NextCall, id, item.Text("name") ?? item.Text("type"),
                    item.Text("arguments") ?? item.Text("input") ?? item.Part("action")?.ToJsonString());
        }
        answer.FinishReason = body.Part("incomplete_details").Text("reason") ?? body.Text("status");
        answer.Tokens = UsageOf(body);
        answer.IsEnded = true;
    }

    public override void ReadEvent(string data, GatewayAnswer answer)
    {
        if (JsonNode.Parse(data) is not JsonObject happened)
            return;
        switch (happened.Text("type"))
        {
            case "response.completed" or "response.incomplete":
                Read(happened.Part("response") ?? [], answer);
                break;
            case "response.failed":
                answer.Tokens = UsageOf(happened.Part("response"));
                answer.Error = EndpointError.Read((happened.Part("response") ?? []).Deserialize<JsonElement>());
                break;
            case "error":
                answer.Error = EndpointError.Read(happened.Deserialize<JsonElement>());
                break;
            case "response.created" or "response.in_progress" or "response.queued":
                break;
            default:
                answer.Begin();
                break;
        }
    }

    private static TokenCounts? UsageOf(JsonNode? response)
    {
        JsonObject? usage = response.Part("usage");
        return usage.Tokens("input_tokens") is long input && usage.Tokens("output_tokens") is long output
            ? new TokenCounts(input, output, usage.Part("input_tokens_details").Tokens("cached_tokens"),
                usage.Part("input_tokens_details").Tokens("cache_write_tokens"))
            : null;
    }

    private static string? ToolThatReaches(JsonArray? tools)
    {
        foreach (JsonNode? tool in tools ?? [])
        {
            string type = tool.Text("type") ?? "";
            if (!s_ofClient.Contains(type) || (type == "shell" && tool.Part("environment").Text("type") is not (null or "local")))
                return $"a tool of type '{type}'";
            if (type == "namespace" && ToolThatReaches(tool.List("tools")) is string inner)
                return inner;
        }
        return null;
    }

    private static string? UrlIn(JsonNode? turn) => (turn.List("content") ?? turn.List("output") ?? [])
        .Select(part => part.Text("type") switch
    {
        "input_image" when part.Text("file_id") is null => OpenAiChat.Remote(part.Text("image_url")),
        "input_file" when part.Text("file_url") is string url => OpenAiChat.Remote(url),
        _ => part.Text("file_id") is null ? null : "a file that the provider keeps",
    }).FirstOrDefault(found => found is not null);
}
