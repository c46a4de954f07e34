using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tandem.Harness.Gateway.Relays;
using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.Gateway;

/// <summary>
/// The gateway of one process: an HTTP server for the agents in all its sandboxes. It has no port on the host; connections come from
/// relays, which say whose they are. Safe for concurrent use.
/// </summary>
internal sealed class GatewayServer : IAsyncDisposable
{
    /// <summary>Where the server of the message tools is, below the gateway's address.</summary>
    public const string McpPath = "/mcp";

    private readonly WebApplication _app;
    private readonly RelayConnections _connections;
    private readonly TimeProvider _clock;

    private GatewayServer(WebApplication app, RelayConnections connections, TimeProvider clock) =>
        (_app, _connections, _clock) = (app, connections, clock);

    /// <summary>Starts it.</summary>
    /// <param name="clock">The clock of its relays.</param>
    /// <param name="loopback">For tests and measurements without sandboxes: also takes connections at a free port of the host's loopback,
    /// for this session alone.</param>
    public static async Task<GatewayServer> StartAsync(TimeProvider clock, GatewaySession? loopback = null)
    {
        var connections = new RelayConnections();
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = null;
            // A queue at the endpoint may let an agent wait for long, and its connection with it.
            options.Limits.MinResponseDataRate = null;
            options.Limits.MinRequestBodyDataRate = null;
            options.Listen(new RelayEndPoint(connections));
            if (loopback is not null)
                options.Listen(IPAddress.Loopback, 0);
        });
        builder.Services.AddSingleton<IConnectionListenerFactory, RelayListenerFactory>();
        builder.Services.AddRoutingCore();
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddLogging(logging => logging.ClearProviders());
        MessageServer.AddTo(builder.Services);
        WebApplication app = builder.Build();
        app.Use((context, next) =>
        {
            if ((context.Features.Get<RelayOrigin>()?.Tag as GatewaySession ?? loopback) is not GatewaySession session)
            {
                context.Abort();
                return Task.CompletedTask;
            }
            context.Features.Set(session);
            return context.Request.Path.StartsWithSegments(McpPath, StringComparison.Ordinal)
                ? GatewayHttp.LetInAsync(session, context, next) : AnswerAsync(session, context);
        });
        app.MapMcp(McpPath);
        await app.StartAsync();
        return new GatewayServer(app, connections, clock);
    }

    /// <summary>The address on the host's loopback; only of a server that was started with one.</summary>
    public Uri Loopback => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
        .Single(address => address.StartsWith("http://127.", StringComparison.Ordinal)));

    /// <summary>Lets a sandbox reach a session.</summary>
    /// <param name="sandbox">Where the agent is.</param>
    /// <param name="session">What answers it.</param>
    /// <param name="nodes">See <see cref="SandboxRelay.OpenAsync"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxException">See <see cref="SandboxRelay.OpenAsync"/>.</exception>
    public Task<SandboxRelay> ConnectAsync(ISandbox sandbox, GatewaySession session, IReadOnlyList<string> nodes,
        CancellationToken cancellationToken) =>
        SandboxRelay.OpenAsync(sandbox, _connections, session, nodes, _clock, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        // Agents have ended: what is still open waits for nothing.
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await ((Task)_app.StopAsync(atOnce.Token)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync();
    }

    private static async Task AnswerAsync(GatewaySession session, HttpContext context)
    {
        try
        {
            await GatewayHttp.AnswerAsync(session, context);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or BadHttpRequestException
            or ConnectionAbortedException or ConnectionResetException)
        {
            // The agent has hung up.
            context.Abort();
        }
    }
}
