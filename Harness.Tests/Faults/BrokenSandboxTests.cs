using FluentAssertions;
using Tandem.Harness.Agents;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Tests.Evaluation;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Faults;

/// <summary>An agent that breaks its sandbox has failed: its case is no missing data, and it is not paid again.</summary>
public sealed class BrokenSandboxTests(TinyTasks tiny) : FaultTests(tiny)
{
    private const string KillAll = "kill -9 -1; sleep 30";

    [Theory(Timeout = BackstopMs)]
    [InlineData("printf '#!/bin/sh\\nexit 0\\n' | replace timeout")]
    [InlineData("printf '#!/bin/sh\\nexit 7\\n' | replace timeout", Traits = ["Tier", "Long"])]
    [InlineData("printf garbage | replace timeout", Traits = ["Tier", "Long"])]
    [InlineData("rm $(command -v timeout)")]
    [InlineData("mv /workspace/repo /tmp/moved; touch /workspace/repo", Traits = ["Tier", "Long"])]
    [InlineData("mv /workspace /tmp/moved; ln -s /workspace /workspace", Traits = ["Tier", "Long"])]
    [InlineData("rm -rf /usr /bin /lib* /sbin", Traits = ["Tier", "Long"])]
    public async Task An_agent_that_ends_the_main_process_and_keeps_it_from_starting_again_has_failed(string vandalism)
    {
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo,
            FaultCases.WorkThenRun($"{FaultCases.Replace}; {vandalism}; {KillAll}"));

        ShouldBeTheAgents(record, "unusable");
        record.Tests.Should().OnlyContain(test => test.Reason == TestFailureReason.NoPatch);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("rm $(command -v timeout)")]
    [InlineData("printf '#!/bin/sh\\nexit 0\\n' | replace timeout", Traits = ["Tier", "Long"])]
    public async Task An_agent_that_breaks_its_sandbox_while_its_patch_is_taken_has_failed(string vandalism)
    {
        // The copy of the index is the first thing that taking the patch makes.
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkThenRun(
            $"{FaultCases.Replace}; (until [ -e /tandem/patch-index ]; do :; done; {vandalism}; kill -9 -1) > /dev/null 2>&1 &"));

        ShouldBeTheAgents(record, "unusable");
    }

    [Fact(Timeout = BackstopMs)]
    [Long]
    public async Task A_main_process_that_only_a_reset_finds_replaced_is_the_agents_doing_too()
    {
        // The time limit of a command resets what it cannot kill otherwise; so does the one of the agent, before its patch is taken.
        Cases.Configuration = Cases.Configuration with { Limits = Cases.Configuration.Limits with { AgentMinutes = 5 / 60.0 } };
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo,
            FaultCases.WorkThenRun($"{FaultCases.Replace}; printf '#!/bin/sh\\nexit 0\\n' | replace timeout; sleep 600"));

        ShouldBeTheAgents(record, "unusable");
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("agent1")]
    [InlineData("agent2", Traits = ["Tier", "Long"])]
    public async Task The_other_agent_s_work_is_tested_where_one_of_two_has_broken_its_sandbox(string breaker)
    {
        RunRecord record = await Cases.RecordAsync(FaultCases.Coop, FaultCases.WorkThen(async (context, token) =>
        {
            await context.BeginStepAsync(token);
            if (context.AgentId == breaker)
                await context.ExecAsync(ExecRequest.Shell($"rm $(command -v timeout); {KillAll}"), token);
            return AgentEnd.Submitted;
        }));

        ShouldBeTheAgents(record, breaker);
        record.Tests.Select(test => test.Passed).Should().Equal(breaker == "agent2", breaker == "agent1");
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("printf '#!/bin/sh\\nexit 0\\n' | replace timeout; kill -9 -1; sleep 600", Traits = ["Tier", "Long"])]
    [InlineData("rm $(command -v timeout); kill -9 -1; sleep 600", Traits = ["Tier", "Long"])]
    [InlineData("printf '#!/bin/sh\\nexit 0\\n' | replace sh; exit 1", Traits = ["Tier", "Long"])]
    [InlineData("rm -f $(command -v sh) $(command -v bash); exit 1", Traits = ["Tier", "Long"])]
    [InlineData("exec > /dev/null 2>&1; sleep 3; exit 0", Traits = ["Tier", "Long"])]
    public async Task Code_that_breaks_the_sandbox_of_its_tests_has_failed_and_the_other_tests_have_another(string code)
    {
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkAndAppend($"{FaultCases.Replace}; {code}"));

        ShouldHaveFailed(record, TestFailureReason.TestsDidNotRun);
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task Code_that_closes_its_tests_output_and_hangs_has_failed_at_their_time_limit()
    {
        Cases.LimitRunner(seconds: 5);
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkAndAppend("exec > /dev/null 2>&1; sleep 600"));

        ShouldHaveFailed(record, TestFailureReason.TimedOut);
    }
}
