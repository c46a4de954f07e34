using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.TaskSets.Images;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>Finding an engine, and saying why there is none. No engine is needed.</summary>
public sealed class EngineEndpointTests : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("tandem-home-");
    private readonly Dictionary<string, string> _environment = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _home.Delete(recursive: true);

    [Fact]
    public void DOCKER_HOST_comes_first_and_alone()
    {
        Context("named", "tcp://other:1");
        _environment["DOCKER_HOST"] = "tcp://engine.example:4321";
        EngineEndpoint endpoint = Find().Candidates.Should().ContainSingle().Subject;
        (endpoint.Address.Host, endpoint.Port, endpoint.Tls, endpoint.SocketPath).Should().Be(("engine.example", 4321, null, null));
        endpoint.Source.Should().Be("DOCKER_HOST");
    }

    [Fact]
    public void TLS_is_on_when_the_variable_says_so()
    {
        using var key = RSA.Create(2048);
        var request = new System.Security.Cryptography.X509Certificates
            .CertificateRequest("CN=test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1),
            TimeProvider.System.GetUtcNow().AddDays(1));
        File.WriteAllText(Path.Combine(_home.FullName, "ca.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_home.FullName, "cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_home.FullName, "key.pem"), key.ExportPkcs8PrivateKeyPem());
        _environment["DOCKER_HOST"] = "tcp://engine.example";
        _environment["DOCKER_TLS_VERIFY"] = "1";
        _environment["DOCKER_CERT_PATH"] = _home.FullName;
        EngineEndpoint endpoint = Find().Candidates.Single();
        endpoint.Port.Should().Be(2376);
        endpoint.Tls!.VerifiesServer.Should().BeTrue();
        endpoint.Tls.Authority!.Subject.Should().Be("CN=test");
        endpoint.Tls.Client!.HasPrivateKey.Should().BeTrue();
    }

    [Theory]
    [InlineData("ssh://somebody@host")]
    [InlineData("npipe:////./pipe/docker_engine")]
    [InlineData("nonsense")]
    public void An_address_that_is_not_understood_is_a_clear_fault(string address)
    {
        _environment["DOCKER_HOST"] = address;
        FluentActions.Invoking(Find).Should().Throw<SandboxException>().Which.Message.Should().Contain(address).And.Contain("DOCKER_HOST");
    }

    [Fact]
    public void The_current_context_of_the_CLI_is_used()
    {
        Context("remote", "tcp://10.0.0.1:2375");
        Config("""{ "auths": {}, "currentContext": "remote" }""");
        EngineEndpoint endpoint = Find().Candidates.Single();
        (endpoint.Address.Host, endpoint.Source).Should().Be(("10.0.0.1", "docker context remote"));
    }

    [Fact]
    public void A_variable_overrides_the_current_context()
    {
        Context("one", "tcp://one:1");
        Context("two", "unix:///two.sock");
        Config("""{ "currentContext": "one" }""");
        _environment["DOCKER_CONTEXT"] = "two";
        Find().Candidates.Single().SocketPath.Should().Be("/two.sock");
    }

    [Fact]
    public void A_context_that_is_not_there_is_a_clear_fault()
    {
        Config("""{ "currentContext": "gone" }""");
        FluentActions.Invoking(Find).Should().Throw<SandboxException>().Which.Message.Should().Contain("gone").And
            .Contain("docker context use");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("""{ "currentContext": "default" }""")]
    [InlineData("""{ "currentContext": "" }""")]
    [InlineData("not JSON")]
    public void Otherwise_the_customary_sockets_are_tried(string? config)
    {
        if (config is not null)
            Config(config);
        _environment["XDG_RUNTIME_DIR"] = "/run/user/1000";
        Find().Candidates.Select(endpoint => endpoint.SocketPath).Should().Equal(
            "/var/run/docker.sock", "/run/user/1000/docker.sock", Path.Combine(_home.FullName, ".docker/run/docker.sock"));
    }

    [Fact]
    public async Task Where_no_engine_is_the_message_lists_each_place_and_why()
    {
        EnginePlaces places = new(
            [EngineEndpoint.Parse("unix:///no/such/docker.sock", "default"), EngineEndpoint.Parse("tcp://127.0.0.1:9", "another")],
                ["DOCKER_HOST: not set"]);
        SandboxException exception = await FaultAsync(places);
        exception.Fault.Should().Be(SandboxFault.Engine);
        exception.Message.Should().Contain("DOCKER_HOST: not set").And.Contain("unix:///no/such/docker.sock (default)").And
            .Contain("tcp://127.0.0.1:9 (another)").And.Contain("refused").And.Contain("systemctl");
    }

    [Theory]
    [InlineData("1.24", "1.24")]
    [InlineData("1.40", "1.41 or newer")]
    [InlineData("", "no Docker engine")]
    public async Task An_engine_that_is_too_old_or_none_is_refused_and_the_message_says_what_is_needed(string apiVersion, string expected)
    {
        using var server = new FakeEngine(apiVersion);
        SandboxException exception = await FaultAsync(server.Places);
        exception.Fault.Should().Be(SandboxFault.Engine);
        exception.Message.Should().Contain(expected).And.NotContain("Tried:");
    }

    [Fact]
    public async Task A_socket_file_that_is_not_there_is_named_and_one_that_nobody_serves_is_told_apart()
    {
        string missing = Path.Combine(_home.FullName, "none.sock");
        _environment["DOCKER_HOST"] = "unix://" + missing;
        (await FaultAsync(Find())).Message.Should().Contain($"the socket file {missing} is not there").And.Contain("Start the engine").And
            .NotContain("assign");

        string deserted = Path.Combine(_home.FullName, "deserted.sock");
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
            socket.Bind(new UnixDomainSocketEndPoint(deserted));
        File.WriteAllText(deserted, "");
        _environment["DOCKER_HOST"] = "unix://" + deserted;
        (await FaultAsync(Find())).Message.Should().Contain(deserted).And.NotContain("is not there");
    }

    [Fact]
    public async Task A_newer_engine_is_spoken_to_in_the_newest_version_known_here()
    {
        using var server = new FakeEngine("1.99");
        await using DockerSandboxProvider provider = await DockerSandboxes.ConnectAsync(
            server.Places, TimeProvider.System, storeFolder: null, Token);
        server.Requests[0].Should().Be("GET /version HTTP/1.1");
        provider.Engine.ApiVersion.Should().Be(new Version(1, 47));
        provider.Description.Should().MatchRegex(@"^Testcontainers \d+\.\d+\.\d+ over Docker 99\.0, API 1\.47, linux/amd64$");
        await provider.Engine.ListNetworksAsync(label: null, Token);
        server.Requests[^1].Should().Be("GET /v1.47/networks HTTP/1.1");
    }

    private static async Task<SandboxException> FaultAsync(EnginePlaces places) =>
        (await FluentActions.Awaiting(() => DockerSandboxes.ConnectAsync(places, TimeProvider.System, storeFolder: null, Token))
            .Should().ThrowAsync<SandboxException>()).Which;

    private EnginePlaces Find() => EngineEndpointFinder.Find(name => _environment.GetValueOrDefault(name), _home.FullName);

    private void Config(string json)
    {
        Directory.CreateDirectory(Path.Combine(_home.FullName, ".docker"));
        File.WriteAllText(Path.Combine(_home.FullName, ".docker", "config.json"), json);
    }

    private void Context(string name, string host)
    {
        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        DirectoryInfo folder = Directory.CreateDirectory(Path.Combine(_home.FullName, ".docker", "contexts", "meta", digest));
        File.WriteAllText(Path.Combine(folder.FullName, "meta.json"),
            $$"""{"Name":"{{name}}","Metadata":{},"Endpoints":{"docker":{"SkipTLSVerify":false,"Host":"{{host}}"} } }""");
    }

    /// <summary>Answers every request with 200: a version, or an empty list.</summary>
    private sealed class FakeEngine : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public FakeEngine(string apiVersion)
        {
            _listener.Start();
            _ = ServeAsync($$"""{"Version":"99.0","ApiVersion":"{{apiVersion}}","Os":"linux","Arch":"amd64"}""");
        }

        public List<string> Requests { get; } = [];

        public EnginePlaces Places =>
            new([EngineEndpoint.Parse($"tcp://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}", "test")], []);

        public void Dispose() => _listener.Dispose();

        private async Task ServeAsync(string version)
        {
            while (true)
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync();
                using var reader = new StreamReader(client.GetStream());
                string? first = await reader.ReadLineAsync();
                Requests.Add(first ?? "");
                while (await reader.ReadLineAsync() is { Length: > 0 })
                {
                }
                string body = first?.Contains("/version", StringComparison.Ordinal) == true ? version : "[]";
                await client.GetStream().WriteAsync(
                    Encoding.ASCII.GetBytes(
                        $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: "
                        + $"close\r\n\r\n{body}"));
            }
        }
    }
}
