using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tandem.Harness.Gateway.Relays;

namespace Tandem.Harness.Tests.Gateway.Relays;

/// <summary>A Kestrel server that listens at relays alone; each path is what a test says.</summary>
internal sealed class RelayedServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RelayedServer(WebApplication app) => _app = app;

    /// <summary>What relays lead to.</summary>
    public RelayConnections Http { get; } = new();

    /// <summary>What relays lead to whose bytes are no HTTP.</summary>
    public RelayConnections Raw { get; } = new();

    public static async Task<RelayedServer> StartAsync(Func<HttpContext, Task> answer, Func<ConnectionContext, Task>? raw = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IConnectionListenerFactory, RelayListenerFactory>();
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = TimeSpan.Zero);
        RelayedServer server = null!;
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(new RelayEndPoint(server.Http));
            kestrel.Listen(new RelayEndPoint(server.Raw), listen => listen.Run(raw ?? (_ => Task.CompletedTask)));
        });
        WebApplication app = builder.Build();
        server = new RelayedServer(app);
        app.Run(context => answer(context));
        await app.StartAsync();
        return server;
    }

    /// <summary>Sends back what comes.</summary>
    public static Task EchoAsync(HttpContext context) =>
        context.Request.Body.CopyToAsync(context.Response.Body, context.RequestAborted);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>A client of a port of this host's loopback that never reuses a connection that it has closed.</summary>
    public static HttpClient Client(int port) => new() { BaseAddress = new Uri($"http://{IPAddress.Loopback}:{port}/") };
}
