using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Cases;
using Tandem.Harness.Configuration;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>What the shell agent did, done again at no cost.</summary>
[Slow]
public sealed class ReplayTests
{
    [Fact]
    public async Task A_replay_does_the_same_by_real_commands_without_a_model()
    {
        await using ShellCases cases = await ShellCases
            .StartAsync("date; sleep 0.1; time -p true", "echo one > a.txt", "no-such-program", "echo two >> a.txt; cat a.txt");
        RunRecord recorded = await cases.RecordAsync(RunsFixture.Solo);
        byte[] patch = cases.Runs.Artifact(RunsFixture.Solo, 1, "solo.patch")!;
        int asked = cases.Server.Count;

        RunRecord record = await ReplayAsync(cases, RunsFixture.Solo);

        cases.Server.Count.Should().Be(asked);
        record.Should().BeEquivalentTo(new
        {
            Agent = "replay",
            AttemptKind = AttemptKind.Run,
            AgentStatus = AgentStatus.Submitted,
            recorded.TotalSteps,
            TotalCost = 0m,
            Tokens = (TokenCounts?)null,
            recorded.BothPassed
        });
        record.Agents[0].Should().BeEquivalentTo(new { Error = (string?)null, ModelCalls = 5 });
        cases.Runs.Artifact(RunsFixture.Solo, 1, "solo.patch").Should().Equal(patch);
        cases.Runs.Trajectory(RunsFixture.Solo, 1).Where(e => e.Kind is "command" or "response").Should().HaveCount(10).And
            .OnlyContain(e => e.At >= record.StartedAt);
    }

    [Fact, Long]
    public async Task The_first_divergence_is_told_and_the_replay_goes_on()
    {
        await using ShellCases cases = await ShellCases
            .StartAsync("true", "cat /proc/sys/kernel/random/uuid | tee id.txt", "[ $(( $(cat runs 2>/dev/null || echo 0) )) = 0 ]");
        await cases.RecordAsync(RunsFixture.Solo);

        RunRecord record = await ReplayAsync(cases, RunsFixture.Solo);

        record.AgentStatus.Should().Be(AgentStatus.Submitted);
        record.Agents[0].Error.Should()
            .Be("departs from its recording in step 2: 'cat /proc/sys/kernel/random/uuid | tee id.txt' printed something else");
        cases.Runs.Trajectory(RunsFixture.Solo, 1).Single(e => e.Kind == "divergence").Step.Should().Be(2);
        record.TotalSteps.Should().Be(4);
    }

    [Fact, Long]
    public async Task A_replay_ends_at_the_limit_at_which_its_recording_ended()
    {
        await using ShellCases cases = await ShellCases.StartAsync(request => request.Turn < 2
            ? ShellCases.Says("echo work >> work.txt")
            : new FakeAnswer.Status(400, Body: """{"error":{"message":"too long","code":"context_length_exceeded"}}"""));
        (await cases.RecordAsync(RunsFixture.Solo)).Agents[0].Limit.Should().Be("context");

        RunRecord record = await ReplayAsync(cases, RunsFixture.Solo);

        record.Should().BeEquivalentTo(new { AgentStatus = AgentStatus.LimitsExceeded, BothPassed = false, TotalSteps = 3 });
        record.Agents[0].Limit.Should().Be("context");
    }

    [Fact, Long]
    public async Task Messages_meet_the_same_steps_again()
    {
        await using ShellCases cases = await ShellCases.StartAsync(request => (request.AgentId, request.Turn) switch
        {
            ("agent1", 0) => ShellCases.Says("send_message agent2 --wait 60 'which file do you change?'"),
            ("agent1", 1) => ShellCases.Says("send_message agent7 lost; send_message agent2 'thanks: bye'"),
            ("agent2", 0) =>
                ShellCases.Says(
                    "until read_messages > heard.txt; grep -q which heard.txt; do sleep 0.05; done; cat heard.txt; rm heard.txt"),
            ("agent2", 1) => ShellCases.Says("send_message agent1 iso.py"),
            ("agent2", 2) => ShellCases.Says("for i in 1 2 3 4 5 6 7 8 9; do sleep 0.2; done"),
            ("agent2", 3) => ShellCases.Says("echo quiet"),
            _ => ShellCases.Says(FakeAnswer.SubmitCommand),
        });
        RunRecord recorded = await cases.RecordAsync(RunsFixture.Comm);
        recorded.Messages.Should().HaveCount(3);
        int asked = cases.Server.Count;

        RunRecord record = await ReplayAsync(cases, RunsFixture.Comm);

        cases.Server.Count.Should().Be(asked);
        record.Agents.Should().OnlyContain(a => a.Error == null && a.Status == AgentStatus.Submitted);
        record.Messages.Select(m => (m.From, m.To, m.Message, m.SentStep, m.DeliveredStep, m.ReadAt is null))
            .Should().Equal(recorded.Messages.Select(m => (m.From, m.To, m.Message, m.SentStep, m.DeliveredStep, m.ReadAt is null)));
        record.Messages.Should().OnlyContain(m => m.SentAt >= record.StartedAt);
    }

    /// <summary>Recorded in containers, done again in plain processes: what the shell agent writes into a trajectory must stay readable for
    /// later versions of it.</summary>
    [Theory]
    [InlineData("solo", 4, 0)]
    [InlineData("coop-comm", 12, 2, Traits = ["Tier", "Long"])]
    public async Task The_recordings_that_are_kept_here_still_replay(string setting, int steps, int messages)
    {
        await using ShellCases cases = await ShellCases.StartAsync();
        cases.Configuration = cases.Configuration with
        {
            Agent = new AgentSettings
            { Kind = "replay", Recording = Path.Combine(ProjectFolder.Find(), "Harness.Tests", "Agents", "Recordings") }
        };

        RunRecord record = await cases.Runs.RecordAsync(CaseId.Parse($"{setting}/timespan_task/14/f1_f3/seed0"), ShellCases.Replay);

        record.Should().BeEquivalentTo(new
        {
            AgentStatus = AgentStatus.Submitted,
            TotalCost = 0m,
            TotalSteps = steps,
            MessagesCount = messages,
            MergeOutcome = MergeOutcome.MergeClean,
            BothPassed = false
        });
        record.Agents.Should().OnlyContain(agent => agent.Error == null && agent.PatchBytes > 0);
        cases.Server.Count.Should().Be(0);
    }

    [Fact]
    public async Task A_case_without_a_recording_is_skipped_with_the_reason()
    {
        await using ShellCases cases = await ShellCases.StartAsync();
        cases.Configuration = cases.Configuration with
        { Agent = new AgentSettings { Kind = "replay", Recording = Path.Combine(cases.Runs.Store, "nobody") } };

        CaseResult result = await cases.Runs.RunAsync(RunsFixture.Solo, ShellCases.Replay);

        result.Should().BeOfType<CaseResult.Skipped>().Which.Reason.Should().Contain("no recording").And.Contain("nobody");
        cases.Runs.Stored(RunsFixture.Solo).Should().BeEmpty();
    }

    private static Task<RunRecord> ReplayAsync(ShellCases cases, CaseId caseId)
    {
        cases.Configuration = cases.Configuration with
        { Name = "again", Agent = new AgentSettings { Kind = "replay", Recording = cases.Runs.Layout.ExperimentFolder } };
        return cases.Runs.RecordAsync(caseId, ShellCases.Replay);
    }
}
