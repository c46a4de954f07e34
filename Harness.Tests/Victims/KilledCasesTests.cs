using FluentAssertions;
using Tandem.Harness.Admission;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Victims;

/// <summary>A process that is killed with a case in each phase, and what the next start makes of them.</summary>
[Slow]
[Long]
public sealed class KilledCasesTests(KilledCases killed) : IClassFixture<KilledCases>
{
    private const int BackstopMs = 600_000;

    [Theory(Timeout = BackstopMs)]
    [InlineData(StopPoint.Planned, RunStatus.Missing)]
    [InlineData(StopPoint.Claimed, RunStatus.Missing)]
    public async Task A_case_without_an_attempt_is_run_as_if_nothing_had_been(StopPoint point, RunStatus status)
    {
        await killed.RequireAsync();

        killed.StatusWhenDead[point].Should().Be(status);
        RunRecord record = Attempts(point).Should().ContainSingle().Subject;
        ShouldHavePassed(record);
        record.AttemptKind.Should().Be(AttemptKind.Run);
        killed.AgentsStarted(record.CaseId).Should().Be(1);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(StopPoint.Intended, CasePhase.Provision, 2)]
    [InlineData(StopPoint.Provisioning, CasePhase.Provision, 2)]
    [InlineData(StopPoint.AgentRunning, CasePhase.Agent, 2)]
    public async Task An_attempt_whose_agents_had_not_finished_is_booked_as_interrupted_and_made_again(StopPoint point,
        CasePhase reached, int agents)
    {
        await killed.RequireAsync();

        killed.StatusWhenDead[point].Should().Be(RunStatus.Partial);
        IReadOnlyList<RunRecord> attempts = Attempts(point);
        attempts.Select(record => (record.Attempt, record.AttemptKind, record.Interrupted)).Should()
            .Equal((1, AttemptKind.Run, true), (2, AttemptKind.Run, false));
        ShouldBeInterrupted(attempts[0], reached);
        attempts[0].TotalSteps.Should().Be(point == StopPoint.AgentRunning ? 1 : null);
        ShouldHavePassed(attempts[1]);
        killed.AgentsStarted(attempts[0].CaseId).Should().Be(agents, "what had begun begins once more, and nothing else");
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(StopPoint.AgentsDone, 2)]
    [InlineData(StopPoint.Merging, 2)]
    [InlineData(StopPoint.Testing, 1)]
    [InlineData(StopPoint.BeforeRecord, 1)]
    [InlineData(StopPoint.InRecord, 1)]
    public async Task An_attempt_whose_agents_had_finished_is_evaluated_and_they_are_not_paid_again(StopPoint point, int agents)
    {
        await killed.RequireAsync();

        killed.StatusWhenDead[point].Should().Be(RunStatus.Results);
        IReadOnlyList<RunRecord> attempts = Attempts(point);
        attempts.Select(record => (record.Attempt, record.AttemptKind, record.Interrupted)).Should()
            .Equal((1, AttemptKind.Run, true), (2, AttemptKind.Regrade, false));
        ShouldBeInterrupted(attempts[0], CasePhase.Merge);
        ShouldHavePassed(attempts[1]);
        killed.AgentsStarted(attempts[0].CaseId).Should().Be(agents);
        attempts[1].TotalSteps.Should().Be(attempts[0].TotalSteps).And.Be(agents);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_record_that_was_cut_in_the_middle_of_its_line_is_told_as_that_and_nothing_else_is_lost()
    {
        await killed.RequireAsync();

        StoreFault fault = killed.FaultsWhenDead.Should().ContainSingle().Subject;
        fault.Should().BeEquivalentTo(new { Line = 2, IsTornEnd = true });
        var torn = new FileInfo(Path.Combine(killed.Cases.Layout.ExperimentFolder, fault.File));
        torn.Length.Should().Be(KilledCases.TornAt);
        (await File.ReadAllTextAsync(torn.FullName, TestContext.Current.CancellationToken)).Should()
            .Contain("\n{\"", "its first line is whole").And.NotEndWith("\n");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task The_store_is_valid_and_no_container_network_process_or_lock_is_left()
    {
        await killed.RequireAsync();

        killed.Validation!.ExitCode.Should().Be(0, killed.Validation.Stdout.Text + killed.Validation.Stderr.Text);
        killed.Swept.Should().NotBeEmpty().And.OnlyContain(sandbox => sandbox.Removed && sandbox.Reason.Contains("owner"));
        await killed.Cases.NothingOfOursIsLeftAsync();
        ClaimFiles.Held(killed.Cases.Layout).Should().BeEmpty();
        foreach (CaseId caseId in KilledCases.Points.Values)
        {
            using IDisposable? claim = new FileClaimStore(killed.Cases.Layout).TryClaim(caseId, out string holder);
            claim.Should().NotBeNull($"{caseId} is held by {holder}");
        }
    }

    private IReadOnlyList<RunRecord> Attempts(StopPoint point)
    {
        CaseId caseId = KilledCases.Points[point];
        var reader = new StoreReader(killed.Cases.Layout);
        CaseHistory history = CaseHistory.Group(reader.ReadRuns())[caseId];
        history.Records.Select(record => record.Attempt).Should()
            .Equal(Enumerable.Range(1, history.Records.Count), "attempts are numbered without a gap");
        killed.Cases.Layout.AttemptNumbers(caseId).Should()
            .Equal(history.Records.Select(record => record.Attempt), "each attempt has its record");
        RunStatusReader.Of(killed.Cases.Layout, caseId, history).Should().Be(RunStatus.Completed);
        return history.Records;
    }

    private static void ShouldBeInterrupted(RunRecord record, CasePhase reached)
    {
        record.Should().BeEquivalentTo(new
        { Interrupted = true, InfraError = false, AgentStatus = AgentStatus.Unknown, BothPassed = (bool?)null });
        record.Error!.Should().BeEquivalentTo(new { Class = ErrorClass.Interrupted, Phase = reached });
        record.Error!.Message.Should().Contain("ended before the attempt did");
    }

    private static void ShouldHavePassed(RunRecord record) =>
        record.Should().BeEquivalentTo(new
        {
            Interrupted = false,
            InfraError = false,
            AgentStatus = AgentStatus.Submitted,
            BothPassed = true,
            MergeOutcome = MergeOutcome.MergeClean,
            Error = (RunError?)null
        });
}
