using FluentAssertions;
using Tandem.Harness.Agents.Recordings;
using Tandem.Harness.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Cases;

/// <summary>What is done for a case follows from what is known of it, and from nothing else.</summary>
[Slow]
public sealed class NextStepTests(NopRun run) : IClassFixture<NopRun>
{
    private readonly RunRecord _record = run.Record;
    private readonly Recording _recording = run.Recording;

    [Theory]
    [InlineData(RunStatus.Completed)]
    [InlineData(RunStatus.Failed)]
    [InlineData(RunStatus.Partial)]
    public void A_case_with_a_record_that_counts_is_left_as_it_is_unless_somebody_asks(RunStatus status)
    {
        CaseSituation situation = new() { Status = status, History = HistoryOf(_record) };

        NextStep.For(situation, AttemptReason.Due).Should().Be(new NextStep.Stored(_record));
        NextStep.For(situation, AttemptReason.Force).Should().Be(Run(AttemptReason.Force));
        NextStep.For(situation, AttemptReason.Status).Should().Be(Run(AttemptReason.Status));
    }

    [Fact]
    public void Finished_agents_are_evaluated_again_for_the_reason_that_they_had()
    {
        RunRecord forced = _record with { AttemptReason = AttemptReason.Force };
        CaseSituation situation = new() { Status = RunStatus.Results, History = HistoryOf(forced), FinishedAttempt = 9 };

        NextStep.For(situation, AttemptReason.Due).Should()
            .Be(new NextStep.Try(AttemptKind.Regrade, AttemptReason.Force, 1, null, null));
        NextStep.For(situation with { History = null }, AttemptReason.Due).Should()
            .Be(new NextStep.Try(AttemptKind.Regrade, AttemptReason.Due, 9, null, null));
        NextStep.For(situation, AttemptReason.Force).Should().Be(Run(AttemptReason.Force), "who forces it pays for agents again");
    }

    [Fact]
    public void Without_agents_what_they_left_is_evaluated_or_the_case_is_left()
    {
        CaseSituation counting = new() { Status = RunStatus.Completed, History = HistoryOf(_record) };
        CaseSituation finished = new() { Status = RunStatus.Results, FinishedAttempt = 2 };

        NextStep.WithoutAgents(counting, AttemptReason.Due, lost: null).Should().Be(new NextStep.Stored(_record));
        NextStep.WithoutAgents(counting, AttemptReason.Regrade, lost: null).Should()
            .Be(new NextStep.Try(AttemptKind.Regrade, AttemptReason.Regrade, 1, null, null));
        NextStep.WithoutAgents(counting, AttemptReason.Regrade, lost: "solo.patch is missing").Should()
            .Be(new NextStep.Skip("solo.patch is missing"));
        NextStep.WithoutAgents(finished, AttemptReason.Due, lost: null).Should()
            .Be(new NextStep.Try(AttemptKind.Regrade, AttemptReason.Due, 2, null, null));
        NextStep.WithoutAgents(new CaseSituation { Status = RunStatus.Partial }, AttemptReason.Regrade, lost: null).Should()
            .Be(new NextStep.Skip("its agents have not finished, so there is nothing to evaluate"));
    }

    [Fact]
    public void Agents_that_cannot_start_leave_the_case_but_not_the_evaluation_of_what_is_paid()
    {
        CaseSituation situation = new() { Status = RunStatus.Missing, WhyNoAgent = "no key" };

        NextStep.For(situation, AttemptReason.Due).Should().Be(new NextStep.Skip("no key"));
        NextStep.For(situation with { Status = RunStatus.Results, FinishedAttempt = 2 }, AttemptReason.Due).Should()
            .Be(new NextStep.Try(AttemptKind.Regrade, AttemptReason.Due, 2, null, null));
    }

    [Fact]
    public void An_interrupted_attempt_is_taken_up_unless_a_new_one_is_forced()
    {
        CaseSituation situation = new() { Status = RunStatus.Partial, Continuation = new Continuation(_recording, 3) };

        NextStep.For(situation, AttemptReason.Due).Should()
            .Be(new NextStep.Try(AttemptKind.Resumed, AttemptReason.Due, 3, _recording, null));
        NextStep.For(situation, AttemptReason.Force).Should().Be(Run(AttemptReason.Force));
    }

    [Fact]
    public void A_replay_runs_its_recording() =>
        NextStep.For(new CaseSituation { Status = RunStatus.Missing, Replay = _recording }, AttemptReason.Due).Should()
            .Be(new NextStep.Try(AttemptKind.Run, AttemptReason.Due, null, _recording, null));

    [Fact]
    public void A_record_that_counts_ends_the_case()
    {
        After(_record, tries: 1).Should().Be(new NextStep.Done());
        After(_record with { Interrupted = true }, tries: 1).Should().Be(new NextStep.Done());
    }

    [Fact]
    public void An_infrastructure_error_is_tried_again_until_the_tries_are_used_up()
    {
        RunRecord lost = Infra(ErrorClass.SandboxLost, CasePhase.Agent);

        After(lost, tries: 2).Should().Be(Run(AttemptReason.Due));
        After(lost, tries: 3).Should().Be(new NextStep.Done());
        After(lost, tries: 1, new CaseRemains(true, null)).Should()
            .Be(new NextStep.Try(AttemptKind.Regrade, AttemptReason.Due, 1, null, null), "agents that finished are not paid again");
        After(lost, tries: 1, new CaseRemains(false, new Continuation(_recording, 1))).Should()
            .Be(new NextStep.Try(AttemptKind.Resumed, AttemptReason.Due, 1, _recording, null));
    }

    [Fact]
    public void An_evaluation_that_would_come_to_the_same_is_not_tried_again()
    {
        RunRecord unrunnable = Infra(ErrorClass.TestsUnrunnable, CasePhase.Tests);

        After(unrunnable, tries: 1, new CaseRemains(true, null)).Should()
            .Be(new NextStep.Try(AttemptKind.Regrade, AttemptReason.Due, 1, null, null));
        After(unrunnable, tries: 1, new CaseRemains(true, null) { IsSettled = true }).Should().Be(new NextStep.Done());
    }

    [Fact]
    public void A_full_disk_lets_no_agent_be_paid_again_for_work_that_cannot_be_kept()
    {
        RunRecord full = Infra(ErrorClass.Disk, CasePhase.Agent);

        After(full with { TotalSteps = 4 }, tries: 1).Should().Be(new NextStep.Done());
        After(full with { TotalSteps = 0 }, tries: 1).Should().Be(Run(AttemptReason.Due));
        After(Infra(ErrorClass.Disk, CasePhase.Provision) with { TotalSteps = null }, tries: 1).Should().Be(Run(AttemptReason.Due));
    }

    [Fact]
    public void A_fault_of_the_configuration_stops_the_run() =>
        After(Infra(ErrorClass.ModelConfiguration, CasePhase.Agent), tries: 1).Should().Be(new NextStep.Stop("broken"));

    [Fact]
    public void A_recording_that_was_departed_from_makes_the_agents_begin_anew_and_its_cost_sunk()
    {
        RunRecord departed = _record with { Interrupted = true, AttemptKind = AttemptKind.Resumed };
        var resumed = new NextStep.Try(AttemptKind.Resumed, AttemptReason.Status, 1, _recording, null);

        NextStep.After(departed, resumed, tries: 0, most: 3, new CaseRemains(false, null)).Should()
            .Be(new NextStep.Try(AttemptKind.Run, AttemptReason.Status, null, null, _recording.Cost));
        resumed.PaysAgents.Should().BeTrue();
        (resumed with { Kind = AttemptKind.Regrade }).PaysAgents.Should().BeFalse();
    }

    private static NextStep.Try Run(AttemptReason reason) => new(AttemptKind.Run, reason, null, null, null);

    private static NextStep After(RunRecord record, int tries, CaseRemains? remains = null) =>
        NextStep.After(record, Run(AttemptReason.Due), tries, most: 3, remains ?? new CaseRemains(false, null));

    private RunRecord Infra(ErrorClass error, CasePhase phase) =>
        _record with { InfraError = true, Error = new RunError(error, phase, "broken") };

    private static CaseHistory HistoryOf(RunRecord record)
    {
        var history = new CaseHistory(record.CaseId);
        history.Add(record);
        return history;
    }
}
