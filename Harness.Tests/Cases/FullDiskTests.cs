using FluentAssertions;
using Tandem.Cli;
using Tandem.Harness.Admission;
using Tandem.Harness.Agents;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Tests.Faults;
using Tandem.Harness.Tests.FrontDoor;
using Tandem.Harness.Tests.Models;
using Tandem.Harness.Tests.Sandboxes;
using Tandem.Harness.Tests.Victims;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Cases;

/// <summary>The store's disk is full while a case is written down.</summary>
[Slow]
[Long]
public sealed class FullDiskTests : IAsyncDisposable
{
    private readonly RunsFixture _runs = new();
    private int _agents;

    private AgentKind Agent => RunsFixture.GoldThen((_, _) =>
    {
        Interlocked.Increment(ref _agents);
        return Task.FromResult(AgentEnd.Submitted);
    });

    public ValueTask DisposeAsync() => _runs.DisposeAsync();

    [Theory]
    [InlineData("artifacts")]
    [InlineData("record")]
    public async Task When_there_is_room_again_the_next_start_completes_the_case_once_and_its_agent_is_not_paid_again(string full)
    {
        await using SmallDisk disk = await SmallDisk.MountOrSkipAsync(_runs.Store, "2m");
        _runs.Configuration = _runs.Configuration with { Run = _runs.Configuration.Run with { PatienceMinutes = 0 } };
        _runs.Clock = full == "record" ? new StoppingClock(_runs.Layout, () => (RunsFixture.Solo, StopPoint.BeforeRecord), disk.Fill)
            : TimeProvider.System;

        Func<Task> first = () => _runs.RunAsync(RunsFixture.Solo, Agent, wrap: full == "artifacts" ? FillAtEvaluation(disk) : null);

        (await first.Should().ThrowAsync<StoreUnwritableException>()).Which.Message.Should().Contain("No space left on device").And
            .Contain("start the same command again");
        _runs.Notices.Should().HaveCount(2).And.SatisfyRespectively(
            paused => paused.Should().StartWith("paused: the store cannot be written: No space left"),
            stopped => stopped.Should().StartWith("stopped: the store cannot be written"));
        await _runs.CloseAsync();
        _runs.Stored(RunsFixture.Solo).Should().BeEmpty();
        _runs.Status(RunsFixture.Solo).Should().Be(RunStatus.Results);

        disk.Free();
        _runs.Clock = TimeProvider.System;
        RunRecord record = await _runs.RecordAsync(RunsFixture.Solo, RunsFixture.Forbidden);

        record.Should().BeEquivalentTo(new { Attempt = 2, AttemptKind = AttemptKind.Regrade, BothPassed = true });
        _agents.Should().Be(1);
        _runs.Stored(RunsFixture.Solo).Select(r => (r.Attempt, r.Interrupted)).Should().Equal((1, true), (2, false));
        _runs.Status(RunsFixture.Solo).Should().Be(RunStatus.Completed);
        ChildResult validated = await Programs.ValidateAsync(_runs.Store, "x", "--partial");
        validated.ExitCode.Should().Be(0, validated.Stdout.Text);
        _runs.SandboxesLeft().Should().BeEmpty();
    }

    [Fact]
    public async Task A_run_waits_for_room_keeps_what_was_done_and_goes_on()
    {
        await using SmallDisk disk = await SmallDisk.MountOrSkipAsync(_runs.Store, "2m");
        _runs.Configuration = _runs.Configuration with { Limits = _runs.Configuration.Limits with { AgentMinutes = 600 } };
        _runs.Clock = new FastClock(factor: 100);
        _runs.OnNotice = line =>
        {
            if (line.StartsWith("paused", StringComparison.Ordinal))
                disk.Free();
        };

        RunRecord record = await _runs.RecordAsync(RunsFixture.Solo, Agent, wrap: FillAtEvaluation(disk));

        record.Should().BeEquivalentTo(new { Attempt = 2, AttemptKind = AttemptKind.Regrade, BothPassed = true });
        RunRecord first = _runs.Stored(RunsFixture.Solo)[0];
        first.Should().BeEquivalentTo(new
        { Attempt = 1, InfraError = true, Interrupted = false, BothPassed = (bool?)null, AgentStatus = AgentStatus.Submitted });
        first.Error!.Class.Should().Be(ErrorClass.Disk);
        _agents.Should().Be(1);
        _runs.Notices.Should().HaveCount(2);
        _runs.Notices.Last().Should().StartWith("the store can be written again after ");
    }

    [Fact]
    public async Task A_patch_that_finds_no_room_waits_for_it_and_no_agent_is_paid_again()
    {
        await using SmallDisk disk = await SmallDisk.MountOrSkipAsync(_runs.Store, "1m");
        _runs.Configuration = _runs.Configuration with { Limits = _runs.Configuration.Limits with { AgentMinutes = 600 } };
        _runs.Clock = new FastClock(factor: 100);
        _runs.OnNotice = line =>
        {
            if (line.StartsWith("paused", StringComparison.Ordinal))
                disk.ResizeAsync("20m").GetAwaiter().GetResult();
        };

        RunRecord record = await _runs.RecordAsync(RunsFixture.Coop, RunsFixture.GoldThen(async (context, token) =>
        {
            Interlocked.Increment(ref _agents);
            await context.ExecAsync(ExecRequest.Shell($"head -c 2000000 /dev/urandom > large-{context.AgentId}"), token);
            return AgentEnd.Submitted;
        }));

        record.Should().BeEquivalentTo(new { Attempt = 1, InfraError = false, BothPassed = true, Error = (RunError?)null });
        record.Agents.Should().OnlyContain(agent => agent.PatchBytes > 2_000_000);
        _agents.Should().Be(2);
        _runs.Notices.Should().HaveCount(2);
        _runs.Notices.Last().Should().StartWith("the store can be written again after ");
    }

    [Fact]
    public async Task The_console_says_it_in_one_line_and_the_next_run_does_the_rest()
    {
        await using SmallDisk disk = await SmallDisk.MountOrSkipAsync(_runs.Store, "420k");
        ChildResult first = await FrontDoorAsync();

        first.ExitCode.Should().Be(ExitCodes.Red);
        string[] lines = first.Stdout.Text.Split('\n');
        lines.Should().ContainSingle(line => line.StartsWith("paused: the store cannot be written: No space left on device"))
            .And.ContainSingle(line => line.StartsWith("stopped: the store cannot be written"))
            .And.ContainSingle(line => line.Contains("The harness failed: The store cannot be written"))
            .And.NotContain(line => line.Contains("   at ") || line.Contains("Stack Trace"));

        await disk.ResizeAsync("20m");
        ChildResult second = await FrontDoorAsync();

        second.ExitCode.Should().Be(ExitCodes.Ok, second.Stdout.Text);
        second.Stdout.Text.Should().Contain("PASS STORE-01").And.MatchRegex(@"TOTAL\s+6\s+6\s+0\s+0\s+0");
        var reader = new StoreReader(new StoreLayout(_runs.Store, "oracle"));
        CaseHistory[] histories = [.. CaseHistory.Group(reader.ReadRuns()).Values];
        reader.Faults.Should().BeEmpty();
        histories.Should().HaveCount(6).And.OnlyContain(history => history.Records.Count(r => !r.Interrupted && !r.InfraError) == 1);
    }

    private static Func<ISandboxProvider, ISandboxProvider> FillAtEvaluation(SmallDisk disk) => inner =>
        WatchedProvider.Failing(inner, (spec, number) =>
    {
        if (spec.Owner.Role == "evaluation" && number == 2)
            disk.Fill();
        return null;
    });

    private Task<ChildResult> FrontDoorAsync() => ChildProcess.RunAsync(
        new ChildCommand("dotnet", Programs.Built("Cli"), "run", "--experiment", "oracle", "--sandbox", "process", "--smoke", "6",
            "--setting", "solo", "--store", _runs.Store)
        {
            Environment = new Dictionary<string, string>(ChildEnvironment.Usual("DOTNET_ROOT")) { ["TANDEM__Run__PatienceMinutes"] = "0" },
            TimeLimit = TimeSpan.FromMinutes(10),
        },
        TestContext.Current.CancellationToken);
}
