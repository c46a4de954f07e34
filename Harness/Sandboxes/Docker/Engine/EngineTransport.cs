using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Docker.DotNet.Handler.Abstractions;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Client;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

/// <summary>
/// How Docker.DotNet reaches an engine: calls share pooled connections, which its own transport does not (over TLS that is a handshake a
/// call), and streams have one each, which can end its sending half, which its pooled transport cannot. TLS is of any version, and the
/// certificate's name and authority are checked (<see cref="EngineTrust"/>).
/// </summary>
internal sealed class EngineTransport : IDockerHandlerFactory<EngineEndpoint>
{
    /// <summary>It has no state.</summary>
    public static EngineTransport Instance { get; } = new();

    /// <inheritdoc/>
    public ResolvedTransport CreateHandler(EngineEndpoint transportOptions, ResolvedClientOptions clientOptions, ILogger logger)
    {
        var calls = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) => await ConnectAsync(transportOptions, cancellationToken),
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        };
        var streams = new ManagedHandler(async (_, _, cancellationToken) => await ConnectAsync(transportOptions, cancellationToken), logger)
        {
            UseProxy = false,
            RedirectMode = RedirectMode.None,
        };
        // What is spoken inside TLS is HTTP; the connection is secured before either handler sees it.
        var choice = new HandlerChoice(new DiskUsageAdapter(calls), streams, transportOptions.Tls);
        return new ResolvedTransport(choice, new Uri("http://" + transportOptions.HostHeader));
    }

    /// <inheritdoc/>
    public ResolvedTransport CreateHandler(ResolvedClientOptions clientOptions, ILogger logger) =>
        CreateHandler(EngineEndpoint.Parse(clientOptions.Endpoint.OriginalString, "the client's options"), clientOptions, logger);

    /// <inheritdoc/>
    public Task<WriteClosableStream> HijackStreamAsync(HttpContent content) => Task.FromResult(
        content is HttpConnectionResponseContent response
            ? response.HijackStream()
            : throw new IOException("The engine answered the request for a stream with a body of fixed length."));

    private static async Task<EngineStream> ConnectAsync(EngineEndpoint endpoint, CancellationToken cancellationToken)
    {
        Socket socket = endpoint.SocketPath is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (endpoint.SocketPath is { } path)
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            else
                await socket.ConnectAsync(endpoint.Address.Host, endpoint.Port, cancellationToken);
            var plain = new NetworkStream(socket, ownsSocket: true);
            return new EngineStream(socket, endpoint.Tls is { } tls
                ? await SecureAsync(plain, endpoint, tls, cancellationToken) : plain);
        }
        catch (SocketException exception)
            when (exception.SocketErrorCode == SocketError.AddressNotAvailable && endpoint.SocketPath is { } missing
            && !File.Exists(missing))
        {
            // The system's words for it are "Cannot assign requested address".
            socket.Dispose();
            throw new FileNotFoundException(
                $"the socket file {missing} is not there: no engine has been started that listens there, or it listens elsewhere");
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<SslStream> SecureAsync(NetworkStream plain, EngineEndpoint endpoint, EngineTls tls,
        CancellationToken cancellationToken)
    {
        string? distrust = null;
        string host = endpoint.Address.Host;
        var secure = new SslStream(plain, leaveInnerStreamOpen: false);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = host,
            ClientCertificates = tls.Client is null ? null : [tls.Client],
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                (distrust = EngineTrust.WhyNot(tls, host, certificate, chain, errors)) is null,
        };
        try
        {
            await secure.AuthenticateAsClientAsync(options, cancellationToken);
            return secure;
        }
        catch (AuthenticationException) when (distrust is not null)
        {
            // The runtime's own words are that a callback said no.
            throw new EngineTlsException(distrust);
        }
    }

    /// <summary>Sends requests for a stream one way and all others the other.</summary>
    private sealed class HandlerChoice(HttpMessageHandler calls, HttpMessageHandler streams, EngineTls? tls) : HttpMessageHandler
    {
        private readonly HttpMessageInvoker _calls = new(calls);
        private readonly HttpMessageInvoker _streams = new(streams);
        private volatile bool _hasAnswered;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            try
            {
                HttpMessageInvoker handler = request.Headers.Upgrade.Count > 0 ? _streams : _calls;
                HttpResponseMessage response = await handler.SendAsync(request, cancellationToken);
                _hasAnswered = true;
                return response;
            }
            catch (Exception exception) when (tls is not null && !_hasAnswered && EngineTrust.MayBeRefusal(exception))
            {
                throw EngineTrust.Refusal(tls, exception);
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _calls.Dispose();
                _streams.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
