using FluentAssertions;
using Tandem.Harness.Admission;
using Tandem.Harness.Agents;
using Tandem.Harness.Agents.Recordings;
using Tandem.Harness.Cases;
using Tandem.Harness.Processes;
using Tandem.Harness.Tests.FrontDoor;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Cases;

/// <summary>The host's clock is set while cases run: time of day is for people, everything that decides goes by durations.</summary>
[Slow]
public sealed class ClockTests : IAsyncDisposable
{
    private readonly RunsFixture _runs = new();
    private readonly JumpingClock _clock = new();

    public ClockTests() => _runs.Clock = _clock;

    public ValueTask DisposeAsync() => _runs.DisposeAsync();

    [Theory, Long]
    [InlineData(-1)]
    [InlineData(+1)]
    public async Task A_clock_that_jumps_an_hour_harms_neither_records_nor_bounds_nor_claims(int hours)
    {
        _runs.Bounds = new RunBounds(null, TimeSpan.FromMinutes(30));
        // They ask for messages again and again, for as long as the other's sandbox takes.
        _runs.Configuration = _runs.Configuration with { Limits = _runs.Configuration.Limits with { Steps = 10_000 } };
        CaseRunner runner = _runs.Runner(Talkers(hours));

        RunRecord first = ((CaseResult.Ran)await runner
            .RunAsync(RunsFixture.Comm, AttemptReason.Due, TimeSpan.Zero, TestContext.Current.CancellationToken)).Record;
        CaseResult bounded = await runner.RunAsync(RunsFixture.Coop, AttemptReason.Due, TimeSpan.Zero,
            TestContext.Current.CancellationToken);
        RunRecord second = await _runs.RecordAsync(RunsFixture.Comm, RunsFixture.Oracle, AttemptReason.Force);

        first.Should().BeEquivalentTo(new { BothPassed = true, AgentStatus = AgentStatus.Submitted, MessagesCount = 2 },
            "its half an hour is not over");
        bounded.Should().BeOfType<CaseResult.Ran>("this run's half an hour is not over");
        double[] seconds = [first.DurationSeconds, first.Time.Agent!.Value, first.Time.Merge!.Value, first.Time.Tests!.Value,
            first.Time.Provision!.Value, .. first.Agents.Select(agent => agent.Seconds!.Value)];
        seconds.Should().OnlyContain(value => value >= 0 && value < 1800, "a jump would be an hour");
        first.Messages.Should().OnlyContain(message => message.DeliveredAt >= message.SentAt).And
            .BeInAscendingOrder(message => message.SentAt);
        first.Messages.Select(message => message.Message).Should().Equal("before", "after");

        (second.Attempt, Math.Sign((second.StartedAt - first.StartedAt).TotalMinutes)).Should().Be((2, hours));
        await _runs.CloseAsync();
        _runs.Stored(RunsFixture.Comm).Select(record => record.Attempt).Should().Equal(1, 2);
        (await _runs.RunAsync(RunsFixture.Comm, RunsFixture.Forbidden)).Should().BeOfType<CaseResult.Stored>().Which.Record.Attempt.Should()
            .Be(2, "it was asked for, whatever its file is called");
        ChildResult validated = await Programs.ValidateAsync(_runs.Store, "x", "--partial");
        validated.ExitCode.Should().Be(0, validated.Stdout.Text);
    }

    [Fact]
    public void What_an_agent_had_worked_leaves_out_pauses_and_what_a_clock_took_back()
    {
        DateTimeOffset start = new(2026, 5, 1, 10, 0, 0, TimeSpan.Zero);
        TrajectoryEvent[] events =
        [
            .. new[] { (0, "start"), (20, "command"), (-3580, "response"), (-3570, "command"), (90_000, "resumed"), (90_005, "command") }
                .Select(e => new TrajectoryEvent(start.AddSeconds(e.Item1), "solo", 1, e.Item2, null, null, null, null, null, null)),
        ];

        Recording.Worked(events).Should().Be(TimeSpan.FromSeconds(20 + 10 + 5));
    }

    /// <summary>One writes, the clock jumps, the other reads and answers; meanwhile the case stays claimed.</summary>
    private AgentKind Talkers(int hours) => RunsFixture.Agent(async (context, token) =>
    {
        if (context.AgentId != "agent2" || context.Mailbox is null)
            await RunsFixture.Oracle.Create().RunAsync(context, token);
        if (context.Mailbox is null)
            return AgentEnd.Submitted;
        if (context.AgentId == "agent1")
        {
            (await context.SendAsync("agent2", "before", token)).Should().BeNull();
            _clock.Jump(TimeSpan.FromHours(hours));
            new FileClaimStore(_runs.Layout).TryClaim(context.CaseId, out _).Should().BeNull();
            while ((await context.BeginStepAsync(token)).Count == 0)
                await Task.Delay(10, token);
        }
        else
        {
            while ((await context.BeginStepAsync(token)).Count == 0)
                await Task.Delay(10, token);
            (await context.SendAsync("agent1", "after", token)).Should().BeNull();
            // Only now: the oracle's own step takes whatever came before it.
            await RunsFixture.Oracle.Create().RunAsync(context, token);
        }
        return AgentEnd.Submitted;
    });
}
