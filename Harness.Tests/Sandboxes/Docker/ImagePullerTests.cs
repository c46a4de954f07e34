using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.TaskSets.Images;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>What an engine is asked for with a pull. A fake server is the engine; no registry is needed.</summary>
public sealed class ImagePullerTests : IDisposable
{
    private const int BackstopMs = 30_000;
    private const string Image = "registry.example/hello:1";
    private readonly CliConfigFolder _cli = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<JsonObject> _shown = [];

    public ImagePullerTests() => _listener.Start();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _listener.Dispose();
        _cli.Dispose();
    }

    [Fact(Timeout = BackstopMs)]
    public async Task An_identity_token_reaches_the_engine_as_one()
    {
        _cli.AddHelper("cloud", "registry.example", "<token>", "long-lived");
        _cli.Write("""{ "credsStore": "cloud" }""");
        (await PullAsync(refuses: static _ => false)).Should().BeNull();
        JsonObject shown = _shown.Should().ContainSingle().Subject;
        shown.Select(member => $"{member.Key}={member.Value}").Should()
            .BeEquivalentTo("identitytoken=long-lived", "serveraddress=registry.example");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task An_old_login_does_not_keep_anybody_from_what_is_public()
    {
        _cli.WriteLogin("registry.example", "reader", "old");
        (await PullAsync(refuses: static login => login.ContainsKey("password"))).Should().BeNull();
        _shown.Select(login => (string?)login["password"]).Should().Equal("old", null);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Where_nothing_helps_the_refusal_of_the_login_is_what_is_said()
    {
        _cli.WriteLogin("registry.example", "reader", "old");
        string? why = await PullAsync(refuses: static _ => true);
        why.Should().EndWith("unauthorized: who is reader? (500). "
            + $"The login in {_cli.File} was shown. Run `docker login registry.example` with an account that may read the image.");
        _shown.Should().HaveCount(2);
    }

    private async Task<string?> PullAsync(Func<JsonObject, bool> refuses)
    {
        _ = ServeAsync(refuses);
        var endpoint = EngineEndpoint.Parse($"tcp://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}", "the test");
        using var engine = new EngineClient(endpoint, apiVersion: null, TimeProvider.System);
        return await new ImagePuller(engine, _cli.Logins(), TimeProvider.System).TryPullAsync(Image, Token);
    }

    /// <summary>Answers one request on each connection, by the login that comes with it.</summary>
    private async Task ServeAsync(Func<JsonObject, bool> refuses)
    {
        while (true)
        {
            using TcpClient client = await _listener.AcceptTcpClientAsync(Token);
            using var reader = new StreamReader(client.GetStream(), Encoding.ASCII, leaveOpen: true);
            var login = new JsonObject();
            while (await reader.ReadLineAsync(Token) is { Length: > 0 } line)
            {
                if (line.StartsWith("X-Registry-Auth: ", StringComparison.OrdinalIgnoreCase))
                    login = Decode(line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
            }
            _shown.Add(login);
            string body = refuses(login) ? $$"""{"message":"unauthorized: who is {{login["username"]}}?"}""" : """{"status":"Done"}""";
            string head = $"HTTP/1.1 {(refuses(login) ? "500 X" : "200 OK")}\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n";
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head + body), Token);
        }
    }

    private static JsonObject Decode(string header) =>
        JsonNode.Parse(Convert.FromBase64String(header.Replace('-', '+').Replace('_', '/')))!.AsObject();
}
