using FluentAssertions;
using Tandem.Harness.Agents;
using Tandem.Harness.Cases;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Tests.Faults;
using Tandem.Harness.Tests.Sandboxes;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Cases;

/// <summary>Each row of the outcome table, from what happens in a real sandbox to the record on disk.</summary>
[Slow]
public sealed class OutcomeTableTests : IAsyncDisposable
{
    private readonly RunsFixture _runs = new();

    public ValueTask DisposeAsync() => _runs.DisposeAsync();

    [Fact]
    public async Task Submitted_work_that_passes_is_a_completed_case()
    {
        RunRecord record = await _runs.RecordAsync(RunsFixture.Coop, RunsFixture.Oracle);

        record.Should().BeEquivalentTo(new
        {
            AgentStatus = AgentStatus.Submitted,
            InfraError = false,
            Interrupted = false,
            BothPassed = true,
            Feature1Passed = true,
            Feature2Passed = true,
            MergeOutcome = MergeOutcome.MergeClean,
            MergeStatus = MergeStatus.Clean,
            MergeStrategy = MergeStrategy.Naive,
            NaiveConflict = false,
            EvalError = (string?)null,
            TotalSteps = 2,
            TotalCost = 0m,
            MessagesCount = 0,
            Attempt = 1,
            Error = (RunError?)null,
        });
        record.Agents.Select(agent => agent.AgentId).Should().Equal("agent1", "agent2");
        record.Artifacts.Select(artifact => artifact.Path).Should().BeEquivalentTo(
            "attempt.json", "trajectory.jsonl", "agent.json", "agent1.patch", "agent2.patch", "agent1.graded.patch", "agent2.graded.patch",
                "merged.patch", "tests_f1.log", "tests_f3.log", "eval.json");
        _runs.Stored(RunsFixture.Coop).Should().ContainSingle().Which.Should().BeEquivalentTo(record);
        _runs.Status(RunsFixture.Coop).Should().Be(RunStatus.Completed);
        _runs.SandboxesLeft().Should().BeEmpty();
    }

    [Fact]
    public async Task An_agent_that_does_nothing_fails_and_is_no_error()
    {
        RunRecord record = await _runs.RecordAsync(RunsFixture.Solo, AgentCatalog.Find("nop")!);

        record.Should().BeEquivalentTo(new
        {
            AgentStatus = AgentStatus.Submitted,
            InfraError = false,
            BothPassed = false,
            MergeOutcome = MergeOutcome.MergeClean,
            MergeStatus = (MergeStatus?)null,
            EvalError = (string?)null
        });
        record.Agents[0].PatchBytes.Should().Be(0);
    }

    [Theory]
    [InlineData("steps")]
    [InlineData("wall_clock", Traits = ["Tier", "Long"])]
    [InlineData("cost", Traits = ["Tier", "Long"])]
    [InlineData("tokens", Traits = ["Tier", "Long"])]
    public async Task A_limit_is_evaluated_for_the_record_but_has_not_passed(string limit)
    {
        _runs.Configuration = _runs.Configuration with
        {
            Limits = _runs.Configuration.Limits with
            {
                Steps = limit == "steps" ? 3 : 1000,
                AgentMinutes = limit == "wall_clock"
            ? 0.05 : 10,
                CaseCostUsd = 1,
                Tokens = limit == "tokens" ? 100 : null
            }
        };

        RunRecord record = await _runs.RecordAsync(RunsFixture.Solo, RunsFixture.GoldThen(async (context, token) =>
        {
            while (true)
            {
                await context.BeginStepAsync(token);
                context.BookModelCall(new TokenCounts(30, 10, null, null), limit == "cost" ? 0.4m : 0, isMalformed: false);
                await context.ExecAsync(ExecRequest.Shell("sleep 0.05"), token);
            }
        }));

        record.Should().BeEquivalentTo(new
        {
            AgentStatus = AgentStatus.LimitsExceeded,
            InfraError = false,
            BothPassed = false,
            Feature1Passed = true,
            Feature2Passed = true,
            Error = (RunError?)null
        });
        record.Agents[0].Limit.Should().Be(limit);
        record.Agents[0].PatchBytes.Should().BePositive();
    }

    [Fact]
    public async Task An_agent_that_crashes_is_evaluated_if_it_left_a_patch()
    {
        RunRecord record = await _runs.RecordAsync(RunsFixture.Solo,
            RunsFixture.GoldThen((_, _) => throw new InvalidOperationException("lost its way")));

        record.Should().BeEquivalentTo(new { AgentStatus = AgentStatus.Error, InfraError = false, BothPassed = true, Attempt = 1 });
        record.Error.Should().Be(new RunError(ErrorClass.Agent, CasePhase.Agent, "solo: InvalidOperationException: lost its way"));
        _runs.Status(RunsFixture.Solo).Should().Be(RunStatus.Failed);
    }

    [Fact]
    public async Task An_agent_that_crashes_with_nothing_done_has_failed_and_is_not_tried_again_by_itself()
    {
        RunRecord record = await _runs.RecordAsync(RunsFixture.Solo,
            RunsFixture.Agent((_, _) => throw new InvalidOperationException("lost its way")));

        record.Should().BeEquivalentTo(new
        {
            AgentStatus = AgentStatus.Error,
            InfraError = false,
            BothPassed = false,
            MergeOutcome = MergeOutcome.MergeClean,
            MergeStatus = (MergeStatus?)null
        });
        record.Tests.Should().OnlyContain(test => test.Passed == false && test.Reason == TestFailureReason.NoPatch);
        (await _runs.RunAsync(RunsFixture.Solo, RunsFixture.Forbidden with { Kind = "scripted" })).Should().BeOfType<CaseResult.Stored>();
        (await _runs.RecordAsync(RunsFixture.Solo, RunsFixture.Oracle, AttemptReason.Status)).Should()
            .BeEquivalentTo(new { Attempt = 2, BothPassed = true, AttemptReason = AttemptReason.Status });
    }

    [Fact]
    public async Task A_sandbox_lost_under_an_agent_is_an_infrastructure_error_and_tried_again()
    {
        int tries = 0;
        RunRecord record = await _runs.RecordAsync(RunsFixture.Coop, RunsFixture.GoldThen((context, _) =>
            context.AgentId == "agent2" && Interlocked.Increment(ref tries) == 1 ? throw new SandboxException(SandboxFault.Lost, "gone")
                : Task.FromResult(AgentEnd.Submitted)));

        record.Should().BeEquivalentTo(new { Attempt = 2, InfraError = false, BothPassed = true });
        _runs.Stored(RunsFixture.Coop)[0].Should()
            .BeEquivalentTo(new
            {
                InfraError = true,
                AgentStatus = AgentStatus.Error,
                BothPassed = (bool?)null,
                Feature1Passed = (bool?)null,
                Error = new RunError(ErrorClass.SandboxLost, CasePhase.Agent, "gone")
            });
    }

    [Theory]
    [InlineData(SandboxFault.Engine, ErrorClass.Engine)]
    [InlineData(SandboxFault.Disk, ErrorClass.Disk, Traits = ["Tier", "Long"])]
    [InlineData(SandboxFault.HostMemory, ErrorClass.HostMemory, Traits = ["Tier", "Long"])]
    public async Task A_sandbox_that_cannot_be_made_is_an_infrastructure_error_tried_three_times(SandboxFault fault, ErrorClass errorClass)
    {
        RunRecord record = await _runs.RecordAsync(RunsFixture.Solo, RunsFixture.Oracle, wrap: inner =>
            WatchedProvider.Failing(inner, (_, _) => new SandboxException(fault, "no")));

        record.Should().BeEquivalentTo(new
        {
            Attempt = 3,
            InfraError = true,
            AgentStatus = AgentStatus.Unknown,
            BothPassed = (bool?)null,
            TotalSteps = (int?)null,
            MergeOutcome = (MergeOutcome?)null
        });
        record.Error.Should().Be(new RunError(errorClass, CasePhase.Provision, "no"));
        _runs.Stored(RunsFixture.Solo).Should().HaveCount(3).And.OnlyContain(r => r.InfraError);
        _runs.Status(RunsFixture.Solo).Should().Be(RunStatus.Failed);
    }

    [Fact]
    public async Task An_evaluation_that_meets_an_infrastructure_error_is_repeated_without_the_agents()
    {
        int agents = 0;
        RunRecord record = await _runs.RecordAsync(
            RunsFixture.Coop,
            RunsFixture.GoldThen((_, _) =>
            {
                Interlocked.Increment(ref agents);
                return Task.FromResult(AgentEnd.Submitted);
            }),
            wrap: inner =>
                WatchedProvider.Failing(inner, (spec, number) => spec.Owner.Role == "evaluation"
                && number <= 4 ? new SandboxException(SandboxFault.Engine, "down") : null));

        agents.Should().Be(2);
        record.Should().BeEquivalentTo(new
        { Attempt = 3, AttemptKind = AttemptKind.Regrade, BothPassed = true, InfraError = false, TotalSteps = 2 });
        _runs.Stored(RunsFixture.Coop).Take(2).Should().OnlyContain(r => r.InfraError && r.BothPassed == null
            && r.AgentStatus == AgentStatus.Submitted && r.Error!.Class == ErrorClass.Engine);
    }

    [Theory, Long]
    [InlineData("patch")]
    [InlineData("trajectory", Traits = ["Tier", "Long"])]
    public async Task Agents_whose_work_finds_no_room_on_the_disk_are_not_paid_again_by_themselves(string tooLarge)
    {
        await using SmallDisk disk = await SmallDisk.MountOrSkipAsync(_runs.Store, "400k");
        _runs.Configuration = _runs.Configuration with { Run = _runs.Configuration.Run with { PatienceMinutes = 0 } };
        int agents = 0;
        RunRecord record = await _runs.RecordAsync(RunsFixture.Solo, RunsFixture.Agent(async (context, token) =>
        {
            agents++;
            await context.BeginStepAsync(token);
            await context.ExecAsync(ExecRequest.Shell("head -c 1000000 /dev/urandom > large"), token);
            if (tooLarge == "trajectory")
                context.Note("response", new string('x', 1_000_000));
            return AgentEnd.Submitted;
        }));

        agents.Should().Be(1);
        record.Should().BeEquivalentTo(new
        {
            Attempt = 1,
            InfraError = true,
            BothPassed = (bool?)null,
            TotalSteps = 1,
            AgentStatus = tooLarge == "patch"
            ? AgentStatus.Submitted : AgentStatus.Error
        });
        (record.Error!.Class, record.Error.Phase).Should().Be((ErrorClass.Disk, CasePhase.Agent), record.Error.Message);
        _runs.Stored(RunsFixture.Solo).Should().ContainSingle();
    }
}
