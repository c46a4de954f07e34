using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Tandem.FakeModel;

/// <summary>A model on this machine whose answers are scripted, in four dialects (<see cref="FakeDialect"/>) below any base path. It keeps
/// every request.</summary>
public sealed partial class FakeModelServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Func<FakeRequest, FakeAnswer> _script;
    private readonly Lock _lock = new();
    private readonly List<FakeRequest> _requests = [];
    private readonly List<string> _others = [];
    private readonly FakeUsage _usage = new();

    private FakeModelServer(WebApplication app, Func<FakeRequest, FakeAnswer> script)
    {
        _app = app;
        _script = script;
    }

    /// <summary>What clients are given as base URL; ends in <c>/v1</c>. Clients that add that themselves (Claude Code, Gemini CLI) are
    /// given what stands before it.</summary>
    public Uri BaseUrl { get; private set; } = new("http://127.0.0.1/v1");

    /// <summary>All calls of the model so far, in the order in which they came.</summary>
    public IReadOnlyList<FakeRequest> Requests
    {
        get
        {
            lock (_lock)
                return [.. _requests];
        }
    }

    /// <summary>Everything else that was asked so far, as <c>HEAD /</c> or <c>GET /v1/models</c>, also what nobody knows here.</summary>
    public IReadOnlyList<string> Others
    {
        get
        {
            lock (_lock)
                return [.. _others];
        }
    }

    /// <summary>How many calls of the model there were so far.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _requests.Count;
        }
    }

    /// <summary>Starts a server on the loopback address.</summary>
    /// <param name="script">Answers; called for several requests at once.</param>
    /// <param name="port">0 is any that is free.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<FakeModelServer> StartAsync(Func<FakeRequest, FakeAnswer> script, int port = 0)
    {
        ArgumentNullException.ThrowIfNull(script);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(System.Net.IPAddress.Loopback, port);
        });
        // Answers that stall end with the server.
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = TimeSpan.Zero);
        WebApplication app = builder.Build();
        var server = new FakeModelServer(app, script);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        server.BaseUrl = new Uri(app.Urls.First().TrimEnd('/') + "/v1");
        return server;
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var path = FakePath.Of(context.Request.Path);
        if (path.Dialect is not FakeDialect dialect || path.Counts || !HttpMethods.IsPost(context.Request.Method))
        {
            await AnswerOtherAsync(context, path);
            return;
        }
        if (await ReadAsync(context.Request) is not JsonObject body)
        {
            await ReplyWriter.WriteAsync(context, 400,
                Wire.Of(dialect).Error(400, "invalid_request_error", "The body is not one JSON object.").ToJsonString());
            return;
        }
        Dictionary<string, string> headers = context.Request.Headers
            .ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        FakeRequest request;
        lock (_lock)
        {
            request = new FakeRequest(_requests.Count + 1, body, headers)
            {
                Dialect = dialect,
                Path = context.Request.Path + context.Request.QueryString,
                Model = path.Model ?? (body["model"] as JsonValue)?.ToString(),
                Streams = path.Streams ?? (body["stream"] as JsonValue)?.GetValueKind() == JsonValueKind.True,
                NamedAgent = headers.GetValueOrDefault(FakeRequest.AgentHeader) ?? path.Agent,
            };
            _requests.Add(request);
        }
        try
        {
            await new ReplyWriter(context, request, _usage).GiveAsync(_script(request));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client does not wait any more.
        }
    }

    /// <summary>What clients ask beside the model; no script answers it.</summary>
    private async Task AnswerOtherAsync(HttpContext context, FakePath path)
    {
        HttpRequest asked = context.Request;
        string line = $"{asked.Method} {asked.Path}{asked.QueryString}";
        lock (_lock)
            _others.Add(line);
        if (path.Counts && HttpMethods.IsPost(asked.Method))
        {
            JsonObject body = await ReadAsync(asked) ?? [];
            Wire wire = Wire.Of(path.Dialect!.Value);
            int tokens = FakeUsage.Count((wire.System(body)?.ToJsonString() + wire.Items(body).ToJsonString()).Length);
            var counted = new JsonObject { [path.Dialect == FakeDialect.Generate ? "totalTokens" : "input_tokens"] = tokens };
            await ReplyWriter.WriteAsync(context, 200, counted.ToJsonString());
        }
        else if (HttpMethods.IsGet(asked.Method) && asked.Path.Value!.EndsWith("/models", StringComparison.Ordinal))
        {
            var model = new JsonObject { ["id"] = "fake", ["object"] = "model", ["created"] = Wire.Created, ["owned_by"] = "tandem" };
            var list = new JsonObject { ["object"] = "list", ["data"] = new JsonArray(model) };
            await ReplyWriter.WriteAsync(context, 200, list.ToJsonString());
        }
        else if (!HttpMethods.IsHead(asked.Method))
        {
            await ReplyWriter.WriteAsync(context, 404, ChatWire.OpenAiError("not_found", $"Unknown request: {line}.").ToJsonString());
        }
    }

    // Clients cut texts in the middle of a character, and escape the half that is left: no text can hold it.
    [GeneratedRegex(@"(?<!\\)(?<escaped>(?:\\\\)*)(?:\\u[dD][89aAbB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
        + @"|(?<!\\u[dD][89aAbB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})")]
    private static partial Regex HalfCharacter();

    private static async Task<JsonObject?> ReadAsync(HttpRequest request)
    {
        try
        {
            using var reader = new StreamReader(request.Body);
            string body = await reader.ReadToEndAsync(request.HttpContext.RequestAborted);
            return JsonNode.Parse(HalfCharacter().Replace(body, "${escaped}\\ufffd")) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
