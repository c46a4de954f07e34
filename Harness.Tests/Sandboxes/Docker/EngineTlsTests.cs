using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.TaskSets.Images;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>The real engine over TCP, with TLS and without, as a remote one is reached.</summary>
public sealed class EngineTlsTests : DockerTestBase
{
    private const string Host = "127.0.0.1";
    private const int Commands = 20;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tandem-tls-");
    private readonly TestAuthority _authority = new("our authority");

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Assert.SkipWhen(Engine.Endpoint.SocketPath is null, "The relay needs a unix socket; this engine is reached over TCP already.");
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory(Timeout = BackstopMs), Long]
    [InlineData(SslProtocols.None, Traits = ["Tier", "Long"])]
    [InlineData(SslProtocols.Tls12, Traits = ["Tier", "Long"])]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_sandbox_lives_over_TCP_and_calls_share_connections(SslProtocols protocol)
    {
        using X509Certificate2 server = _authority.IssueServer(Host);
        RelayTls? tls = protocol == SslProtocols.None ? null : new RelayTls(server, _authority.Certificate, protocol);
        await using var relay = new EngineRelay(Engine.Endpoint, tls);
        _authority.WriteClient(_folder.FullName);
        await using (DockerSandboxProvider provider = await ConnectAsync(relay, tls is not null))
        {
            ISandbox sandbox = await provider.CreateAsync(Spec(), Token);
            await using (sandbox)
            {
                for (int i = 0; i < Commands; i++)
                    (await PrintAsync(sandbox, $"echo {i}")).Should().Be($"{i}\n");
                for (int i = 0; i < Commands; i++)
                {
                    ExecResult echo = await sandbox.ExecAsync(new ExecRequest { Command = ["echo", $"{i}"], OwnProcess = true }, Token);
                    (echo.Succeeded, echo.Stdout.Text).Should().Be((true, $"{i}\n"));
                }

                // Sorting prints only when its input has ended: each direction ends by itself.
                string lines = string.Concat(Enumerable.Range(0, 100_000).Reverse().Select(i => $"{i:D6}\n"));
                ExecRequest sort = ExecRequest.Shell("sort; exit 3") with { Stdin = Encoding.ASCII.GetBytes(lines), KeepBytes = 1 << 20 };
                ExecResult sorted = await sandbox.ExecAsync(sort, Token);
                (sorted.Outcome, sorted.ExitCode, sorted.Detail).Should().Be((ExecOutcome.Exited, 3, null));
                sorted.Stdout.Text.Should().Be(string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{i:D6}\n")));

                byte[] content = RandomNumberGenerator.GetBytes(3 << 20);
                await sandbox.PutFilesAsync([new SandboxFile("/tmp/in/ä file", content)], Token);
                (await provider.Engine.GetFileAsync(sandbox.Id, "/tmp/in/ä file", content.Length, Token)).Should().Equal(content);
            }
        }
        (await ContainersAsync()).Should().BeEmpty("it was removed");

        relay.Streams.Should().BeGreaterThan(Commands, "each process of the engine's own has a stream");
        relay.Calls.Should().BeGreaterThan(2 * Commands, "it is prepared and looked at by calls");
        (relay.Connections - relay.Streams).Should().BeInRange(1, 6, "{0} calls share a few connections", relay.Calls);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_server_of_another_name_is_refused(SslProtocols protocol)
    {
        using X509Certificate2 server = _authority.IssueServer("other.example");
        await ExpectRefusedAsync(server, withClient: true, protocol, "its certificate is for other.example, not for 127.0.0.1");
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_server_of_another_authority_is_refused(SslProtocols protocol)
    {
        using var other = new TestAuthority("another authority");
        using X509Certificate2 server = other.IssueServer(Host);
        const string why = "its certificate is signed by CN=another authority, for which CN=our authority in ca.pem does not vouch";
        await ExpectRefusedAsync(server, withClient: true, protocol, why);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_server_whose_certificate_has_run_out_is_refused()
    {
        using X509Certificate2 server = _authority.IssueServer(Host, TimeProvider.System.GetUtcNow().AddHours(-1));
        await ExpectRefusedAsync(server, withClient: true, SslProtocols.Tls13, "its certificate is valid only from");
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_client_without_a_certificate_is_refused(SslProtocols protocol)
    {
        using X509Certificate2 server = _authority.IssueServer(Host);
        await ExpectRefusedAsync(server, withClient: false, protocol, "no client certificate was shown");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_client_of_another_authority_is_refused()
    {
        using var other = new TestAuthority("another authority");
        using X509Certificate2 server = _authority.IssueServer(Host);
        other.WriteClient(_folder.FullName);
        File.WriteAllText(Path.Combine(_folder.FullName, "ca.pem"), _authority.Certificate.ExportCertificatePem());
        await using var relay = new EngineRelay(Engine.Endpoint, new RelayTls(server, _authority.Certificate, SslProtocols.Tls13));
        (await FaultAsync(() => ConnectAsync(relay, withTls: true))).Message.Should().Contain($"tcp://{Host}:{relay.Port}")
            .And.Contain("it was shown the certificate of CN=client, signed by CN=another authority");
        relay.Calls.Should().Be(0);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Who_skips_the_check_takes_any_server()
    {
        using var other = new TestAuthority("another authority");
        using X509Certificate2 server = other.IssueServer("other.example");
        _authority.WriteClient(_folder.FullName);
        await using var relay = new EngineRelay(Engine.Endpoint, new RelayTls(server, _authority.Certificate, SslProtocols.Tls13));
        var tls = EngineTls.Read(_folder.FullName, verifiesServer: false);
        EnginePlaces places = new([EngineEndpoint.Parse($"tcp://{Host}:{relay.Port}", "the test", tls)], []);
        using EngineClient client = (await EngineNegotiation.ConnectAsync(places, TimeProvider.System, Token)).Client;
        (await client.GetInfoAsync(Token)).ID.Should().Be((await Engine.GetInfoAsync(Token)).ID);
    }

    private async Task ExpectRefusedAsync(X509Certificate2 server, bool withClient, SslProtocols protocol, string why)
    {
        _authority.WriteClient(_folder.FullName, withClient);
        await using var relay = new EngineRelay(Engine.Endpoint, new RelayTls(server, _authority.Certificate, protocol));
        SandboxException refusal = await FaultAsync(() => ConnectAsync(relay, withTls: true));
        refusal.Message.Should().Contain($"tcp://{Host}:{relay.Port} (DOCKER_HOST): ").And.Contain(why);

        // Streams have connections of their own, and so has a client that is at work when certificates change.
        using var client = new EngineClient(Places(relay, withTls: true).Candidates[0], new Version(1, 41), TimeProvider.System);
        foreach (Func<Task> act in (Func<Task>[])[() => client.GetInfoAsync(Token), () => client.AttachAsync("none", Token)])
            (await FaultAsync(act)).Message.Should().Contain(why).And.Contain("DOCKER_CERT_PATH").And.NotContain("Is it running");
        (relay.Calls, relay.Streams).Should().Be((0, 0));
    }

    private static async Task<SandboxException> FaultAsync(Func<Task> act)
    {
        SandboxException exception = (await act.Should().ThrowAsync<SandboxException>()).Which;
        exception.Fault.Should().Be(SandboxFault.Engine);
        return exception;
    }

    private Task<DockerSandboxProvider> ConnectAsync(EngineRelay relay, bool withTls) =>
        DockerSandboxes.ConnectAsync(Places(relay, withTls), TimeProvider.System, storeFolder: null, Token);

    private EnginePlaces Places(EngineRelay relay, bool withTls)
    {
        var environment = new Dictionary<string, string> { ["DOCKER_HOST"] = $"tcp://{Host}:{relay.Port}" };
        if (withTls)
            (environment["DOCKER_TLS_VERIFY"], environment["DOCKER_CERT_PATH"]) = ("1", _folder.FullName);
        return EngineEndpointFinder.Find(name => environment.GetValueOrDefault(name), _folder.FullName);
    }
}
