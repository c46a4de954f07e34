using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Tandem.Harness.Configuration;
using Tandem.Harness.Models;
using Tandem.Records.Runs;

namespace Tandem.Harness.Gateway.Dialects;

/// <summary>Gemini's generateContent. The model stands in the path; each event of a stream is an answer in small.</summary>
internal sealed partial class GeminiContent : Dialect
{
    public override ModelDialect Kind => ModelDialect.GeminiContent;

    public override GatewayRoute? RouteOf(string method, string path)
    {
        if (method == "GET" && path is "/v1beta/models")
            return new GatewayRoute(RouteKind.Models, "");
        if (method != "POST" || Method().Match(path) is not { Success: true } match)
            return null;
        string model = Uri.UnescapeDataString(match.Groups["model"].Value);
        string verb = match.Groups["verb"].Value;
        return verb == "countTokens" ? new GatewayRoute(RouteKind.CountTokens, PathOf(model, verb), model, Streams: false)
            : new GatewayRoute(RouteKind.Call, PathOf(model, verb), model, verb == "streamGenerateContent");
    }

    public override string? ModelOf(GatewayRoute route, JsonObject body) => route.Model;

    public override GatewayRoute WithModel(GatewayRoute route, JsonObject body, string model) =>
        route with { Model = model, UpstreamPath = PathOf(model, route.UpstreamPath[(route.UpstreamPath.LastIndexOf(':') + 1)..]) };

    public override bool Streams(GatewayRoute route, JsonObject body) => route.Streams == true;

    public override string? Reach(JsonObject body)
    {
        // Each member of a tool is a tool: the client's own are the declared functions.
        string? tool = (body.List("tools") ?? []).SelectMany(one => one is JsonObject members ? members.Select(member => member.Key) : [])
            .FirstOrDefault(name => name is not ("functionDeclarations" or "function_declarations"));
        if (tool is not null)
            return $"a tool of type '{tool}'";
        if (body["cachedContent"] is not null || body["cached_content"] is not null)
            return "content that the provider keeps";
        JsonNode? system = body["systemInstruction"] ?? body["system_instruction"];
        return Parts(Turns(body)).Concat(system.List("parts") ?? [])
            .Any(part => part.Part("fileData") is not null || part.Part("file_data") is not null) ? "content by its address" : null;
    }

    public override JsonArray Turns(JsonObject body) => body.List("contents") ?? [];

    public override void Insert(JsonArray turns, int at, string text)
    {
        var part = new JsonObject { ["text"] = text };
        // What functions gave must follow their calls at once, in one turn.
        if (at > 0 && turns[at - 1].Text("role") is "user" or "function" && turns[at - 1].List("parts") is JsonArray parts)
            parts.Add(part);
        else
            turns.Insert(at, new JsonObject { ["role"] = "user", ["parts"] = new JsonArray(part) });
    }

    public override IEnumerable<ToolOutput> ToolOutputs(JsonArray turns) => Parts(turns)
        .Select(part => part.Part("functionResponse")).OfType<JsonObject>()
        .Select(given => new ToolOutput(given.Text("id") ?? "", given.Text("name"),
            given.Part("response").Text("output") ?? given.Part("response").Text("error") ?? given.Part("response")?.ToJsonString() ?? ""));

    public override byte[] ErrorBody(int status, string message) => JsonSerializer.SerializeToUtf8Bytes(new JsonObject
    {
        ["error"] = new JsonObject
        {
            ["code"] = status,
            ["message"] = message,
            ["status"] = status == 401 ? "UNAUTHENTICATED" : "INVALID_ARGUMENT",
        },
    });

    public override (string Name, string Value) KeyHeader(string key) => ("x-goog-api-key", key);

    public override string? TokenOf(Func<string, string?> header, Func<string, string?> query) =>
        header("x-goog-api-key")?.Trim() ?? query("key") ?? base.TokenOf(header, query);

    public override void Read(JsonObject body, GatewayAnswer answer)
    {
        if (body.Part("error") is not null)
            answer.Error = EndpointError.Read(body.Deserialize<JsonElement>());
        JsonNode? candidate = body.List("candidates")?.FirstOrDefault();
        foreach (JsonNode? part in candidate.Part("content").List("parts") ?? [])
        {
            if (part.Part("functionCall") is JsonObject call)
                answer.CallTool(answer.NextCall, call.Text("id"), call.Text("name"), call.Part("args")?.ToJsonString() ?? "{}");
            else if (part.Flag("thought") == true)
                answer.Begin();
            else
                answer.Say(part.Text("text"));
        }
        answer.FinishReason = candidate.Text("finishReason") ?? body.Part("promptFeedback").Text("blockReason") ?? answer.FinishReason;
        answer.IsEnded |= answer.FinishReason is not null;
        answer.Tokens = UsageOf(body.Part("usageMetadata")) ?? answer.Tokens;
    }

    public override void ReadEvent(string data, GatewayAnswer answer)
    {
        if (JsonNode.Parse(data) is JsonObject chunk)
            Read(chunk, answer);
    }

    public override JsonObject ModelList(string model) => new()
    {
        ["models"] = new JsonArray(new JsonObject
        {
            ["name"] = "models/" + model,
            ["displayName"] = model,
            ["supportedGenerationMethods"] = new JsonArray("generateContent", "countTokens"),
        }),
    };

    /// <summary>The thoughts are counted apart from the answer, and paid like it.</summary>
    private static TokenCounts? UsageOf(JsonObject? usage) => usage.Tokens("promptTokenCount") is not long input ? null
        : new TokenCounts(input + (usage.Tokens("toolUsePromptTokenCount") ?? 0),
            (usage.Tokens("candidatesTokenCount") ?? 0) + (usage.Tokens("thoughtsTokenCount") ?? 0),
            usage.Tokens("cachedContentTokenCount"), null);

    private static IEnumerable<JsonNode?> Parts(JsonArray turns) => turns.SelectMany(turn => turn.List("parts") ?? []);

    private static string PathOf(string model, string verb) => $"/models/{Uri.EscapeDataString(model)}:{verb}";

    [GeneratedRegex("^/v1beta/models/(?<model>[^/:]+):(?<verb>generateContent|streamGenerateContent|countTokens)$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Method();
}
