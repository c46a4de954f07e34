using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>What becomes of a case whose model gives answers that nobody can use.</summary>
[Slow]
public sealed class UnusableAnswerCaseTests
{
    [Fact]
    public async Task Five_unusable_answers_in_a_row_end_the_agent_with_what_was_said()
    {
        await using ShellCases cases = await ShellCases.StartAsync(request => request.Turn == 3
            ? ShellCases.Says("echo usable") : new FakeAnswer.Says("I would rather not.", Usage: ShellCases.Usage));

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new { AgentStatus = AgentStatus.LimitsExceeded, InfraError = false, TotalSteps = 9 });
        record.Agents[0].Limit.Should().Be("unusable_answers");
        record.Agents[0].Error.Should().Contain("5 answers in a row").And.Contain("I would rather not.");
    }

    [Fact]
    public async Task What_was_paid_and_cannot_be_used_is_in_the_cost_and_in_the_trajectory()
    {
        var garbage = new FakeAnswer.Garbage(
            """{ "choices": [], "usage": { "prompt_tokens": 300, "completion_tokens": 30, "total_tokens": 330 } }"""u8.ToArray());
        await using ShellCases cases = await ShellCases.StartAsync(request => request.Number == 1 ? garbage
            : ShellCases.Says(FakeAnswer.SubmitCommand));

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        record.TotalCost.Should().Be(4 * ShellCases.Cost);
        record.Agents[0].Should().BeEquivalentTo(new { ModelCalls = 1, Tokens = new { Input = 400, Output = 40 } });
        cases.Runs.Trajectory(RunsFixture.Solo, 1).Where(e => e.Kind is "unusable" or "response").Select(e => (e.Kind, e.Cost)).Should()
            .Equal(("unusable", 3 * ShellCases.Cost), ("response", ShellCases.Cost));
    }

    [Fact, Long]
    public async Task How_many_unusable_answers_end_the_agent_can_be_set()
    {
        await using ShellCases cases = await ShellCases.StartAsync(_ => new FakeAnswer.Says("I cannot help.", FinishReason: "stop"));
        cases.Configuration = cases.Configuration with { Limits = cases.Configuration.Limits with { UnusableAnswers = 2 } };

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        record.Agents[0].Should().BeEquivalentTo(new { Status = AgentStatus.LimitsExceeded, Limit = "unusable_answers", ModelCalls = 2 });
    }

    [Fact, Long]
    public async Task What_was_paid_in_vain_stays_in_the_cost_of_a_resumption_that_fails_too()
    {
        var garbage = new FakeAnswer.Garbage(
            """{ "choices": [], "usage": { "prompt_tokens": 300, "completion_tokens": 30, "total_tokens": 330 } }"""u8.ToArray());
        await using ShellCases cases = await ShellCases.StartAsync(request => request.Number switch
        {
            1 => ShellCases.Says("ls"),
            2 => garbage,
            _ => new FakeAnswer.Status(503, new Dictionary<string, string> { ["Retry-After"] = "0" }),
        });
        cases.Configuration = cases.Configuration with { Run = cases.Configuration.Run with { Attempts = 2 } };

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new { Attempt = 2, AttemptKind = AttemptKind.Resumed, InfraError = true });
        cases.Runs.Stored(RunsFixture.Solo).Select(one => one.TotalCost).Should().Equal(4 * ShellCases.Cost, 4 * ShellCases.Cost);
        cases.Runs.Trajectory(RunsFixture.Solo, 2).Count(e => e.Kind == "unusable").Should().Be(1);
    }
}
