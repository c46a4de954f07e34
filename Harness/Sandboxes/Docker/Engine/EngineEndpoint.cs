using System.Security.Cryptography.X509Certificates;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

/// <summary>Where an engine listens: a unix socket, or a TCP port with or without TLS.</summary>
/// <param name="Address"><c>unix:///path</c>, <c>tcp://host:port</c>, <c>http://host:port</c> or <c>https://host:port</c>.</param>
/// <param name="Source">What named it, for messages: <c>DOCKER_HOST</c>, a context of the CLI, the default.</param>
/// <param name="Tls">Null is plain TCP.</param>
internal sealed record EngineEndpoint(Uri Address, string Source, EngineTls? Tls = null)
{
    private const int PlainPort = 2375;
    private const int TlsPort = 2376;

    /// <summary>The socket's path, null for TCP.</summary>
    public string? SocketPath => Address.Scheme == "unix" ? Address.LocalPath : null;

    /// <summary>The TCP port; the customary one where the address has none.</summary>
    public int Port => Address.Port > 0 ? Address.Port : Tls is null ? PlainPort : TlsPort;

    /// <summary>What a request's <c>Host</c> header says.</summary>
    public string HostHeader => SocketPath is null ? Address.Host : "docker";

    /// <summary>Reads an address as <c>DOCKER_HOST</c> has it.</summary>
    /// <exception cref="SandboxException">The scheme is none that is understood here.</exception>
    public static EngineEndpoint Parse(string address, string source, EngineTls? tls = null)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("unix" or "tcp" or "http" or "https"))
        {
            throw new SandboxException(
                SandboxFault.Engine,
                $"{source} names the engine at '{address}', which is no unix://, tcp://, http:// or https:// address with a valid port. "
                    + $"Set DOCKER_HOST to one of these (ssh:// and npipe:// are not supported).");
        }
        return new EngineEndpoint(uri, source, uri.Scheme == "https" ? tls ?? new EngineTls(null, null, VerifiesServer: true) : tls);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Address.OriginalString} ({Source})";
}

/// <summary>How TLS to an engine is done.</summary>
/// <param name="Authority">The only certificate authority that is trusted; null trusts the system's.</param>
/// <param name="Client">What the client shows, null for nothing.</param>
/// <param name="VerifiesServer">False takes any server.</param>
internal sealed record EngineTls(X509Certificate2? Authority, X509Certificate2? Client, bool VerifiesServer)
{
    /// <summary>Reads <c>ca.pem</c>, <c>cert.pem</c> and <c>key.pem</c> of a folder, as far as they are there.</summary>
    /// <exception cref="SandboxException">A file is there but cannot be used.</exception>
    public static EngineTls Read(string folder, bool verifiesServer)
    {
        string authority = Path.Combine(folder, "ca.pem");
        string certificate = Path.Combine(folder, "cert.pem");
        string key = Path.Combine(folder, "key.pem");
        try
        {
            return new EngineTls(
                File.Exists(authority) ? X509Certificate2.CreateFromPem(File.ReadAllText(authority)) : null,
                File.Exists(certificate) && File.Exists(key) ? X509Certificate2.CreateFromPemFile(certificate, key) : null,
                verifiesServer);
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new SandboxException(SandboxFault.Engine,
                $"The certificates for the engine in '{folder}' cannot be used: {exception.Message}", exception);
        }
    }
}
