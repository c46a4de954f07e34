using FluentAssertions;
using Tandem.Harness.Admission;
using Tandem.Harness.Cases;
using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Tests.Cases;
using Tandem.Harness.Tests.Models;
using Tandem.Harness.Tests.Sandboxes;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Admission;

/// <summary>What several cases have in common pauses or stops the run.</summary>
[Slow]
public sealed class CircuitBreakerTests : IClassFixture<NopRun>
{
    private readonly HandClock _clock = new();
    private readonly List<string> _notices = [];
    private readonly CircuitBreaker _health;
    private readonly RunRecord _record;
    private string? _halted;

    public CircuitBreakerTests(NopRun run)
    {
        _record = run.Record;
        _health = new CircuitBreaker(BreakerWords.OfCases, new RunSettings { PatienceMinutes = 2 }, _clock, _notices.Add, Halt);
    }

    [Fact]
    public async Task Three_cases_in_a_row_with_the_same_fault_pause_the_run_and_one_tries_until_it_is_cured()
    {
        Hit(1, ErrorClass.Engine);
        Hit(2, ErrorClass.Engine);
        (await EnterAsync()).Should().BeFalse("two may be chance");
        Hit(3, ErrorClass.Engine);
        _notices.Should().ContainSingle().Which.Should().StartWith("paused: 3 cases in a row met the same fault (engine): gone");

        Task<bool> first = EnterAsync();
        Task<bool> second = EnterAsync();
        first.IsCompleted.Should().BeFalse();
        _clock.Advance(TimeSpan.FromSeconds(5));
        Task<bool> tries = await Task.WhenAny(first, second).WaitAsync(Soon, Token);
        (await tries).Should().BeTrue();
        Task<bool> waits = tries == first ? second : first;
        Hit(4, ErrorClass.Engine, isTry: true);
        waits.IsCompleted.Should().BeFalse();
        _clock.Advance(TimeSpan.FromSeconds(5));
        waits.IsCompleted.Should().BeFalse("the pauses grow");
        await AdvanceUntilAsync(waits, TimeSpan.FromSeconds(5));
        (await waits).Should().BeTrue();

        Task<bool> third = EnterAsync();
        _health.Report(_record with { CaseId = Case(5) }, isTry: true);
        (await third.WaitAsync(Soon, Token)).Should().BeFalse("it goes on for all");
        _notices.Should().HaveCount(2);
        _notices[1].Should().Contain("the run goes on");
        _halted.Should().BeNull();
    }

    [Fact]
    public async Task A_fault_that_is_not_cured_in_time_stops_the_run()
    {
        for (int i = 1; i <= 3; i++)
            Hit(i, ErrorClass.Disk);
        for (int i = 0; i < 20 && _halted is null; i++)
        {
            Task<bool> entered = EnterAsync();
            await AdvanceUntilAsync(entered, TimeSpan.FromSeconds(30));
            (await entered).Should().BeTrue();
            Hit(4, ErrorClass.Disk, isTry: true);
        }
        _halted.Should().Be("disk for more than 2 minutes: gone");
        (await EnterAsync()).Should().BeFalse("who waited is let go, to be told that the run is stopped");
    }

    [Fact]
    public async Task Faults_of_different_kinds_of_one_case_or_of_one_broken_task_are_not_the_runs()
    {
        Hit(1, ErrorClass.Engine);
        Hit(2, ErrorClass.Engine);
        Hit(2, ErrorClass.Engine);
        Hit(3, ErrorClass.Disk);
        Hit(4, ErrorClass.Engine);
        for (int i = 1; i < 9; i++)
            Hit(i, ErrorClass.Image);
        for (int i = 1; i < 9; i++)
            Hit(i, ErrorClass.TestsUnrunnable);
        Hit(5, ErrorClass.Engine);
        Hit(6, ErrorClass.Engine);
        _health.Report(_record, isTry: false);
        Hit(7, ErrorClass.Engine);

        (await EnterAsync()).Should().BeFalse();
        _notices.Should().BeEmpty();
    }

    [Fact]
    public async Task Who_waits_is_let_go_when_the_run_is_stopped_for_another_reason()
    {
        for (int i = 1; i <= 3; i++)
            Hit(i, ErrorClass.RateLimit);
        Task<bool> tries = EnterAsync();
        await AdvanceUntilAsync(tries, TimeSpan.FromSeconds(5));
        Task<bool> waits = EnterAsync();
        Hit(4, ErrorClass.ModelConfiguration, isTry: true);
        waits.IsCompleted.Should().BeFalse();

        Halt("the key is wrong");

        (await waits.WaitAsync(Soon, Token)).Should().BeFalse();
    }

    [Fact, Long]
    public async Task A_try_that_is_interrupted_leaves_the_place_to_another()
    {
        for (int i = 1; i <= 3; i++)
            Hit(i, ErrorClass.Engine);
        Task<bool> first = EnterAsync();
        await AdvanceUntilAsync(first, TimeSpan.FromSeconds(5));
        _health.GiveUp(isTry: true);
        Task<bool> second = EnterAsync();
        await AdvanceUntilAsync(second, TimeSpan.FromSeconds(10));
        (await second).Should().BeTrue();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_same_crash_of_the_agent_in_each_of_the_first_cases_is_its_configuration(bool isSame)
    {
        for (int i = 1; i <= 5; i++)
            Crash(i, isSame || i < 5 ? $"agent{i}: File 'model-{i}.bin' is not there" : "agent1: something else");
        if (isSame)
            _halted.Should().StartWith("the agent crashed in the same way in each of the first 5 cases");
        else
            _halted.Should().BeNull();
    }

    [Fact]
    public void An_agent_that_once_worked_may_crash_as_it_likes()
    {
        Crash(1, "solo: no");
        _health.Report(_record, isTry: false);
        for (int i = 2; i < 20; i++)
            Crash(i, "solo: no");
        _halted.Should().BeNull();
    }

    [Fact]
    [Long]
    public async Task An_engine_that_is_away_for_a_while_costs_no_case_its_attempts()
    {
        await using var runs = new RunsFixture();
        runs.Configuration = runs.Configuration with
        { Run = runs.Configuration.Run with { Attempts = 2, PauseAfter = 2, RetryPauseSeconds = 2 } };
        int refused = 0;
        CaseRunner runner = runs.Runner(RunsFixture.Oracle, inner => WatchedProvider.Failing(inner, (_, _) =>
            Interlocked.Increment(ref refused) <= 5 ? new SandboxException(SandboxFault.Engine, "the engine is away") : null));
        CaseId[] cases = [.. Enumerable.Range(0, 3).Select(seed => CaseId.Parse($"solo/timespan_task/14/f1_f3/seed{seed}"))];

        CaseResult[] results = await Task.WhenAll(cases.Select(id => runner.RunAsync(id, AttemptReason.Due, TimeSpan.Zero, Token)));

        results.Should().AllBeOfType<CaseResult.Ran>().Which.Should().OnlyContain(ran => ran.Record.BothPassed == true);
        cases.SelectMany(runs.Stored).Count(record => record.InfraError).Should().Be(5);
    }

    private static TimeSpan Soon => TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Task<bool> EnterAsync() => _health.EnterAsync(Token);

    // As the run's environment does it.
    private void Halt(string reason)
    {
        _halted = reason;
        _health.Release();
    }

    private async Task AdvanceUntilAsync(Task done, TimeSpan step)
    {
        for (int i = 0; i < 20 && !done.IsCompleted; i++)
        {
            _clock.Advance(step);
            await Task.WhenAny(done, Task.Delay(50, Token));
        }
        done.IsCompleted.Should().BeTrue();
    }

    private void Hit(int number, ErrorClass fault, bool isTry = false) =>
        _health.Report(_record with
        { CaseId = Case(number), InfraError = true, Error = new RunError(fault, CasePhase.Provision, "gone\nwith details") }, isTry);

    private void Crash(int number, string message) =>
        _health.Report(_record with
        { CaseId = Case(number), AgentStatus = AgentStatus.Error, Error = new RunError(ErrorClass.Agent, CasePhase.Agent, message) },
            isTry: false);

    private static CaseId Case(int seed) => CaseId.Parse($"solo/timespan_task/14/f1_f3/seed{seed}");
}
