using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

/// <summary>Whether what answers over TLS is the engine that is meant, and what to say where one side does not trust the other.</summary>
internal static class EngineTrust
{
    /// <summary>Judges what a server shows in a handshake: its name, its authority and its dates.</summary>
    /// <param name="tls">Whom to trust.</param>
    /// <param name="host">The name or address that was connected to.</param>
    /// <param name="certificate">What it shows.</param>
    /// <param name="chain">How the system would trust it; changed here.</param>
    /// <param name="errors">What the system has against it.</param>
    /// <returns>Null if it is trusted, else why not: a clause about the engine.</returns>
    public static string? WhyNot(EngineTls tls, string host, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (!tls.VerifiesServer)
            return null;
        if (certificate is not X509Certificate2 server || chain is null)
            return "it shows no certificate";
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            return $"its certificate is for {NamesOf(server)}, not for {host}";
        if (tls.Authority is null)
        {
            return errors == SslPolicyErrors.None
                ? null
                : $"its certificate is signed by {server.Issuer}, which this system does not trust, and there is no ca.pem for the engine";
        }

        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(tls.Authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (chain.Build(server))
            return null;
        return chain.ChainStatus.Any(status => status.Status == X509ChainStatusFlags.NotTimeValid)
            ? string.Create(CultureInfo.InvariantCulture, $"its certificate is valid only from {server.NotBefore:u} to {server.NotAfter:u}")
            : $"its certificate is signed by {server.Issuer}, for which {tls.Authority.Subject} in ca.pem does not vouch";
    }

    /// <summary>
    /// Whether a failure before the first answer may be the engine's refusal of this client, which comes as a broken connection.
    /// </summary>
    public static bool MayBeRefusal(Exception exception)
    {
        if (!EngineErrors.IsConnection(exception))
            return false;
        return exception.GetBaseException() switch
        {
            EngineTlsException => false,
            SocketException socket => socket.SocketErrorCode == SocketError.ConnectionReset,
            _ => true,
        };
    }

    /// <summary>Such a failure in words.</summary>
    public static EngineTlsException Refusal(EngineTls tls, Exception exception)
    {
        string shown = tls.Client is null
            ? "no client certificate was shown, since there is no cert.pem with a key.pem"
            : $"it was shown the certificate of {tls.Client.Subject}, signed by {tls.Client.Issuer}";
        return new EngineTlsException($"{EngineErrors.Reason(exception)}; it speaks no TLS, or does not trust this client: {shown}");
    }

    private static string NamesOf(X509Certificate2 server)
    {
        X509SubjectAlternativeNameExtension? names = server.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        string[] listed = names is null
            ? []
            : [.. names.EnumerateDnsNames(), .. names.EnumerateIPAddresses().Select(address => address.ToString())];
        return listed.Length > 0 ? string.Join(", ", listed) : server.Subject;
    }
}

/// <summary>TLS with an engine failed for want of trust. It has no inner exception: the message is all that a reader needs.</summary>
internal sealed class EngineTlsException(string message) : AuthenticationException(message);
