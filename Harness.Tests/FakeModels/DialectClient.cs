using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using Tandem.FakeModel;

namespace Tandem.Harness.Tests.FakeModels;

/// <summary>A client of one dialect that holds a conversation with a fake model, by nothing but HTTP.</summary>
internal sealed class DialectClient(Uri server, FakeDialect dialect, bool streams) : IDisposable
{
    public DialectClient(FakeModelServer server, FakeDialect dialect, bool streams)
        : this(server.BaseUrl, dialect, streams)
    {
    }

    /// <summary>What it shows as its key, in the dialect's header; null shows none.</summary>
    public string? Key { get; init; }

    /// <summary>The model that it names.</summary>
    public string Model { get; init; } = "model-1";

    /// <summary>Further members of its requests.</summary>
    public JsonObject More { get; init; } = [];

    private readonly HttpClient _http = new();

    /// <summary>What stands before the path of a call; <c>/agent/ID</c>, for example.</summary>
    public string Prefix { get; init; } = "";

    public string? AgentHeader { get; init; }

    /// <summary>The tool's name and its schema; a null name offers no tool.</summary>
    public (string? Name, string Schema) Tool { get; init; } =
        ("bash", """{ "type": "object", "properties": { "command": { "type": "string" }, "timeout": { "type": "number" } } }""");

    /// <summary>The schema that answers must follow; null is none.</summary>
    public string? AnswerSchema { get; init; }

    public List<JsonNode> History { get; } = [];

    /// <summary>All dialects, with a stream and without.</summary>
    public static IEnumerable<(FakeDialect, bool)> All =>
        Enum.GetValues<FakeDialect>().SelectMany(dialect => new[] { (dialect, false), (dialect, true) });

    /// <summary>Asks, reads the answer and puts it and the results of its calls into the conversation.</summary>
    public async Task<Said> AskAsync(CancellationToken stop)
    {
        using HttpResponseMessage response = await SendAsync(stop);
        response.EnsureSuccessStatusCode();
        JsonObject answer;
        if (streams)
        {
            List<SseItem<string>> events = await StreamedAnswer.ReadAsync(response).ToListAsync(stop);
            answer = StreamedAnswer.Whole(dialect, events);
        }
        else
        {
            answer = (await response.Content.ReadFromJsonAsync<JsonObject>(stop))!;
        }
        var said = Said.Read(dialect, answer);
        History.AddRange(said.History);
        return said;
    }

    /// <summary>Returns as soon as the headers have come.</summary>
    public Task<HttpResponseMessage> SendAsync(CancellationToken stop)
    {
        string path = dialect switch
        {
            FakeDialect.Chat => "/v1/chat/completions",
            FakeDialect.Responses => "/v1/responses",
            FakeDialect.Messages => "/v1/messages?beta=true",
            _ => streams ? $"/v1beta/models/{Model}:streamGenerateContent?alt=sse" : $"/v1beta/models/{Model}:generateContent",
        };
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, Prefix + path))
        {
            Content = JsonContent.Create(Body()),
        };
        if (Key is not null)
            request.Headers.Add(dialect switch
            {
                FakeDialect.Messages => "x-api-key",
                FakeDialect.Generate => "x-goog-api-key",
                _ => "Authorization",
            }, dialect is FakeDialect.Messages or FakeDialect.Generate ? Key : "Bearer " + Key);
        if (AgentHeader is not null)
            request.Headers.Add(FakeRequest.AgentHeader, AgentHeader);
        return _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
    }

    public void Dispose() => _http.Dispose();

    private JsonObject Body()
    {
        const string Prompt = "You are solo.";
        var user = new JsonObject { ["role"] = "user", ["content"] = "Go." };
        JsonNode[] history = [.. History.Select(item => item.DeepClone())];
        var body = new JsonObject { ["model"] = Model, ["stream"] = streams };
        switch (dialect)
        {
            case FakeDialect.Chat:
                body["messages"] = new JsonArray([new JsonObject { ["role"] = "system", ["content"] = Prompt }, user, .. history]);
                body["stream_options"] = new JsonObject { ["include_usage"] = true };
                Set(body, "response_format", schema => new JsonObject { ["json_schema"] = new JsonObject { ["schema"] = schema } });
                break;
            case FakeDialect.Responses:
                body["instructions"] = Prompt;
                body["input"] = new JsonArray([user, .. history]);
                Set(body, "text", schema => new JsonObject { ["format"] = new JsonObject { ["schema"] = schema } });
                break;
            case FakeDialect.Messages:
                body["system"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = Prompt });
                body["messages"] = new JsonArray([user, .. history]);
                Set(body, "output_config", schema => new JsonObject { ["format"] = new JsonObject { ["schema"] = schema } });
                break;
            default:
                body.Clear();
                body["systemInstruction"] = new JsonObject { ["parts"] = new JsonArray(new JsonObject { ["text"] = Prompt }) };
                user = new JsonObject { ["role"] = "user", ["parts"] = new JsonArray(new JsonObject { ["text"] = "Go." }) };
                body["contents"] = new JsonArray([user, .. history]);
                Set(body, "generationConfig", schema => new JsonObject { ["responseJsonSchema"] = schema });
                break;
        }
        if (Tool.Name is not null)
            body["tools"] = new JsonArray(Offer(Tool.Name, JsonNode.Parse(Tool.Schema)!));
        foreach ((string name, JsonNode? value) in More)
            body[name] = value?.DeepClone();
        return body;
    }

    private void Set(JsonObject body, string member, Func<JsonNode, JsonObject> value)
    {
        if (AnswerSchema is not null)
            body[member] = value(JsonNode.Parse(AnswerSchema)!);
    }

    private JsonObject Offer(string name, JsonNode schema) => dialect switch
    {
        FakeDialect.Chat => new JsonObject
        {
            ["type"] = "function",
            ["function"] = new JsonObject { ["name"] = name, ["parameters"] = schema },
        },
        FakeDialect.Responses => new JsonObject { ["type"] = "function", ["name"] = name, ["parameters"] = schema },
        FakeDialect.Messages => new JsonObject { ["name"] = name, ["input_schema"] = schema },
        _ => new JsonObject
        {
            ["functionDeclarations"] = new JsonArray(new JsonObject { ["name"] = name, ["parametersJsonSchema"] = schema }),
        },
    };
}
