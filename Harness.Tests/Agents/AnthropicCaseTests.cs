using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Configuration;
using Tandem.Harness.Tests.Cases;
using Tandem.Harness.Tests.Models;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>The shell agent whose model speaks Anthropic's own protocol, from its prompt to its record.</summary>
[Slow]
public sealed class AnthropicCaseTests
{
    private static readonly FakeTokens s_tokens = new(Input: 100, Cached: 60, CacheWrite: 20, Output: 10, Reasoning: 4);

    // 20 plain, 60 read, 20 written, 10 out, in millionths of USD.
    private const decimal Cost = 20e-6m + 60e-6m * 0.1m + 20e-6m * 1.25m + 10e-6m;

    [Fact]
    public async Task A_case_is_done_with_a_cache_that_grows_and_its_record_says_what_was_read_from_it()
    {
        await using ShellCases cases = await StartAsync(request => request.Turn switch
        {
            0 => Thinks(FakeToolCall.Bash("ls"), FakeToolCall.Bash("printf 'made\\n' > made.txt")),
            1 => Thinks(FakeToolCall.Bash("cat made.txt; exit 3")),
            _ => Thinks(FakeToolCall.Bash(FakeAnswer.SubmitCommand)),
        });

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new
        {
            AgentStatus = AgentStatus.Submitted,
            InfraError = false,
            TotalSteps = 3,
            TotalCost = 3 * Cost,
            Tokens = new TokenCounts(300, 30, 180, 60),
        });
        record.Agents[0].Should().BeEquivalentTo(new { ModelCalls = 3, MalformedCalls = 0, Error = (string?)null });
        cases.Server.Requests.Should().HaveCount(3).And.OnlyContain(request => request.Dialect == FakeDialect.Messages);
        JsonObject[] bodies = [.. cases.Server.Requests.Select(request => request.Body)];
        MessagesRequestTests.Marks(bodies[0]).Should().Equal("$.tools[0]", "$.system[0]", "$.messages[0].content[0]");
        MessagesRequestTests.Marks(bodies[1]).Should()
            .Equal("$.tools[0]", "$.system[0]", "$.messages[0].content[0]", "$.messages[2].content[1]");
        MessagesRequestTests.Marks(bodies[2]).Should()
            .Equal("$.tools[0]", "$.system[0]", "$.messages[2].content[1]", "$.messages[4].content[0]");
        // What stands before a mark of the request before is the same, byte by byte, but for the marks.
        Begin(bodies[2], 3).Should().Be(Begin(bodies[1], 3));
        Begin(bodies[1], 1).Should().Be(Begin(bodies[0], 1));
        JsonArray last = bodies[2]["messages"]!.AsArray();
        ((string?)last[4]!["content"]![0]!["content"]).Should().Be("made\n[exit code 3]");
        last[1]!["content"]!.AsArray().Select(block => (string?)block!["type"]).Should().Equal("thinking", "tool_use", "tool_use");
        ((string?)last[1]!["content"]![0]!["thinking"], (string?)last[1]!["content"]![0]!["signature"]).Should()
            .Be(("What now?", "c2NyaXB0ZWQgc2lnbmF0dXJl"));
        ((string?)last[3]!["content"]![0]!["signature"]).Should().Be("c2NyaXB0ZWQgc2lnbmF0dXJl");
    }

    [Fact]
    public async Task A_stopped_case_goes_on_with_the_same_thoughts_and_a_replay_does_it_again_without_asking()
    {
        using var stop = new CancellationTokenSource();
        await using ShellCases cases = await StartAsync(request =>
        {
            if (request.Turn == 2 && !stop.IsCancellationRequested)
            {
                stop.Cancel();
                return new FakeAnswer.Stall(TimeSpan.FromMinutes(5));
            }
            return Thinks(FakeToolCall.Bash(request.Turn < 2 ? $"echo {request.Turn} | tee -a steps.txt" : FakeAnswer.SubmitCommand));
        });
        Func<Task> first = () => cases.Runs.RunAsync(RunsFixture.Solo, ShellCases.Shell, stop: stop);
        await first.Should().ThrowAsync<OperationCanceledException>();

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new
        { AttemptKind = AttemptKind.Resumed, AgentStatus = AgentStatus.Submitted, TotalSteps = 3, TotalCost = 3 * Cost });
        cases.Server.Count.Should().Be(4, "what was paid is not asked again");
        cases.Server.Requests[3].Messages.ToJsonString().Should().Be(cases.Server.Requests[2].Messages.ToJsonString());
        Signatures(cases.Server.Requests[3].Messages).Should().Be(2);

        cases.Configuration = cases.Configuration with
        { Name = "again", Agent = new AgentSettings { Kind = "replay", Recording = cases.Runs.Layout.ExperimentFolder } };
        RunRecord again = await cases.Runs.RecordAsync(RunsFixture.Solo, ShellCases.Replay);

        again.Should().BeEquivalentTo(new { AgentStatus = AgentStatus.Submitted, TotalSteps = 3, TotalCost = 0m });
        again.Agents[0].Error.Should().BeNull();
        cases.Server.Count.Should().Be(4);
    }

    [Fact]
    public async Task Messages_of_a_teammate_stand_beside_the_answers_of_tools_and_roles_alternate()
    {
        await using ShellCases cases = await StartAsync(request => (request.AgentId, request.Turn) switch
        {
            ("agent1", 0) => Thinks(FakeToolCall.Bash("send_message agent2 'I take iso.py'")),
            // What no command reads comes with the next prompt.
            ("agent2", 0) => Thinks(FakeToolCall.Bash("sleep 3")),
            _ => Thinks(FakeToolCall.Bash(FakeAnswer.SubmitCommand)),
        });

        RunRecord record = await cases.RecordAsync(RunsFixture.Comm);

        record.AgentStatus.Should().Be(AgentStatus.Submitted);
        JsonArray messages = cases.Server.Requests.Last(request => request.AgentId == "agent2").Messages;
        messages.Select(message => (string?)message!["role"]).Should().Equal("user", "assistant", "user");
        messages[2]!["content"]!.AsArray().Select(block => (string?)block!["type"]).Should().Equal("tool_result", "text");
        ((string?)messages[2]!["content"]![1]!["text"]).Should().Contain("[Message from agent1]").And.Contain("I take iso.py");
    }

    [Theory, Long]
    [InlineData(400, "prompt is too long: 210000 tokens > 200000 maximum", AgentStatus.LimitsExceeded, "context")]
    [InlineData(529, "Overloaded", AgentStatus.Error, null)]
    public async Task A_fault_ends_it_as_with_any_other_endpoint(int status, string words, AgentStatus ended, string? limit)
    {
        string kind = status == 400 ? "invalid_request_error" : "overloaded_error";
        await using ShellCases cases = await StartAsync(request => request.Turn == 0 ? Thinks(FakeToolCall.Bash("echo work > work.txt"))
            : new FakeAnswer.Status(status, new Dictionary<string, string> { ["retry-after-ms"] = "1" },
                $$"""{ "type": "error", "error": { "type": "{{kind}}", "message": "{{words}}" } }"""));

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        (record.AgentStatus, record.InfraError, record.Agents[0].Limit).Should().Be((ended, limit is null, limit));
        (record.TotalCost, record.Tokens).Should().Be((Cost, new TokenCounts(100, 10, 60, 20)));
        cases.Server.Count.Should().Be(limit is null ? 3 : 2, "only what may pass is tried again");
    }

    private static async Task<ShellCases> StartAsync(Func<FakeRequest, FakeAnswer> script)
    {
        ShellCases cases = await ShellCases.StartAsync(script);
        cases.Configuration = cases.Configuration with
        { Model = cases.Configuration.Model with { Provider = ProviderChoice.Anthropic, Name = "cached", ReasoningEffort = "high" } };
        return cases;
    }

    private static FakeAnswer.Says Thinks(params FakeToolCall[] calls) =>
        new FakeAnswer.Says(null, calls) { Thinking = "What now?", Tokens = s_tokens };

    /// <summary>The tools, the system's prompt and the first messages, without the marks.</summary>
    private static string Begin(JsonObject body, int messages)
    {
        var begin = new JsonArray(body["tools"]!.DeepClone(), body["system"]!.DeepClone(),
            new JsonArray([.. body["messages"]!.AsArray().Take(messages).Select(message => message!.DeepClone())]));
        return begin.ToJsonString().Replace(""","cache_control":{"type":"ephemeral"}""", "", StringComparison.Ordinal);
    }

    private static int Signatures(JsonArray messages) => messages.Where(message => message!["content"] is JsonArray)
        .SelectMany(message => message!["content"]!.AsArray()).Count(block => block!["signature"] is not null);
}
