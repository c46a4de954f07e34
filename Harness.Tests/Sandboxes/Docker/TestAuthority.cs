using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>A certificate authority for one test.</summary>
internal sealed class TestAuthority : IDisposable
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";
    private readonly X509Certificate2 _authority;

    public TestAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = Request(name, isAuthority: true, key);
        _authority = request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(2));
    }

    public X509Certificate2 Certificate => _authority;

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public void Dispose() => _authority.Dispose();

    /// <summary>A server's, with its private key.</summary>
    /// <param name="host">A name or an address.</param>
    /// <param name="until">When it ends; null is tomorrow.</param>
    public X509Certificate2 IssueServer(string host, DateTimeOffset? until = null)
    {
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(host, out IPAddress? address))
            names.AddIpAddress(address);
        else
            names.AddDnsName(host);
        return Issue("server", ServerUse, names.Build(), until);
    }

    /// <summary>Writes what <c>DOCKER_CERT_PATH</c> names: <c>ca.pem</c>, and a client's <c>cert.pem</c> with its <c>key.pem</c>.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="withClient">False leaves the client's out.</param>
    public void WriteClient(string folder, bool withClient = true)
    {
        File.WriteAllText(Path.Combine(folder, "ca.pem"), _authority.ExportCertificatePem());
        if (!withClient)
            return;
        using X509Certificate2 client = Issue("client", ClientUse, names: null, until: null);
        using ECDsa key = client.GetECDsaPrivateKey()!;
        File.WriteAllText(Path.Combine(folder, "cert.pem"), client.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "key.pem"), key.ExportPkcs8PrivateKeyPem());
    }

    private X509Certificate2 Issue(string name, string use, X509Extension? names, DateTimeOffset? until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = Request(name, isAuthority: false, key);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], critical: false));
        if (names is not null)
            request.CertificateExtensions.Add(names);
        byte[] serial = RandomNumberGenerator.GetBytes(8);
        using X509Certificate2 signed = request.Create(_authority, Now.AddHours(-2), until ?? Now.AddDays(1), serial);
        using X509Certificate2 whole = signed.CopyWithPrivateKey(key);
        // Windows takes no key that was never in a file of its own.
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), password: null, X509KeyStorageFlags.Exportable);
    }

    private static CertificateRequest Request(string name, bool isAuthority, ECDsa key)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var constraints = new X509BasicConstraintsExtension(isAuthority, hasPathLengthConstraint: false, 0, critical: true);
        request.CertificateExtensions.Add(constraints);
        return request;
    }
}
