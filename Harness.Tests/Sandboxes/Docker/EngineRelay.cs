using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>
/// A port on loopback that passes bytes to the real engine's socket and back, with TLS as <c>dockerd --tlsverify</c> does it, or without.
/// The end of one direction is passed on, and the other goes on.
/// </summary>
internal sealed class EngineRelay : IAsyncDisposable
{
    private readonly string _socket;
    private readonly RelayTls? _tls;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;
    private int _connections;
    private int _calls;
    private int _streams;

    /// <param name="engine">The real engine.</param>
    /// <param name="tls">Null is plain TCP.</param>
    public EngineRelay(EngineEndpoint engine, RelayTls? tls)
    {
        _socket = engine.SocketPath ?? throw new NotSupportedException("Only an engine on a unix socket is relayed to.");
        _tls = tls;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many were made, each with a handshake where there is TLS.</summary>
    public int Connections => _connections;

    /// <summary>Requests are passed on when this has ended: an engine that is too busy to answer. What runs already goes on.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Requests that want an answer.</summary>
    public int Calls => _calls;

    /// <summary>Requests that turn their connection into a stream.</summary>
    public int Streams => _streams;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var served = new List<Task>();
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptSocketAsync(_end.Token);
                Interlocked.Increment(ref _connections);
                served.Add(Task.Run(() => ServeAsync(client)));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(served);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var engine = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var plain = new NetworkStream(client, ownsSocket: true);
        await using Stream front = _tls is null ? plain : new SslStream(plain);
        try
        {
            if (front is SslStream secure)
                await secure.AuthenticateAsServerAsync(_tls!.Options(), _end.Token);
            await engine.ConnectAsync(new UnixDomainSocketEndPoint(_socket), _end.Token);
            await using var back = new NetworkStream(engine);
            Task there = PassAsync(front, back, isRequest: true, () => engine.Shutdown(SocketShutdown.Send));
            Task andBack = PassAsync(back, front, isRequest: false, () => End(front, client));
            // If one direction breaks, the other would wait for ever.
            await Task.WhenAny(there, andBack).Unwrap();
            await Task.WhenAll(there, andBack);
        }
        catch (Exception exception) when (EngineErrors.IsConnection(exception) || exception is OperationCanceledException)
        {
            // A client that was refused, or went away.
        }
    }

    /// <summary>Ends what the client reads. Its own end may have come before, or may come later.</summary>
    private static void End(Stream front, Socket client)
    {
        if (front is SslStream secure)
            secure.ShutdownAsync().GetAwaiter().GetResult();
        client.Shutdown(SocketShutdown.Send);
    }

    private async Task PassAsync(Stream from, Stream to, bool isRequest, Action end)
    {
        byte[] buffer = new byte[64 * 1024];
        while (await from.ReadAsync(buffer, _end.Token) is > 0 and int count)
        {
            if (isRequest && IsNew(buffer.AsSpan(0, count)))
                await Gate.WaitAsync(_end.Token);
            await to.WriteAsync(buffer.AsMemory(0, count), _end.Token);
        }
        end();
    }

    /// <summary>A request is known by its first line; no archive or input of the tests has such text.</summary>
    private bool IsNew(ReadOnlySpan<byte> sent)
    {
        if (sent.IndexOf(" HTTP/1.1\r\n"u8) < 0)
            return false;
        Interlocked.Increment(ref sent.IndexOf("Upgrade: tcp"u8) < 0 ? ref _calls : ref _streams);
        return true;
    }
}

/// <summary>How a relay does TLS.</summary>
/// <param name="Server">What it shows, with its key.</param>
/// <param name="Clients">The authority that signs clients; who shows none of its certificates is refused.</param>
/// <param name="Protocol">The version that is spoken.</param>
internal sealed record RelayTls(X509Certificate2 Server, X509Certificate2 Clients, SslProtocols Protocol)
{
    public SslServerAuthenticationOptions Options() => new()
    {
        ServerCertificate = Server,
        ClientCertificateRequired = true,
        EnabledSslProtocols = Protocol,
        RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is X509Certificate2 client && IsSigned(client),
    };

    private bool IsSigned(X509Certificate2 client)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(Clients);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(client);
    }
}
