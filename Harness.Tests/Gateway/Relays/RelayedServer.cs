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

    private RelayedServer(WebApplication app, RelayConnections http, RelayConnections raw) => (_app, Http, Raw) = (app, http, raw);

    /// <summary>What relays lead to.</summary>
    public RelayConnections Http { get; }

    /// <summary>What relays lead to whose bytes are no HTTP.</summary>
    public RelayConnections Raw { get; }

    public static async Task<RelayedServer> StartAsync(Func<HttpContext, Task> answer, Func<ConnectionContext, Task>? serve = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IConnectionListenerFactory, RelayListenerFactory>();
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = TimeSpan.Zero);
        (RelayConnections http, RelayConnections raw) = (new(), new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(new RelayEndPoint(http));
            kestrel.Listen(new RelayEndPoint(raw), listen => listen.Run(serve ?? (_ => Task.CompletedTask)));
        });
        WebApplication app = builder.Build();
        app.Run(context => answer(context));
        await app.StartAsync();
        return new RelayedServer(app, http, raw);
    }

    /// <summary>Sends back what came, once it has come whole: clients read only then.</summary>
    public static async Task EchoAsync(HttpContext context)
    {
        using var whole = new MemoryStream();
        await context.Request.Body.CopyToAsync(whole, context.RequestAborted);
        await context.Response.Body.WriteAsync(whole.GetBuffer().AsMemory(0, (int)whole.Length), context.RequestAborted);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>A client of a port of this host's loopback that never reuses a connection that it has closed.</summary>
    public static HttpClient Client(int port) => new() { BaseAddress = new Uri($"http://{IPAddress.Loopback}:{port}/") };
}
