using FluentAssertions;
using Tandem.Harness.Agents;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Tests.Evaluation;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Faults;

/// <summary>Sandboxes that somebody takes away under a case, and cases that are stopped: nobody's failure, and never a verdict.</summary>
[Long]
public sealed class LostSandboxTests(TinyTasks tiny) : FaultTests(tiny)
{
    [Theory(Timeout = BackstopMs)]
    [InlineData("kill")]
    [InlineData("pause")]
    [InlineData("remove")]
    [InlineData("restart")]
    public async Task A_container_that_is_taken_away_under_an_agent_is_an_infrastructure_error_and_the_case_is_tried_again(string how)
    {
        int runs = 0;
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkThen(async (context, token) =>
        {
            if (Interlocked.Increment(ref runs) == 1)
                await WorkWhileAsync(context, () => MeddleAsync(context.Sandbox.Id, how), token);
            return AgentEnd.Submitted;
        }));

        ShouldHavePassed(record, attempt: 2);
        Cases.Stored(FaultCases.Solo).Should().HaveCount(2);
        ShouldBeInfraError(Cases.Stored(FaultCases.Solo)[0], AgentStatus.Error, ErrorClass.SandboxLost, CasePhase.Agent, attempt: 1);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task One_that_is_taken_away_between_an_agents_last_command_and_its_patch_is_noticed_too()
    {
        int runs = 0;
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkThen(async (context, _) =>
        {
            if (Interlocked.Increment(ref runs) == 1)
                await MeddleAsync(context.Sandbox.Id, "remove");
            return AgentEnd.Submitted;
        }));

        ShouldHavePassed(record, attempt: 2);
        ShouldBeInfraError(Cases.Stored(FaultCases.Solo)[0], AgentStatus.Error, ErrorClass.SandboxLost, CasePhase.Agent, attempt: 1);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_teammate_of_an_agent_whose_container_is_killed_does_not_work_on_for_nothing()
    {
        int runs = 0;
        var teammateWorks = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        RunRecord record = await Cases.RecordAsync(FaultCases.Coop, FaultCases.WorkThen(async (context, token) =>
        {
            int run = Interlocked.Increment(ref runs);
            if (run <= 2 && context.AgentId == "agent1")
                await WorkWhileAsync(context, () => { teammateWorks.TrySetResult(); return Task.CompletedTask; }, token);
            if (run <= 2 && context.AgentId == "agent2")
            {
                await teammateWorks.Task.WaitAsync(token);
                await WorkWhileAsync(context, () => MeddleAsync(context.Sandbox.Id, "kill"), token);
            }
            return AgentEnd.Submitted;
        }));

        ShouldHavePassed(record, attempt: 2);
        RunRecord first = Cases.Stored(FaultCases.Coop)[0];
        ShouldBeInfraError(first, AgentStatus.Error, ErrorClass.SandboxLost, CasePhase.Agent, attempt: 1);
        first.Agents[0].Seconds.Should().BeLessThan(50, "its command would have gone on for a minute");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_case_whose_containers_are_always_removed_ends_after_three_attempts_without_a_verdict()
    {
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkThen(async (context, token) =>
        {
            await WorkWhileAsync(context, () => MeddleAsync(context.Sandbox.Id, "remove"), token);
            return AgentEnd.Submitted;
        }));

        ShouldBeInfraError(record, AgentStatus.Error, ErrorClass.SandboxLost, CasePhase.Agent, attempt: 3);
        Cases.Stored(FaultCases.Solo).Should().HaveCount(3).And.OnlyContain(one => one.InfraError);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("kill")]
    [InlineData("pause")]
    [InlineData("remove")]
    public async Task A_container_that_is_taken_away_under_the_tests_is_an_infrastructure_error_and_the_evaluation_alone_is_repeated(
        string how)
    {
        int agents = 0;
        Cases.Provider.BeforeRunner = async (sandbox, number) =>
        {
            if (number == 1)
                _ = MeddleWhileTestsRunAsync(sandbox.Id, how);
            else
                await sandbox.PutFilesAsync([new SandboxFile("/tandem/go-on", default)], Token);
        };
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkAndAppend(FaultCases.WaitInTests, () => agents++));

        agents.Should().Be(1);
        ShouldHavePassed(record, attempt: 2);
        record.AttemptKind.Should().Be(AttemptKind.Regrade);
        ShouldBeInfraError(Cases.Stored(FaultCases.Solo)[0], AgentStatus.Submitted, ErrorClass.SandboxLost, CasePhase.Tests, attempt: 1);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_case_that_is_stopped_while_a_command_runs_is_interrupted_keeps_the_patch_and_is_done_again()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Func<Task> run = () => Cases.RunAsync(FaultCases.Solo, FaultCases.WorkThen(async (context, token) =>
        {
            await WorkWhileAsync(context, stop.CancelAsync, token);
            return AgentEnd.Submitted;
        }), stop.Token);

        await run.Should().ThrowAsync<OperationCanceledException>();
        RunRecord first = Cases.Stored(FaultCases.Solo).Should().ContainSingle().Subject;
        first.Should().BeEquivalentTo(new
        {
            AgentStatus = AgentStatus.Unknown,
            InfraError = false,
            Interrupted = true,
            BothPassed = (bool?)null,
            Error = new { Class = ErrorClass.Interrupted, Phase = CasePhase.Agent }
        });
        first.Agents[0].PatchBytes.Should().BePositive();
        await Cases.NothingOfOursIsLeftAsync();
        ShouldHavePassed(await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkThenRun("true")), attempt: 2);
    }

    private async Task MeddleWhileTestsRunAsync(string id, string how)
    {
        await WaitForFileAsync(id, "/tandem/tested");
        await MeddleAsync(id, how);
    }
}
