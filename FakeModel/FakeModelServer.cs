using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Tandem.FakeModel;

/// <summary>An endpoint for chat completions on this machine whose answers are scripted. It keeps every request.</summary>
public sealed class FakeModelServer : IAsyncDisposable
{
    private static readonly byte[] s_filling = [.. Enumerable.Repeat((byte)'x', 64 * 1024)];

    private readonly WebApplication _app;
    private readonly Func<FakeRequest, FakeAnswer> _script;
    private readonly Lock _lock = new();
    private readonly List<FakeRequest> _requests = [];
    private readonly FakeUsage _usage = new();

    private FakeModelServer(WebApplication app, Func<FakeRequest, FakeAnswer> script)
    {
        _app = app;
        _script = script;
    }

    /// <summary>What clients are given as base URL; ends in <c>/v1</c>.</summary>
    public Uri BaseUrl { get; private set; } = new("http://127.0.0.1/v1");

    /// <summary>All requests so far, in the order in which they came.</summary>
    public IReadOnlyList<FakeRequest> Requests
    {
        get
        {
            lock (_lock)
                return [.. _requests];
        }
    }

    /// <summary>How many requests there were so far.</summary>
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
        CancellationToken gone = context.RequestAborted;
        if (!HttpMethods.IsPost(context.Request.Method) || context.Request.Path != "/v1/chat/completions")
        {
            await WriteAsync(context, 404, Error($"Unknown request: {context.Request.Method} {context.Request.Path}.", "not_found"))
                ;
            return;
        }
        JsonObject? body = await ReadAsync(context.Request, gone);
        if (body is null)
        {
            await WriteAsync(context, 400, Error("The body is not one JSON object.", "invalid_request_error"));
            return;
        }
        FakeRequest request;
        lock (_lock)
        {
            request = new FakeRequest(_requests.Count
                + 1, body, context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase));
            _requests.Add(request);
        }
        try
        {
            await GiveAsync(context, request, _script(request), gone);
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            // The client does not wait any more.
        }
    }

    private async Task GiveAsync(HttpContext context, FakeRequest request, FakeAnswer answer, CancellationToken gone)
    {
        switch (answer)
        {
            case FakeAnswer.Says says:
                await WriteAsync(context, 200, Completion(request, says).ToJsonString());
                break;
            case FakeAnswer.Status status:
                foreach ((string name, string value) in status.Headers ?? new Dictionary<string, string>())
                    context.Response.Headers[name] = value;
                await WriteAsync(context, status.Code, status.Body
                    ?? Error($"A scripted {status.Code.ToString(CultureInfo.InvariantCulture)}.", "scripted"));
                break;
            case FakeAnswer.Garbage garbage:
                context.Response.ContentType = "application/json";
                await context.Response.Body.WriteAsync(garbage.Bytes, gone);
                break;
            case FakeAnswer.Stall stall:
                await Task.Delay(stall.Time, gone);
                await GiveAsync(context, request, stall.Then ?? new FakeAnswer.Says("Late."), gone);
                break;
            case FakeAnswer.Reset reset:
                if (reset.Midway)
                {
                    context.Response.ContentType = "application/json";
                    await context.Response.WriteAsync("{\"choices\":[{\"mess", gone);
                    await context.Response.Body.FlushAsync(gone);
                }
                context.Abort();
                break;
            case FakeAnswer.Huge huge:
                await WriteHugeAsync(context, request, huge.Bytes, gone);
                break;
            default:
                throw new NotSupportedException(answer.GetType().Name);
        }
    }

    private JsonObject Completion(FakeRequest request, FakeAnswer.Says says)
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = says.Content };
        if (says.ToolCalls is { Count: > 0 } calls)
        {
            message["tool_calls"] = new JsonArray([.. calls.Select((call, index) => new JsonObject
            {
                ["id"] = call.Id ?? string.Create(CultureInfo.InvariantCulture, $"call_{request.Number}_{index + 1}"),
                ["type"] = "function",
                ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = call.Arguments },
            })]);
        }
        JsonNode usage = says.Usage?.DeepClone() ?? _usage.Of(request, message.ToJsonString().Length);
        return new JsonObject
        {
            ["id"] = string.Create(CultureInfo.InvariantCulture, $"chatcmpl-{request.Number}"),
            ["object"] = "chat.completion",
            ["model"] = request.Body["model"]?.DeepClone(),
            ["choices"] = new JsonArray(new JsonObject
            {
                ["index"] = 0,
                ["message"] = message,
                ["finish_reason"] = says.FinishReason
                ?? (says.ToolCalls is { Count: > 0 } ? "tool_calls" : "stop")
            }),
            ["usage"] = usage,
        };
    }

    /// <summary>Written by parts, so that the server does not need the memory.</summary>
    private async Task WriteHugeAsync(HttpContext context, FakeRequest request, long bytes, CancellationToken gone)
    {
        const string Mark = "HERE";
        string[] around = Completion(request, new FakeAnswer.Says(Mark)).ToJsonString().Split(Mark, 2);
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(around[0], gone);
        for (long left = bytes; left > 0; left -= s_filling.Length)
            await context.Response.Body.WriteAsync(s_filling.AsMemory(0, (int)Math.Min(left, s_filling.Length)), gone)
                ;
        await context.Response.WriteAsync(around[1], gone);
    }

    private static async Task<JsonObject?> ReadAsync(HttpRequest request, CancellationToken gone)
    {
        try
        {
            return await JsonNode.ParseAsync(request.Body, cancellationToken: gone) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task WriteAsync(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body, context.RequestAborted);
    }

    private static string Error(string message, string code) =>
        new JsonObject { ["error"] = new JsonObject { ["message"] = message, ["type"] = code, ["param"] = null, ["code"] = code } }
            .ToJsonString();
}
