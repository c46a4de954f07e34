using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Tests.FakeModels;
using Xunit;

namespace Tandem.Harness.Tests.Gateway;

/// <summary>What the gateway itself refuses: everything but the one model, for the one agent.</summary>
public sealed class GatewayRefusalTests
{
    public static TheoryData<FakeDialect> Dialects => [.. Enum.GetValues<FakeDialect>()];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Dialects))]
    public async Task Nothing_but_the_model_can_be_reached(FakeDialect dialect)
    {
        await using TestedGateway gateway = await TestedGateway.StartAsync(dialect, _ => new FakeAnswer.Says("Yes."));
        using var http = new HttpClient();
        async Task<HttpStatusCode> SendAsync(HttpMethod method, string path) =>
            (await http.SendAsync(new HttpRequestMessage(method, new Uri(gateway.Address, path)), Stop)).StatusCode;
        using DialectClient foreign = gateway.ClientOf(dialect, streams: true);
        using var otherModel = new DialectClient(gateway.Address, dialect, streams: true)
        { Key = gateway.Session.Token, Model = "model-2" };
        using var stranger = new DialectClient(gateway.Address, dialect, streams: true) { Key = "tandem-0123" };
        using var nobody = new DialectClient(gateway.Address, dialect, streams: true);
        using var searcher = new DialectClient(gateway.Address, dialect, streams: true)
        {
            Key = gateway.Session.Token,
            More = new JsonObject { ["tools"] = new JsonArray(ToolOfProvider(dialect)) },
        };

        HttpStatusCode[] refused =
        [
            await SendAsync(HttpMethod.Get, "/"), await SendAsync(HttpMethod.Get, "/v1/files"),
            await SendAsync(HttpMethod.Post, "/v1/embeddings"),
            await SendAsync(HttpMethod.Delete, "/v1/models/model-1"), await SendAsync(HttpMethod.Get, "/v1/../v1/batches"),
            (await otherModel.SendAsync(Stop)).StatusCode, (await stranger.SendAsync(Stop)).StatusCode,
            (await nobody.SendAsync(Stop)).StatusCode, (await searcher.SendAsync(Stop)).StatusCode,
        ];

        refused.Should().Equal(HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.NotFound,
            HttpStatusCode.NotFound, HttpStatusCode.BadRequest, HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized,
            HttpStatusCode.BadRequest);
        gateway.Model.Requests.Should().BeEmpty();
        gateway.Session.Refusals.Should().Be(9);
        (await foreign.AskAsync(Stop)).Text.Should().Be("Yes.");
    }

    [Theory, MemberData(nameof(Dialects))]
    public async Task Another_model_is_replaced_where_the_definition_says_so(FakeDialect dialect)
    {
        await using TestedGateway gateway = await TestedGateway.StartAsync(dialect, _ => new FakeAnswer.Says("Yes."),
            terms: terms => terms with { MapsModels = true });
        using var client = new DialectClient(gateway.Address, dialect, streams: false) { Key = gateway.Session.Token, Model = "model-2" };

        (await client.AskAsync(Stop)).Text.Should().Be("Yes.");

        gateway.Model.Requests.Should().ContainSingle().Which.Model.Should().Be("model-1");
        gateway.Calls.Should().ContainSingle().Which.Model.Should().Be("model-2");
    }

    [Fact]
    public async Task An_agent_that_asks_for_ever_for_what_is_refused_ends()
    {
        await using TestedGateway gateway = await TestedGateway.StartAsync(FakeDialect.Chat, _ => new FakeAnswer.Says("Yes."));
        using var http = new HttpClient();
        for (int i = 0; i < 100; i++)
            (await http.PostAsJsonAsync(new Uri(gateway.Address, "/v1/completions"), new { }, Stop)).StatusCode.Should()
                .Be(HttpStatusCode.NotFound);

        gateway.Session.End!.Exception!.Message.Should().Contain("100 times");
    }

    [Theory]
    [InlineData("""{ "tools": [{}, { "type": "web_search_preview" }] }""")]
    [InlineData("""{ "enable_search": true }""")]
    [InlineData("""{ "plugins": [{ "id": "web" }] }""")]
    [InlineData("""{ "messages": [{ "role": "user", "content": [{ "type": "image_url", "image_url": { "url": "http://x/y" } }] }] }""")]
    public async Task What_reaches_further_is_found_behind_other_things(string more)
    {
        await using TestedGateway gateway = await TestedGateway.StartAsync(FakeDialect.Chat, _ => new FakeAnswer.Says("Yes."));
        using var client = new DialectClient(gateway.Address, FakeDialect.Chat, streams: false)
        { Key = gateway.Session.Token, More = JsonNode.Parse(more)!.AsObject() };

        (await client.SendAsync(Stop)).StatusCode.Should().Be(HttpStatusCode.BadRequest);

        gateway.Model.Requests.Should().BeEmpty();
    }

    [Fact]
    public async Task A_header_that_cannot_be_sent_is_left_out()
    {
        await using TestedGateway gateway = await TestedGateway.StartAsync(FakeDialect.Chat, _ => new FakeAnswer.Says("Yes."));
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync(gateway.Address.Host, gateway.Address.Port, Stop);
        byte[] body = System.Text.Encoding.UTF8.GetBytes(
            """{ "model": "model-1", "messages": [{ "role": "user", "content": "Go." }] }""");
        byte[] head = System.Text.Encoding.Latin1.GetBytes($"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nUser-Agent: café\r\n"
            + $"Authorization: Bearer {gateway.Session.Token}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n");
        await socket.GetStream().WriteAsync((byte[])[.. head, .. body], Stop);
        using var reader = new StreamReader(socket.GetStream());

        string answer = await reader.ReadToEndAsync(Stop);

        // Kestrel may refuse the header by itself; the endpoint is never at fault for it.
        answer.Should().MatchRegex("^HTTP/1.1 (200|400) ");
        gateway.Session.End.Should().BeNull();
    }

    private static JsonObject ToolOfProvider(FakeDialect dialect) => dialect switch
    {
        FakeDialect.Chat => new JsonObject { ["type"] = "web_search" },
        FakeDialect.Responses => new JsonObject { ["type"] = "code_interpreter", ["container"] = new JsonObject() },
        FakeDialect.Messages => new JsonObject { ["type"] = "web_search_20250305", ["name"] = "web_search" },
        _ => new JsonObject { ["googleSearch"] = new JsonObject() },
    };
}
