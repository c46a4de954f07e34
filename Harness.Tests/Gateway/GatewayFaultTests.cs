using System.Net;
using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Gateway;
using Tandem.Harness.Models;
using Tandem.Harness.Tests.FakeModels;
using Xunit;

namespace Tandem.Harness.Tests.Gateway;

/// <summary>What an agent is answered when its model is not, and what the gateway's book says of it then.</summary>
[Slow]
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

    [Theory, MemberData(nameof(All)), Long]
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

    [Theory, MemberData(nameof(OddAnswers)), Long]
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
            await BreaksOffAsync(client);
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

        await BreaksOffAsync(client);

        (await PendingAsync(gateway)).IsModel.Should().BeTrue();
        gateway.Calls.Should().ContainSingle().Which.Status.Should().BeNull();
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

    [Fact]
    public async Task A_context_that_was_shortened_in_time_is_no_limit()
    {
        int asked = 0;
        await using TestedGateway gateway = await TestedGateway.StartAsync(FakeDialect.Chat,
            _ => asked++ % 2 == 0 ? new FakeAnswer.Status(400, Body: Overflow) : FakeAnswer.Runs("true"));
        using DialectClient client = gateway.ClientOf(FakeDialect.Chat, streams: true);

        for (int i = 0; i < 5; i++)
        {
            (await client.SendAsync(Stop)).StatusCode.Should().Be(HttpStatusCode.BadRequest);
            await client.AskAsync(Stop);
        }

        gateway.Session.End.Should().BeNull();
    }

    [Fact]
    public async Task A_last_word_is_none_when_the_agent_goes_on()
    {
        int asked = 0;
        await using TestedGateway gateway = await TestedGateway.StartAsync(FakeDialect.Chat,
            _ => asked++ == 0 ? new FakeAnswer.Says("Done.") : new FakeAnswer.Cut(4));
        using DialectClient client = gateway.ClientOf(FakeDialect.Chat, streams: true);
        await client.AskAsync(Stop);
        gateway.Session.HasLastWord.Should().BeTrue();

        await BreaksOffAsync(client);

        (await PendingAsync(gateway)).IsModel.Should().BeTrue();
        gateway.Session.HasLastWord.Should().BeFalse();
    }

    /// <summary>What the session noted of a cut: it does so when the client has seen the cut.</summary>
    private static async Task<GatewayEnd> PendingAsync(TestedGateway gateway)
    {
        for (int tries = 0; gateway.Session.Pending is null && tries < 1000; tries++)
            await Task.Delay(10, Stop);
        return gateway.Session.Pending ?? throw new InvalidOperationException("The session noted no cut.");
    }

    /// <summary>The connection breaks off, before its headers have come or behind them.</summary>
    private static async Task BreaksOffAsync(DialectClient client) => await FluentActions.Awaiting(async () =>
    {
        using HttpResponseMessage cut = await client.SendAsync(Stop);
        await cut.Content.ReadAsByteArrayAsync(Stop);
    }).Should().ThrowAsync<HttpRequestException>();
}
