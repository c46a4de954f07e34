using System.Diagnostics;
using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Configuration;
using Tandem.Harness.Models;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Models;

public sealed class ModelConnectionTests
{
    [Fact]
    public async Task An_answer_comes_with_its_calls_tokens_cost_and_latency()
    {
        var usage = new JsonObject
        {
            ["prompt_tokens"] = 1000,
            ["completion_tokens"] = 100,
            ["prompt_tokens_details"] = new JsonObject
            { ["cached_tokens"] = 600 }
        };
        await using ModelFixture model = await ModelFixture.AlwaysAsync(new FakeAnswer.Says("I look.", [FakeToolCall.Bash("ls")], usage));

        ChatReply reply = await model.AskAsync();

        reply.Content.Should().Be("I look.");
        reply.ToolCalls.Should().Equal(new ChatToolCall("call_1_1", "bash", """{"command":"ls"}"""));
        reply.FinishReason.Should().Be("tool_calls");
        reply.Tokens.Should().Be(new TokenCounts(1000, 100, 600, null));
        reply.Cost.Should().Be((400 * 2.5m + 600 * 1.25m + 100 * 10m) / 1_000_000m);
        reply.Latency.Should().BePositive();
        reply.Retries.Should().Be(0);
        model.Server.Requests.Should().ContainSingle().Which.Headers["Authorization"].Should().Be($"Bearer {ModelFixture.Key}");
        model.Connection.Endpoint.Should().Be(model.Server.BaseUrl.ToString());
    }

    [Fact]
    public async Task Only_the_parameters_that_are_set_are_sent()
    {
        await using ModelFixture model = await ModelFixture.AlwaysAsync(new FakeAnswer.Says("Hello."));

        await model.AskAsync();

        model.Server.Requests.Single().Body.Select(member => member.Key).Should().BeEquivalentTo("model", "messages", "tools");
    }

    [Fact]
    public async Task Parameters_are_sent_as_set_and_the_seed_with_the_cases_added()
    {
        await using ModelFixture model = await ModelFixture.AlwaysAsync(
            new FakeAnswer.Says("Hello."),
            settings => settings with
            {
                Temperature = 0.25,
                Seed = 40,
                MaxOutputTokens = 512,
                MaxTokensParameter = MaxTokensParameter.MaxCompletionTokens,
                ReasoningEffort = "low"
            });

        await model.Connection.CompleteAsync(ModelFixture.Request("Grüße, 你好 \ud800!") with { Tools = [] }, Stop);

        JsonObject body = model.Server.Requests.Single().Body;
        body.Select(member => member.Key).Should()
            .BeEquivalentTo("model", "messages", "temperature", "seed", "max_completion_tokens", "reasoning_effort");
        ((double)body["temperature"]!).Should().Be(0.25);
        ((int)body["seed"]!).Should().Be(42);
        ((int)body["max_completion_tokens"]!).Should().Be(512);
        ((string?)body["messages"]![1]!["content"]).Should().Be("Grüße, 你好 \ufffd!");
    }

    [Fact]
    public async Task A_model_without_a_price_has_an_unknown_cost_and_a_free_one_costs_nothing()
    {
        await using ModelFixture unpriced = await ModelFixture
            .AlwaysAsync(new FakeAnswer.Says("Hello."), settings => settings with { Name = "home-made" });
        await using ModelFixture free = await ModelFixture
            .AlwaysAsync(new FakeAnswer.Says("Hello."), settings => settings with { Name = "fake" });

        ChatReply reply = await unpriced.AskAsync();

        reply.Tokens.Should().NotBeNull();
        reply.Cost.Should().BeNull();
        (await free.AskAsync()).Cost.Should().Be(0);
    }

    [Fact]
    public async Task Without_usage_tokens_and_cost_are_unknown()
    {
        await using ModelFixture model = await ModelFixture
            .AlwaysAsync(new FakeAnswer.Garbage("""{ "choices": [{ "message": { "content": "Hello." } }] }"""u8.ToArray()));

        ChatReply reply = await model.AskAsync();

        reply.Tokens.Should().BeNull();
        reply.Cost.Should().BeNull();
        reply.FinishReason.Should().BeNull();
    }

    [Fact]
    public async Task An_answer_of_10_MB_arrives_whole_where_it_is_allowed()
    {
        await using ModelFixture model = await ModelFixture.AlwaysAsync(new FakeAnswer.Huge(10_000_000),
            settings => settings with { MaxAnswerMb = 10 });

        (await model.AskAsync()).Content.Should().HaveLength(10_000_000);
    }

    [Fact]
    public async Task No_more_requests_than_allowed_are_under_way_at_once_for_all_callers()
    {
        int now = 0;
        int most = 0;
        using var never = new ManualResetEventSlim();
        await using ModelFixture model = await ModelFixture.StartAsync(
            request =>
            {
                InterlockedMax(ref most, Interlocked.Increment(ref now));
                never.Wait(TimeSpan.FromMilliseconds(20));
                Interlocked.Decrement(ref now);
                return new FakeAnswer.Says("Done.");
            },
            settings => settings with { MaxConcurrent = 3 });

        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => model.Connection.CompleteAsync(ModelFixture.Request($"{i}"), Stop)));

        most.Should().BeInRange(1, 3);
    }

    [Fact]
    public async Task Cancelling_ends_a_request_at_once()
    {
        await using ModelFixture model = await ModelFixture.AlwaysAsync(new FakeAnswer.Stall(TimeSpan.FromMinutes(5)));
        using var cancel = new CancellationTokenSource();
        Task asked = model.Connection.CompleteAsync(ModelFixture.Request("Hello."), cancel.Token);
        while (model.Server.Count == 0)
            await Task.Delay(10, TestContext.Current.CancellationToken);
        long began = Stopwatch.GetTimestamp();
        await cancel.CancelAsync();

        await FluentActions.Awaiting(() => asked).Should().ThrowAsync<OperationCanceledException>();
        Stopwatch.GetElapsedTime(began).Should().BeLessThan(TimeSpan.FromMinutes(1));
        model.Server.Count.Should().Be(1);
    }

    [Fact]
    public async Task A_scripted_conversation_goes_on_by_its_turn_after_each_fault_once()
    {
        Func<FakeRequest, FakeAnswer> script = FakeScript.Of(new Dictionary<string, List<FakeAnswer>>
        {
            ["solo"] = [new FakeAnswer.Status(503), new FakeAnswer.Says("one"), new FakeAnswer.Status(500), new FakeAnswer.Reset(),
                new FakeAnswer.Says("two")],
        });
        await using ModelFixture model = await ModelFixture.StartAsync(script);
        ChatRequest request = ModelFixture.Request("Go.");
        var said = new List<(string?, int)>();

        for (int turn = 0; turn < 3; turn++)
        {
            ChatReply reply = await model.Connection.CompleteAsync(request, Stop);
            said.Add((reply.Content ?? reply.ToolCalls[0].Arguments, reply.Retries));
            request.Messages.Add(reply.Message);
        }

        said.Should().Equal(("one", 1), ("two", 2), ("""{"command":"echo TANDEM_SUBMIT"}""", 0));
        model.Server.Requests[^1].Turn.Should().Be(2);
        model.Server.Requests[^1].AgentId.Should().Be("solo");
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static void InterlockedMax(ref int most, int value)
    {
        int seen = Volatile.Read(ref most);
        while (value > seen && Interlocked.CompareExchange(ref most, value, seen) is int other && other != seen)
            seen = other;
    }
}
