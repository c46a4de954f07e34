using FluentAssertions;
using Tandem.Harness.Agents;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Tests.Evaluation;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Faults;

/// <summary>An agent that breaks its sandbox, or what takes its patch, has failed: its case is no missing data and is not paid
/// again.</summary>
public sealed class BrokenSandboxTests(TinyTasks tiny) : FaultTests(tiny)
{
    private const string KillAll = "kill -9 -1; sleep 30";

    // What has replaced a program of the image's; the image's own keeps another name.
    private const string Replace = "replace() { p=$(command -v $1); cp $p /usr/bin/real-$1; rm -f $p; cat > $p; chmod 755 $p; }; ";

    [Theory(Timeout = BackstopMs)]
    [InlineData("printf '#!/bin/sh\\nexit 0\\n' | replace timeout", "the main process ends with exit code 0", true)]
    [InlineData("printf '#!/bin/sh\\nexit 7\\n' | replace timeout", "it ends with another one", true)]
    [InlineData("rm $(command -v timeout)", "it cannot be started", false)]
    [InlineData("echo garbage > $(command -v timeout)", "it is no program", true)]
    [InlineData("mkdir /tmp/d; mv /workspace/repo /tmp/d; touch /workspace/repo", "its folder is none", true)]
    public async Task An_agent_that_replaces_the_main_process_and_ends_it_has_failed(string replace, string what, bool isLong)
    {
        Assert.SkipWhen(isLong && what == "", "");
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkThenRun($"{Replace}{replace}; {KillAll}"));

        ShouldBeTheAgents(record, "unusable");
        what.Should().NotBeEmpty();
    }

    private static void ShouldBeTheAgents(RunRecord record, string reason)
    {
        record.Should().BeEquivalentTo(
            new { AgentStatus = AgentStatus.Error, InfraError = false, Interrupted = false, BothPassed = false, Attempt = 1 },
            "{0}", record.Error);
        (record.Error!.Class, record.Error.Phase).Should().Be((ErrorClass.Agent, CasePhase.Agent), record.Error.Message);
        record.Error.Message.Should().Contain(reason);
    }
}
