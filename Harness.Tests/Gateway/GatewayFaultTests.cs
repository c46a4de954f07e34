using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Models;
using Tandem.Harness.Tests.FakeModels;
using Xunit;

namespace Tandem.Harness.Tests.Gateway;

/// <summary>What an agent is answered when its model is not, and what the gateway's book says of it then.</summary>
public sealed class GatewayFaultTests
{
    private const string Overflow = """
        {"error": {"message": "This model's maximum context length is 1000 tokens.", "code": "context_length_exceeded", "type": "x"}}
        """;

    public static TheoryData<FakeDialect, bool> All => [.. DialectClient.All];

    public static TheoryData<FakeDialect> Dialects => [.. Enum.GetValues<FakeDialect>()];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<FakeDialect, int, ModelFault> Refusals
    {
        get
        {
            var rows = new TheoryData<FakeDialect, int, ModelFault>();
            foreach (FakeDialect dialect in Enum.GetValues<FakeDialect>())
            {
                rows.Add(dialect, 400, ModelFault.Refused);
                rows.Add(dialect, 401, ModelFault.Authentication);
                rows.Add(dialect, 402, ModelFault.Quota);
                rows.Add(dialect, 403, ModelFault.Authentication);
                rows.Add(dialect, 404, ModelFault.UnknownModel);
            }
            return rows;
        }
    }

    [Theory, MemberData(nameof(Refusals))]
    public async Task What_the_settings_got_wrong_ends_the_agent_at_once(FakeDialect dialect, int status, ModelFault fault)
    {
        await using TestedGateway gateway = await TestedGateway.StartAsync(dialect, _ => new FakeAnswer.Status(status));
        using DialectClient client = gateway.ClientOf(dialect, streams: true);

        using HttpResponseMessage answer = await client.SendAsync(Stop);

        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        gateway.Model.Requests.Should().ContainSingle();
        gateway.Session.End!.Exception.Should().BeOfType<ModelException>().Which.Fault.Should().Be(fault);
        gateway.Session.End.Exception!.Message.Should().NotContain(TestedGateway.Key);
    }

    [Theory, MemberData(nameof(All))]
    public async Task A_pause_of_the_endpoint_is_hidden(FakeDialect dialect, bool streams)
    {
        int asked = 0;
        await using TestedGateway gateway = await TestedGateway.StartAsync(dialect, _ => asked++ switch
        {
            0 => new FakeAnswer.Status(429, new Dictionary<string, string> { ["Retry-After"] = "0" }),
            1 => new FakeAnswer.Status(500, new Dictionary<string, string> { ["Retry-After"] = "0" }),
            _ => new FakeAnswer.Says("At last."),
        });
        using DialectClient client = gateway.ClientOf(dialect, streams);

        Said said = await client.AskAsync(Stop);

        said.Text.Should().Be("At last.");
        gateway.Client.Answers.Should().ContainSingle().Which.Retries.Should().Be(2);
        gateway.Calls.Should().ContainSingle().Which.Should().BeEquivalentTo(new { Retries = 2, RateLimits = 1, Status = 200 });
    }

    [Theory, MemberData(nameof(Dialects))]
    public async Task An_endpoint_that_stays_ill_is_at_fault_and_not_the_agent(FakeDialect dialect)
    {
        await using TestedGateway gateway = await TestedGateway.StartAsync(dialect,
            _ => new FakeAnswer.Status(529, new Dictionary<string, string> { ["Retry-After"] = "0" }));
        using DialectClient client = gateway.ClientOf(dialect, streams: true);

        using HttpResponseMessage answer = await client.SendAsync(Stop);

        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        gateway.Model.Requests.Should().HaveCount(3, "the settings say two further tries");
        gateway.Session.End!.Exception.Should().BeOfType<ModelException>().Which.Fault.Should().Be(ModelFault.Transport);
    }

    public static TheoryData<FakeDialect, string> OddAnswers
    {
        get
        {
            var rows = new TheoryData<FakeDialect, string>();
            foreach (FakeDialect dialect in Enum.GetValues<FakeDialect>())
            {
                rows.Add(dialect, "html");
                rows.Add(dialect, "empty");
                rows.Add(dialect, "reset");
                rows.Add(dialect, "silent");
                // Elsewhere the fake model says something before its error, and that was handed on.
                if (dialect is FakeDialect.Messages or FakeDialect.Responses)
                    rows.Add(dialect, "error");
                rows.Add(dialect, "huge");
            }
            return rows;
        }
    }

    [Theory, MemberData(nameof(OddAnswers))]
    public async Task An_answer_that_is_none_is_asked_for_again(FakeDialect dialect, string odd)
    {
        int asked = 0;
        await using TestedGateway gateway = await TestedGateway.StartAsync(dialect, _ => asked++ > 0
            ? new FakeAnswer.Says("At last.") : odd switch
        {
            "html" => new FakeAnswer.Garbage("<html>Bad gateway</html>"u8.ToArray()),
            "empty" => new FakeAnswer.Garbage([]),
            "reset" => new FakeAnswer.Reset(),
            "silent" => new FakeAnswer.Stall(TimeSpan.FromSeconds(30)),
            "error" => new FakeAnswer.Fails("overloaded_error", Code: 503),
            _ => new FakeAnswer.Huge(3 << 20),
        }, settings: settings => settings with { RequestSeconds = odd == "silent" ? 0.5 : 20, MaxAnswerMb = 1 });
        using DialectClient client = gateway.ClientOf(dialect, streams: odd == "error");

        Said said = await client.AskAsync(Stop);

        said.Text.Should().Be("At last.");
        gateway.Calls.Should().ContainSingle().Which.Retries.Should().Be(1);
    }

    [Theory, MemberData(nameof(Dialects))]
    public async Task A_cut_stream_is_cut_for_the_agent_and_six_in_a_row_end_it(FakeDialect dialect)
    {
        await using TestedGateway gateway = await TestedGateway.StartAsync(dialect, _ => new FakeAnswer.Cut(4));
        using DialectClient client = gateway.ClientOf(dialect, streams: true);

        for (int i = 0; i < 6; i++)
        {
            using HttpResponseMessage cut = await client.SendAsync(Stop);
            await FluentActions.Awaiting(() => cut.Content.ReadAsByteArrayAsync(Stop)).Should().ThrowAsync<HttpRequestException>();
        }
        using HttpResponseMessage after = await client.SendAsync(Stop);

        after.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        gateway.Model.Requests.Should().HaveCount(6);
        gateway.Session.End!.Exception.Should().BeOfType<ModelException>().Which.Fault.Should().Be(ModelFault.Transport);
        gateway.Client.Unusable.Should().HaveCount(6).And.OnlyContain(one => one.Tokens == null, "nobody knows what they cost");
    }

    [Theory, MemberData(nameof(Dialects))]
    public async Task A_clean_end_without_the_end_of_an_answer_is_a_cut(FakeDialect dialect)
    {
        await using TestedGateway gateway = await TestedGateway.StartAsync(dialect,
            _ => new FakeAnswer.Unended(dialect == FakeDialect.Chat ? 2 : null));
        using DialectClient client = gateway.ClientOf(dialect, streams: true);

        using HttpResponseMessage cut = await client.SendAsync(Stop);
        await FluentActions.Awaiting(() => cut.Content.ReadAsByteArrayAsync(Stop)).Should().ThrowAsync<HttpRequestException>();

        gateway.Calls.Should().ContainSingle().Which.Status.Should().BeNull();
        gateway.Session.Pending!.IsModel.Should().BeTrue();
    }

    [Theory, MemberData(nameof(Dialects))]
    public async Task A_full_context_is_said_twice_and_then_ends_the_agent(FakeDialect dialect)
    {
        await using TestedGateway gateway = await TestedGateway.StartAsync(dialect, _ => new FakeAnswer.Status(400, Body: Overflow));
        using DialectClient client = gateway.ClientOf(dialect, streams: true);

        var bodies = new List<string>();
        for (int i = 0; i < 4; i++)
        {
            using HttpResponseMessage answer = await client.SendAsync(Stop);
            answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
            bodies.Add(await answer.Content.ReadAsStringAsync(Stop));
        }

        bodies.Select(body => body.Contains("maximum context length")).Should().Equal(true, true, false, false);
        gateway.Model.Requests.Should().HaveCount(3);
        gateway.Session.End!.Limit.Should().Be("context");
    }

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

    private static JsonObject ToolOfProvider(FakeDialect dialect) => dialect switch
    {
        FakeDialect.Chat => new JsonObject { ["type"] = "web_search" },
        FakeDialect.Responses => new JsonObject { ["type"] = "code_interpreter", ["container"] = new JsonObject() },
        FakeDialect.Messages => new JsonObject { ["type"] = "web_search_20250305", ["name"] = "web_search" },
        _ => new JsonObject { ["googleSearch"] = new JsonObject() },
    };
}
