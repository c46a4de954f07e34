using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

/// <summary>Opens connections to one endpoint, for the HTTP client and for the raw streams alike.</summary>
internal static class EngineConnector
{
    /// <summary>Opens one.</summary>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    /// <exception cref="FileNotFoundException">There is no such unix socket.</exception>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The server's certificate is not trusted.</exception>
    public static async Task<EngineConnection> ConnectAsync(EngineEndpoint endpoint, CancellationToken cancellationToken)
    {
        Socket socket = endpoint.SocketPath is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (endpoint.SocketPath is { } path)
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            else
                await socket.ConnectAsync(endpoint.Address.Host, endpoint.Port, cancellationToken).ConfigureAwait(false);

            var plain = new NetworkStream(socket, ownsSocket: true);
            return endpoint.Tls is null ? new EngineConnection(socket, plain) : await SecureAsync(socket, plain, endpoint, endpoint.Tls, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressNotAvailable && endpoint.SocketPath is { } missing && !File.Exists(missing))
        {
            // The system's words for it are "Cannot assign requested address".
            socket.Dispose();
            throw new FileNotFoundException($"the socket file {missing} is not there: no engine has been started that listens there, or it listens elsewhere");
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<EngineConnection> SecureAsync(Socket socket, NetworkStream plain, EngineEndpoint endpoint, EngineTls tls, CancellationToken cancellationToken)
    {
        var secure = new SslStream(plain, leaveInnerStreamOpen: false);
        await secure.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = endpoint.Address.Host,
                ClientCertificates = tls.Client is null ? null : [tls.Client],
                RemoteCertificateValidationCallback = (_, certificate, chain, errors) => !tls.VerifiesServer || IsTrusted(tls, certificate, chain, errors),
            },
            cancellationToken).ConfigureAwait(false);
        return new EngineConnection(socket, secure);
    }

    private static bool IsTrusted(EngineTls tls, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (tls.Authority is null || chain is null || certificate is not X509Certificate2 server)
            return errors == SslPolicyErrors.None;
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(tls.Authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == SslPolicyErrors.None && chain.Build(server);
    }
}

/// <summary>An open connection; unlike a bare stream it can end its sending half.</summary>
/// <param name="Socket">What it runs over.</param>
/// <param name="Stream">What is read and written; owns the socket.</param>
internal sealed record EngineConnection(Socket Socket, Stream Stream) : IDisposable
{
    /// <summary>Tells the other side that nothing more comes, and goes on reading.</summary>
    public async Task EndSendingAsync()
    {
        if (Stream is SslStream secure)
            await secure.ShutdownAsync().ConfigureAwait(false);
        else
            Socket.Shutdown(SocketShutdown.Send);
    }

    /// <inheritdoc/>
    public void Dispose() => Stream.Dispose();
}
