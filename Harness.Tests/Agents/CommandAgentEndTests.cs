using FluentAssertions;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>What is left of a command that did not come to an end of its own.</summary>
public sealed class CommandAgentEndTests : CommandAgentCases
{
    // As a wrapper that keeps its program's output to itself until the program ends.
    private const string Holds = "finish() { cat held.log; " + WritesUsage + "; exit 0; }; trap finish TERM; echo work > work.txt; "
        + "sh -c 'echo so far; sleep 60' > held.log; finish";

    [Fact]
    public async Task At_its_time_limit_it_can_print_what_it_held_and_write_its_usage()
    {
        Run(Holds);
        Limit(seconds: 2);

        RunRecord record = await RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new
        { AgentStatus = AgentStatus.LimitsExceeded, InfraError = false, BothPassed = false, TotalCost = 0.25m });
        record.Agents[0].Limit.Should().Be("wall_clock", "its exit code 0 says nothing about why it ended");
        Patch().Should().Contain("+work");
        Output().Should().StartWith("so far\n");
    }

    [Fact, Long]
    public async Task What_does_not_end_when_asked_is_killed_and_what_it_printed_is_kept()
    {
        Run("trap '' TERM; echo so far; while true; do sleep 1; done");
        Limit(seconds: 1);

        RunRecord record = await RecordAsync(RunsFixture.Solo);

        record.Agents[0].Should().BeEquivalentTo(new { Status = AgentStatus.LimitsExceeded, Limit = "wall_clock" });
        record.Agents[0].Seconds.Should().BeGreaterThan(15).And.BeLessThan(60);
        Output().Should().Be("so far\n");
    }

    [Fact]
    public async Task What_is_stopped_from_outside_keeps_what_it_had_printed()
    {
        Run("echo so far; touch begun; sleep 60");
        using var stop = new CancellationTokenSource();
        Task running = Runs.RunAsync(RunsFixture.Solo, Command, stop: stop);
        while (!Runs.SandboxesLeft().Any(folder => Directory.EnumerateFiles(folder, "begun", SearchOption.AllDirectories).Any()))
            await Task.Delay(50, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await FluentActions.Awaiting(() => running).Should().ThrowAsync<OperationCanceledException>();

        Output().Should().Be("so far\n");
    }

    private string? Output() => Runs.Trajectory(RunsFixture.Solo, 1).Single(e => e.Kind == "command").Output;

    private void Limit(int seconds) => Runs.Configuration = Runs.Configuration with
    { Limits = Runs.Configuration.Limits with { AgentMinutes = seconds / 60.0 } };
}
