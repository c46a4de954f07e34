using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Models;
using Tandem.Harness.Telemetry;
using Tandem.Harness.Tests.Agents;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Telemetry;

/// <summary>Names, parents and values of the spans and metrics of cases.</summary>
[Slow]
public sealed class TelemetryTests
{
    private static readonly ModelProvider s_provider = new("deepseek", "api.deepseek.com", 443);

    /// <summary>A name that no other test's measurements have.</summary>
    private readonly string _model = $"model-{Guid.NewGuid():n}";

    [Fact]
    public async Task A_case_of_two_agents_is_one_tree_of_spans()
    {
        await using ShellCases cases = await ShellCases.StartAsync("echo hello > notes-$$.txt");
        using var ear = new TelemetryEar();

        await cases.RecordAsync(RunsFixture.Coop);

        Activity root = ear.Named("case").Should().ContainSingle().Subject;
        Activity attempt = ear.Named("attempt").Should().ContainSingle().Subject;
        attempt.ParentSpanId.Should().Be(root.SpanId);
        foreach (string phase in new[] { "provision", "merge", "tests" })
            ear.Named(phase).Should().ContainSingle().Which.ParentSpanId.Should().Be(attempt.SpanId, phase);
        IReadOnlyList<Activity> agents = ear.Named("invoke_agent");
        agents.Should().HaveCount(2).And.OnlyContain(agent => agent.ParentSpanId == attempt.SpanId && agent.Kind == ActivityKind.Internal);
        foreach (Activity agent in agents)
        {
            ear.Named("chat").Where(chat => chat.ParentSpanId == agent.SpanId).Should().HaveCount(2)
                .And.OnlyContain(chat => chat.Kind == ActivityKind.Client);
            ear.Named("execute_tool").Should().Contain(tool => tool.ParentSpanId == agent.SpanId);
            agent.OperationName.Should().Be($"invoke_agent {agent.GetTagItem("gen_ai.agent.name")}", "the conventions make the name so");
            Tags(agent).Should().Contain("gen_ai.provider.name", "openai_compatible").And.Contain("gen_ai.request.model", "priced")
                .And.Contain("tandem.agent", "shell");
        }
        Tags(ear.Named("merge")[0]).Should().BeEquivalentTo(
            new Dictionary<string, object?> { ["tandem.merge_outcome"] = "merge_clean", ["tandem.merge_strategy"] = "naive" });
        ear.Named("merge")[0].StartTimeUtc.Should().BeBefore(ear.Named("tests")[0].StartTimeUtc);
        ear.Spans.Should().OnlyContain(span => span.Status == ActivityStatusCode.Unset);
    }

    [Fact]
    public async Task A_chat_span_says_whom_it_asked_and_what_was_cached()
    {
        await using ShellCases cases = await ShellCases.StartAsync("true");
        using var ear = new TelemetryEar();

        await cases.RecordAsync(RunsFixture.Solo);

        Tags(ear.Named("chat")[0]).Should().BeEquivalentTo(new Dictionary<string, object?>
        {
            ["gen_ai.operation.name"] = "chat",
            ["gen_ai.provider.name"] = "openai_compatible",
            ["gen_ai.request.model"] = "priced",
            ["server.address"] = "127.0.0.1",
            ["server.port"] = cases.Server.BaseUrl.Port,
            ["gen_ai.agent.id"] = "solo",
            ["gen_ai.usage.input_tokens"] = 100L,
            ["gen_ai.usage.output_tokens"] = 10L,
            ["gen_ai.usage.cache_read.input_tokens"] = 60L,
            ["gen_ai.response.finish_reasons"] = new[] { "tool_calls" },
            ["tandem.step"] = 1,
            ["tandem.cost_usd"] = (double)ShellCases.Cost,
            ["tandem.retries"] = 0,
        });
    }

    [Fact, Long]
    public async Task An_agent_that_asks_no_model_has_no_provider()
    {
        await using var runs = new RunsFixture();
        using var ear = new TelemetryEar();

        await runs.RecordAsync(RunsFixture.Solo, RunsFixture.Oracle);

        Tags(ear.Named("invoke_agent").Should().ContainSingle().Subject)
            .Should().NotContainKeys("gen_ai.provider.name", "gen_ai.request.model").And.Contain("tandem.agent", "oracle");
        Tags(ear.Named("merge")[0]).Should().BeEquivalentTo(
            new Dictionary<string, object?> { ["tandem.merge_outcome"] = "merge_clean" }, "a single patch has nothing to merge with");
    }

    [Fact]
    public void Tokens_that_the_endpoint_does_not_say_are_left_out()
    {
        using var ear = new TelemetryEar();

        Ask(new JsonObject());

        Tags(ear.Named("chat").Should().ContainSingle().Subject).Keys
            .Should().NotContain(key => key.StartsWith("gen_ai.usage", StringComparison.Ordinal))
            .And.NotContain("tandem.cost_usd");
        ear.Of("gen_ai.client.token.usage", _model).Should().BeEmpty();
        ear.Of("tandem.cost", _model).Should().BeEmpty();
        ear.Of("gen_ai.client.operation.duration", _model).Should().ContainSingle();
    }

    [Fact]
    public void Tokens_that_went_into_the_cache_are_not_those_that_came_out_of_it()
    {
        using var ear = new TelemetryEar();

        Ask(new JsonObject
        {
            ["prompt_tokens"] = 1000,
            ["completion_tokens"] = 5,
            ["prompt_tokens_details"] = new JsonObject { ["cached_tokens"] = 0, ["cache_write_tokens"] = 700 },
        });

        Tags(ear.Named("chat")[0]).Should().Contain("gen_ai.usage.input_tokens", 1000L)
            .And.Contain("gen_ai.usage.cache_creation.input_tokens", 700L)
            .And.Contain("gen_ai.usage.cache_read.input_tokens", 0L, "a nought that the endpoint says is known");
    }

    [Fact]
    public void Token_usage_is_a_histogram_with_the_conventions_boundaries()
    {
        using var ear = new TelemetryEar();

        Ask(new JsonObject { ["prompt_tokens"] = 1000, ["completion_tokens"] = 5 });

        Histogram<long> usage = ear.Instruments["gen_ai.client.token.usage"].Should().BeOfType<Histogram<long>>().Subject;
        usage.Unit.Should().Be("{token}");
        usage.Advice!.HistogramBucketBoundaries.Should().Equal(Enumerable.Range(0, 14).Select(power => 1L << (2 * power)));
        IReadOnlyList<TelemetryEar.Measured> measured = ear.Of(usage.Name, _model);
        measured.Select(one => (one.Tags["gen_ai.token.type"], one.Value)).Should().Equal(("input", 1000), ("output", 5));
        measured.Should().AllSatisfy(one => one.Tags.Should().Contain("gen_ai.operation.name", "chat")
            .And.Contain("gen_ai.provider.name", "deepseek")
            .And.Contain("server.address", "api.deepseek.com").And.Contain("server.port", 443));
    }

    [Fact]
    public void Durations_of_calls_are_a_histogram_with_the_conventions_boundaries()
    {
        using var ear = new TelemetryEar();

        Ask(new JsonObject());

        Histogram<double> durations = ear.Instruments["gen_ai.client.operation.duration"].Should().BeOfType<Histogram<double>>().Subject;
        durations.Unit.Should().Be("s");
        durations.Advice!.HistogramBucketBoundaries.Should().Equal(Enumerable.Range(0, 14).Select(power => 0.01 * (1 << power)));
        ear.Of(durations.Name, _model).Should().ContainSingle().Which.Value.Should().Be(1.5);
    }

    [Fact]
    public async Task A_call_without_an_answer_is_an_error_of_its_kind()
    {
        await using ShellCases cases = await ShellCases.StartAsync(_ => new FakeAnswer.Status(401));
        cases.Configuration = cases.Configuration with { Model = cases.Configuration.Model with { Name = _model } };
        using var ear = new TelemetryEar();

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        Activity chat = ear.Named("chat").Should().ContainSingle().Subject;
        chat.Status.Should().Be(ActivityStatusCode.Error);
        chat.StatusDescription.Should().BeNull();
        Tags(chat).Should().Contain("error.type", "authentication").And.NotContainKey("gen_ai.usage.input_tokens");
        ear.Of("gen_ai.client.operation.duration", _model).Should().ContainSingle()
            .Which.Tags.Should().Contain("error.type", "authentication");
        Activity attempt = ear.Named("attempt").Should().ContainSingle().Subject;
        attempt.Status.Should().Be(ActivityStatusCode.Error);
        Tags(attempt).Should().Contain("error.type", "model_configuration").And.Contain("tandem.outcome", "infra_error");
        record.InfraError.Should().BeTrue();
    }

    /// <summary>A call whose answer has this usage, as the harness reads and reports it.</summary>
    private void Ask(JsonObject usage)
    {
        using var answer = System.Text.Json.JsonDocument.Parse(new JsonObject { ["usage"] = usage }.ToJsonString());
        using Activity? span = Instrumentation.ModelCall("solo", 1, _model, s_provider);
        Instrumentation.Answered(span, _model, s_provider, new ChatReply
        {
            Content = "Done.",
            ToolCalls = [],
            FinishReason = "stop",
            Tokens = UsageReader.Read(answer.RootElement),
            Cost = null,
            Latency = TimeSpan.FromSeconds(1.5),
            Retries = 0,
            Message = [],
        });
    }

    private static Dictionary<string, object?> Tags(Activity span) => span.TagObjects.ToDictionary();
}
