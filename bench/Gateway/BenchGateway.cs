using Tandem.Harness.Configuration;
using Tandem.Harness.Gateway;
using Tandem.Harness.Gateway.Calls;
using Tandem.Harness.Gateway.Relays;
using Tandem.Harness.Gateway.Upstreams;
using Tandem.Harness.Models;
using Tandem.Harness.Sandboxes;

namespace Tandem.Bench.Gateway;

/// <summary>The gateway in front of an upstream, with a session for clients on the host's loopback and one for a sandbox.</summary>
internal sealed class BenchGateway : IAsyncDisposable
{
    private readonly ModelCaller _caller;
    private readonly BookedOnDisk[] _books;
    private readonly GatewaySession _loopback;
    private readonly GatewaySession _relayed;
    private readonly GatewayServer _server;

    private BenchGateway(ModelCaller caller, BookedOnDisk[] books, GatewaySession loopback, GatewaySession relayed, GatewayServer server) =>
        (_caller, _books, _loopback, _relayed, _server) = (caller, books, loopback, relayed, server);

    public Uri Address => _server.Loopback;

    /// <summary>The key of clients on the loopback.</summary>
    public string Token => _loopback.Token;

    /// <summary>The key of the client in the sandbox.</summary>
    public string RelayedToken => _relayed.Token;

    /// <param name="upstream">What answers.</param>
    /// <param name="folder">For what is kept of calls; of this gateway alone.</param>
    /// <param name="atOnce">Calls that may be under way.</param>
    public static async Task<BenchGateway> StartAsync(Uri upstream, string folder, int atOnce)
    {
        var settings = new ModelSettings
        {
            Name = Conversation.Model,
            BaseUrl = new Uri(upstream, "v1").ToString(),
            MaxConcurrent = atOnce,
            Retries = 0,
        };
        var caller = new ModelCaller(settings, ModelDialect.OpenAiChat, new Endpoint(settings, ModelDialect.OpenAiChat, "sk-of-nobody"),
            new ModelPrice(1, 10, 0.1m, 1.25m), TimeProvider.System);
        BookedOnDisk[] books =
            [new(Path.Combine(folder, "loopback.jsonl")), new(Path.Combine(folder, "relayed.jsonl"))];
        GatewaySession[] sessions = [.. books.Select((client, i) => new GatewaySession(
            new GatewayTerms
            {
                Dialect = ModelDialect.OpenAiChat,
                Model = Conversation.Model,
                Folder = Path.Combine(folder, $"calls{i}"),
            }, caller, client))];
        GatewayServer server = await GatewayServer.StartAsync(TimeProvider.System, sessions[0]);
        return new BenchGateway(caller, books, sessions[0], sessions[1], server);
    }

    public Task<SandboxRelay> ConnectAsync(ISandbox sandbox, CancellationToken cancellationToken) =>
        _server.ConnectAsync(sandbox, _relayed, [], cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _loopback.DisposeAsync();
        await _relayed.DisposeAsync();
        await _server.DisposeAsync();
        _caller.Dispose();
        foreach (BookedOnDisk one in _books)
            one.Dispose();
    }
}
