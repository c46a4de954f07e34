using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Configuration;
using Tandem.Harness.Gateway.Calls;
using Tandem.Harness.Gateway.Dialects;
using Tandem.Harness.Models;
using Tandem.Harness.Tests.FakeModels;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Gateway;

/// <summary>What an agent is answered through the gateway is what its model answered, counted and kept, in each dialect.</summary>
public sealed class GatewayTests
{
    private static readonly FakeTokens s_tokens = new(1000, 800, 0, 50, 7);

    public static TheoryData<FakeDialect, bool> All => [.. DialectClient.All];

    public static TheoryData<FakeDialect> Dialects => [.. Enum.GetValues<FakeDialect>()];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(All))]
    public async Task A_conversation_is_passed_on_counted_and_kept(FakeDialect dialect, bool streams)
    {
        await using TestedGateway gateway = await TestedGateway.StartAsync(dialect, request => request.Turn == 0
            ? new FakeAnswer.Says("I look.", [FakeToolCall.Bash("ls")]) { Tokens = s_tokens, Thinking = "Where am I?" }
            : new FakeAnswer.Says("I am done.") { Tokens = s_tokens });
        using DialectClient client = gateway.ClientOf(dialect, streams);

        Said first = await client.AskAsync(Stop);
        gateway.Session.HasLastWord.Should().BeFalse();
        Said last = await client.AskAsync(Stop);

        (first.Text, last.Text).Should().Be(("I look.", "I am done."));
        first.Calls.Should().ContainSingle().Which.Should().Contain("\"ls\"");
        ChatReply[] answers = [.. gateway.Client.Answers];
        answers.Select(answer => answer.Content).Should().Equal("I look.", "I am done.");
        answers[0].ToolCalls.Should().ContainSingle().Which.Arguments.Should().Contain("\"ls\"");
        answers.Select(answer => answer.Tokens!).Should().OnlyContain(tokens => tokens.Input == 1000 && tokens.Output == 50
            && tokens.CacheRead == 800);
        answers.Select(answer => answer.Cost).Should().OnlyContain(cost => cost == (200 * 1 + 800 * 0.1m + 50 * 10) / 1_000_000m);
        gateway.Client.ToolOutputs.Should().ContainSingle().Which.Output.Should()
            .Be(dialect == FakeDialect.Generate ? "{}" : "done", "the client says so");
        gateway.Session.HasLastWord.Should().BeTrue();
        gateway.Calls.Select(call => (call.Step, call.Outcome, call.Streams, call.Tokens)).Should()
            .Equal((1, "answered", streams, answers[0].Tokens), (2, "answered", streams, answers[1].Tokens));
        gateway.Model.Requests.Should().OnlyContain(request => request.Headers.Values.Any(value => value.Contains(TestedGateway.Key))
            && !request.Headers.Values.Any(value => value.Contains(gateway.Session.Token)));
    }

    [Theory, MemberData(nameof(All))]
    public async Task What_goes_on_is_byte_for_byte_what_came(FakeDialect dialect, bool streams)
    {
        await using TestedGateway gateway = await TestedGateway.StartAsync(dialect,
            _ => new FakeAnswer.Says("Grüße, \u4f60\u597d \U0001F600.", [FakeToolCall.Bash("true")]) { Tokens = s_tokens });
        using DialectClient client = gateway.ClientOf(dialect, streams);

        using HttpResponseMessage response = await client.SendAsync(Stop);
        byte[] received = await response.Content.ReadAsByteArrayAsync(Stop);
        await gateway.Session.DisposeAsync();

        received.Should().Equal(gateway.Answer(1));
        using var direct = new DialectClient(gateway.Model, dialect, streams);
        using HttpResponseMessage same = await direct.SendAsync(Stop);
        response.Content.Headers.ContentType!.MediaType.Should().Be(same.Content.Headers.ContentType!.MediaType);
        JsonNode.DeepEquals(gateway.Asked(1), gateway.Model.Requests[1].Body).Should().BeTrue("it is what the agent asked");
    }

    [Theory, MemberData(nameof(Dialects))]
    public async Task A_budget_of_calls_stops_the_next_with_an_error_of_the_dialect(FakeDialect dialect)
    {
        await using TestedGateway gateway = await TestedGateway.StartAsync(dialect, _ => FakeAnswer.Runs("true"),
            new BookedClient { MostSteps = 2 });
        using DialectClient client = gateway.ClientOf(dialect, streams: true);
        await client.AskAsync(Stop);
        await client.AskAsync(Stop);

        using HttpResponseMessage third = await client.SendAsync(Stop);
        using HttpResponseMessage fourth = await client.SendAsync(Stop);

        (third.StatusCode, fourth.StatusCode).Should().Be((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest));
        string body = await third.Content.ReadAsStringAsync(Stop);
        ((string?)JsonNode.Parse(body)!["error"]!["message"]).Should().NotBeNullOrEmpty();
        body.Should().NotContainAny("context", "length", "credit", "too long", "quota");
        gateway.Model.Requests.Should().HaveCount(2);
        gateway.Session.End!.Limit.Should().Be("steps");
    }

    [Theory, MemberData(nameof(Dialects))]
    public async Task Messages_stand_where_they_came_in_every_further_request(FakeDialect dialect)
    {
        var box = new BookedClient { Messages = new NoMessages() };
        await using TestedGateway gateway = await TestedGateway.StartAsync(dialect,
            request => request.Turn < 3 ? FakeAnswer.Runs("true") : new FakeAnswer.Says("Done."), box);
        using DialectClient client = gateway.ClientOf(dialect, streams: true);

        await client.AskAsync(Stop);
        box.Waiting.Enqueue("[Message from agent2]\nI take the lines 1 to 9.");
        await client.AskAsync(Stop);
        await client.AskAsync(Stop);

        string[] sent = [.. gateway.Model.Requests.Select(request => request.Body.ToJsonString())];
        sent.Select(body => body.Split("I take the lines 1 to 9.").Length - 1).Should().Equal(0, 1, 1);
        // The begin of each request is that of the last one, so that the provider's cache serves it.
        string turns = gateway.Model.Requests[1].Messages.ToJsonString()[..^1];
        gateway.Model.Requests[2].Messages.ToJsonString().Should().StartWith(turns);
        gateway.Calls[1].Inserted.Should().ContainSingle();
        gateway.Asked(2).ToJsonString().Should().NotContain("I take the lines");
    }

    [Theory, MemberData(nameof(All))]
    public async Task A_stream_that_its_agent_left_is_booked_and_read_again_at_no_cost(FakeDialect dialect, bool streams)
    {
        await using TestedGateway gateway = await TestedGateway.StartAsync(dialect,
            _ => new FakeAnswer.Stall(TimeSpan.FromSeconds(0.5), new FakeAnswer.Says("At last.") { Tokens = s_tokens }));
        using DialectClient client = gateway.ClientOf(dialect, streams);
        using var hangUp = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        hangUp.CancelAfter(TimeSpan.FromSeconds(0.2));
        await FluentActions.Awaiting(() => client.SendAsync(hangUp.Token)).Should().ThrowAsync<OperationCanceledException>();

        Said said = await client.AskAsync(Stop);

        said.Text.Should().Be("At last.");
        gateway.Model.Requests.Should().ContainSingle();
        gateway.Client.Answers.Should().ContainSingle().Which.Tokens.Should().NotBeNull();
        gateway.Client.Waits.Should().Be(0);
    }

    [Fact]
    public async Task Half_a_character_in_a_request_is_passed_on_as_it_is()
    {
        await using TestedGateway gateway = await TestedGateway.StartAsync(FakeDialect.Chat, _ => new FakeAnswer.Says("Done."));
        using var http = new HttpClient { DefaultRequestHeaders = { { "Authorization", "Bearer " + gateway.Session.Token } } };
        byte[] body = Encoding.UTF8.GetBytes(
            """{ "model": "model-1", "messages": [{ "role": "user", "content": "cut \\ud83d here \ud83d" }] }""");

        using HttpResponseMessage answer = await http.PostAsync(new Uri(gateway.Address, "/v1/chat/completions"),
            new ByteArrayContent(body), Stop);

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        AskedCalls.TextOf(AskedCalls.Of(Dialect.Of(ModelDialect.OpenAiChat), JsonParts.ParseObject(body)!, body)).Should()
            .Contain("here \ufffd", "a recording is compared without it");
    }

    [Fact]
    [Long]
    public async Task Two_thousand_requests_and_ten_megabytes_pass()
    {
        await using TestedGateway gateway = await TestedGateway.StartAsync(FakeDialect.Chat, _ => FakeAnswer.Runs("true"));
        using var http = new HttpClient { DefaultRequestHeaders = { { "Authorization", "Bearer " + gateway.Session.Token } } };
        var body = new JsonObject
        {
            ["model"] = "model-1",
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Go." }),
            ["tools"] = new JsonArray(new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = "bash" } }),
        };
        async Task<HttpStatusCode> AskAsync(string text)
        {
            using HttpResponseMessage response = await http.PostAsync(new Uri(gateway.Address, "/v1/chat/completions"),
                new StringContent(text, Encoding.UTF8, "application/json"), Stop);
            return response.StatusCode;
        }
        string small = body.ToJsonString();
        for (int i = 0; i < 2000; i++)
            (await AskAsync(small)).Should().Be(HttpStatusCode.OK);
        body["messages"]![0]!["content"] = new string('x', 10 << 20);

        (await AskAsync(body.ToJsonString())).Should().Be(HttpStatusCode.OK);

        gateway.Client.Answers.Should().HaveCount(2001);
        gateway.Calls.Should().HaveCount(2001);
    }

    private sealed class NoMessages : Tandem.Harness.Messaging.IAgentMessages
    {
        public Task<string?> SendAsync(string to, string text, CancellationToken cancellationToken) => Task.FromResult<string?>("nobody");

        public Task<IReadOnlyList<MessageRecord>> ReadMessagesAsync(CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<MessageRecord>>([]);

        public Task<Tandem.Harness.Messaging.Answer> WaitForAnswerAsync(string from, TimeSpan atMost, Func<Task<bool>>? stillWaits,
            CancellationToken cancellationToken) => Task.FromResult(new Tandem.Harness.Messaging.Answer([], "nobody"));
    }
}
