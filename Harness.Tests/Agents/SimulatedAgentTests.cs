using FluentAssertions;
using Tandem.Harness.Agents;
using Tandem.Harness.Cases;
using Tandem.Harness.Configuration;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>The simulated agent on real cases of the built-in tasks, in the process sandbox.</summary>
[Slow]
[Long]
public sealed class SimulatedAgentTests : IAsyncDisposable
{
    private static readonly AgentKind s_simulated = AgentCatalog.Find("simulated")!;

    private readonly RunsFixture _runs = new();

    public ValueTask DisposeAsync() => _runs.DisposeAsync();

    [Theory]
    [InlineData("solo/gridtext_task/8/f2_f4/seed1")]
    [InlineData("coop-nocomm/gridtext_task/8/f2_f4/seed0")]
    [InlineData("coop-comm/gridtext_task/8/f2_f4/seed0")]
    [InlineData("coop-comm/confsh_task/0/f3_f4/seed0")]
    public async Task The_same_case_is_the_same_again_to_the_byte(string id)
    {
        var caseId = CaseId.Parse(id);
        RunRecord first = await _runs.RecordAsync(caseId, s_simulated);
        RunRecord second = await _runs.RecordAsync(caseId, s_simulated, AttemptReason.Force);

        second.Attempt.Should().Be(2);
        foreach (string patch in first.Agents.Select(agent => $"{agent.AgentId}.patch"))
            _runs.Artifact(caseId, 2, patch).Should().Equal(_runs.Artifact(caseId, 1, patch));
        second.Messages.Select(Untimed).Should().Equal(first.Messages.Select(Untimed));
        Verdict.Of(second).Should().Be(Verdict.Of(first));
        second.Agents.Select(agent => agent.Steps).Should().Equal(first.Agents.Select(agent => agent.Steps));
        if (caseId.Setting == Setting.CoopComm)
            first.Messages.Should().NotBeEmpty();

        static MessageRecord Untimed(MessageRecord message) =>
            message with { SentAt = default, DeliveredAt = message.DeliveredAt is null ? null : default(DateTimeOffset) };
    }

    [Fact]
    public async Task Its_records_say_that_it_is_a_simulation_and_cost_nothing()
    {
        RunRecord record = await _runs.RecordAsync(RunsFixture.Comm, s_simulated);

        record.Should().BeEquivalentTo(new
        {
            Agent = "simulated",
            Simulated = true,
            Model = (string?)null,
            TotalCost = 0m,
            Tokens = (TokenCounts?)null,
            AgentStatus = AgentStatus.Submitted
        });
        record.Agents.Should().OnlyContain(agent => agent.Steps >= 5 && agent.Steps <= 16 && agent.ModelCalls == 0);
        _runs.Trajectory(RunsFixture.Comm, 1).Where(e => e.Step == 0 && e.Kind == "response").Should().HaveCount(2).And
            .OnlyContain(e => e.Text!.StartsWith("[simulated agent: no model is asked"));
        _runs.Trajectory(RunsFixture.Comm, 1).Where(e => e.Kind == "command").Select(e => e.Text).Should()
            .Contain(text => text!.StartsWith("git grep")).And.Contain(text => text!.StartsWith("sed -n")).And
            .Contain(text => text!.StartsWith("git apply")).And.Contain(text => text!.Contains("unittest"));
    }

    [Fact]
    public async Task With_skill_1_a_solo_agent_passes_and_with_skill_0_it_fails()
    {
        var caseId = CaseId.Parse("solo/timespan_task/27/f1_f2/seed0");
        SkillIs(1);
        (await _runs.RecordAsync(caseId, s_simulated)).Should()
            .BeEquivalentTo(new { BothPassed = true, AgentStatus = AgentStatus.Submitted });

        _runs.Configuration = _runs.Configuration with { Name = "y" };
        SkillIs(0);
        (await _runs.RecordAsync(caseId, s_simulated)).Should()
            .BeEquivalentTo(new { BothPassed = false, AgentStatus = AgentStatus.Submitted });
    }

    [Theory]
    [InlineData("gridtext_task/8/f2_f3", "both add an option to the command line", MergeOutcome.MergeUnion, true)]
    [InlineData("confsh_task/0/f3_f4", "both change the last line of the file that loads the library", MergeOutcome.MergeUnion, false)]
    [InlineData("gridtext_task/8/f1_f2", "one changes what a function returns that the other calls", MergeOutcome.MergeClean, false)]
    [InlineData("timespan_task/27/f1_f3", "one adds to a module that the other deletes", MergeOutcome.MergeFailed, false)]
    public async Task Talking_spares_a_conflict(string pair, string conflict, MergeOutcome silent, bool passesSilently)
    {
        SkillIs(1);
        RunRecord without = await _runs.RecordAsync(CaseId.Parse($"coop-nocomm/{pair}/seed0"), s_simulated);
        RunRecord with = await _runs.RecordAsync(CaseId.Parse($"coop-comm/{pair}/seed0"), s_simulated);

        without.Should().BeEquivalentTo(new { MergeOutcome = silent, BothPassed = passesSilently }, conflict);
        with.Should().BeEquivalentTo(new { MergeOutcome = MergeOutcome.MergeClean, BothPassed = true }, conflict);
        with.Messages.Select(m => m.Message.Split(':')[0]).Should().StartWith(["Plan", "Plan"]);
        with.Messages.Should().Contain(m => m.Message.StartsWith("Answer: yes")
            || (m.Message.StartsWith("Update: ") && m.Message.Contains("you change `")));
    }

    [Fact]
    public async Task What_no_message_can_mend_stays_broken()
    {
        // Three features change what conf_list writes: nobody can tell from one plan what the others will make of it.
        SkillIs(1);
        RunRecord record = await _runs.RecordAsync(CaseId.Parse("coop-comm/confsh_task/0/f2_f3/seed0"), s_simulated);

        record.Should().BeEquivalentTo(new { MergeOutcome = MergeOutcome.MergeClean, Feature1Passed = true, Feature2Passed = false });
    }

    [Fact]
    public async Task A_limit_of_steps_ends_it_with_what_it_has_done()
    {
        _runs.Configuration = _runs.Configuration with { Limits = _runs.Configuration.Limits with { Steps = 8 } };
        SkillIs(1);
        RunRecord record = await _runs.RecordAsync(CaseId.Parse("coop-comm/timespan_task/27/f1_f3/seed0"), s_simulated);

        record.Should().BeEquivalentTo(new { AgentStatus = AgentStatus.LimitsExceeded, BothPassed = false });
        record.Agents.Should().OnlyContain(agent => agent.Limit == "steps" && agent.Steps == 8 && agent.PatchBytes > 0);
    }

    private void SkillIs(double skill) =>
        _runs.Configuration = _runs.Configuration with
        { Tasks = new TaskSettings { Subset = null }, Agent = new AgentSettings { Kind = "simulated", Skill = skill } };
}
