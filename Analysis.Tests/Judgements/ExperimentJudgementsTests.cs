using FluentAssertions;
using Tandem.Analysis.Judgements;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Analysis.Tests.Judgements;

public sealed class ExperimentJudgementsTests
{
    private static readonly CaseId Id = Sample.Case(Setting.CoopComm);
    private static readonly CaseId Other = Sample.Case(Setting.CoopComm, task: 2);

    [Fact]
    public void The_first_judgement_counts_and_a_secondary_label_is_kept_apart()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Id)).Judge(
            SampleJudgement.Infra(Id),
            SampleJudgement.Of(Id, attempt: 2) with
            {
                Labels =
                [
                    SampleJudgement.Label("work-overlap"),
                    SampleJudgement.Label("repetition") with { Part = JudgementPart.Secondary },
                ],
            },
            SampleJudgement.Of(Id, "divergent-architecture", attempt: 3));

        Reading reading = Only(store);

        (reading.State, reading.Record!.Attempt).Should().Be((ReadingState.Labelled, 2));
        reading.Labels.Should().Equal(new UnitLabel(null, "work-overlap", null));
        reading.Secondary.Should().Equal("repetition");
    }

    [Fact]
    public void A_judgement_by_an_older_rubric_does_not_count_for_the_new_one()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Id)).Judge(
            SampleJudgement.Of(Id),
            SampleJudgement.Failed(Id, attempt: 2) with { RubricDigest = "new", StartedAt = FixedClock.Time.AddMinutes(1) });

        Only(store).State.Should().Be(ReadingState.Failed);
    }

    [Fact]
    public void What_could_not_be_labelled_is_missing_data_with_its_reason_and_never_a_label()
    {
        using var store = new StoreBuilder();
        CaseId[] ids = [.. Enumerable.Range(1, 4).Select(task => Sample.Case(Setting.CoopComm, task))];
        foreach (CaseId id in ids)
            store.Add(Sample.Run(id));
        store.Judge(
            SampleJudgement.Failed(ids[0]),
            SampleJudgement.Of(ids[1]) with
            {
                Status = JudgementOutcome.Voided,
                VoidedLabels = 1,
                Labels = [SampleJudgement.Label("work-overlap") with { VoidedBy = "A quote is not in the evidence." }],
            },
            SampleJudgement.By("symptoms", "gpt-4o", ids[2], null));

        RubricReadings rubric = Read(store).Rubrics.Should().ContainSingle().Which;

        rubric.Readings.Select(reading => (reading.State, reading.Reason)).Should().Equal(
            (ReadingState.Failed, "The answer is empty."), (ReadingState.Voided, "A quote is not in the evidence."),
            (ReadingState.None, null), (ReadingState.Missing, null));
        rubric.Readings.SelectMany(reading => reading.Labels).Should().Equal(new UnitLabel(null, "none", null));
    }

    [Fact]
    public void An_interruption_leaves_a_failed_reading() =>
        Only(new StoreBuilder().Add(Sample.Run(Id)).Judge(SampleJudgement.Interrupted(Id))).State.Should().Be(ReadingState.Failed);

    [Fact]
    public void A_regrade_that_says_the_same_of_the_same_work_keeps_the_judgement()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Id)).Add(Regrade(), change: files => files.Clear()).Judge(SampleJudgement.Of(Id));

        Only(store).State.Should().Be(ReadingState.Labelled);
    }

    [Theory]
    [InlineData(MergeOutcome.MergeClean, ReadingState.Labelled)]
    [InlineData(MergeOutcome.MergeUnion, ReadingState.Stale)]
    public void A_new_revision_is_held_against_the_one_that_was_read(MergeOutcome merge, object state)
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Id)).Add(Sample.Run(Id) with { Revision = 2, MergeOutcome = merge }).Judge(SampleJudgement.Of(Id));

        ((object)Only(store).State).Should().Be(state);
    }

    [Fact]
    public void A_judgement_of_another_verdict_is_stale()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Id)).Add(Regrade() with { BothPassed = false, Feature1Passed = false }, change: files => files.Clear())
            .Judge(SampleJudgement.Of(Id));

        Reading reading = Only(store);

        reading.State.Should().Be(ReadingState.Stale);
        reading.Reason.Should().Be("It is of attempt 1, and attempt 2 counts now, with another verdict.");
        reading.Labels.Should().BeEmpty();
    }

    [Fact]
    public void A_judgement_of_another_merge_is_stale()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Id)).Add(Regrade() with { MergeOutcome = MergeOutcome.MergeUnion }, change: files => files.Clear())
            .Judge(SampleJudgement.Of(Id));

        Only(store).Reason.Should().EndWith("with another merge.");
    }

    [Fact]
    public void A_judgement_of_other_patches_is_stale()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Id)).Add(Sample.Run(Id, attempt: 2) with { AttemptReason = AttemptReason.Force },
            change: files => files["agent1.patch"] = [.. "another"u8]).Judge(SampleJudgement.Of(Id));

        Only(store).Reason.Should().EndWith("with other patches or messages.");
    }

    [Fact]
    public void A_run_that_does_not_count_or_crashed_leaves_nothing_to_judge()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Infra(Id)).Add(Sample.Run(Other) with { AgentStatus = AgentStatus.Error })
            .Judge(SampleJudgement.Of(Id), SampleJudgement.Of(Other));

        RubricReadings rubric = Read(store).Rubrics[0];

        rubric.Readings.Should().BeEmpty();
        rubric.NothingToJudge.Should().Be(2);
    }

    [Fact]
    public void A_run_lacks_a_judge_if_it_is_like_those_that_were_read()
    {
        using var store = new StoreBuilder();
        CaseId[] ids = [.. Enumerable.Range(1, 3).Select(task => Sample.Case(Setting.CoopComm, task))];
        store.Add(Sample.Run(ids[0], passed: false)).Add(Sample.Run(ids[1], passed: false)).Add(Sample.Run(ids[2]))
            .Add(Sample.Run(Sample.Case(Setting.CoopNocomm), passed: false)).Judge(SampleJudgement.Of(ids[0]));

        Read(store).Rubrics[0].Readings.Select(reading => (reading.CaseId, reading.State)).Should().Equal(
            [(ids[0], ReadingState.Labelled), (ids[1], ReadingState.Missing)],
            "only failed runs of one setting were read, so that the rubric is for such runs");
    }

    [Fact]
    public void An_imported_label_of_another_kind_of_run_does_not_widen_what_the_rubric_is_for()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Id, passed: false)).Add(Sample.Run(Other)).Judge(SampleJudgement.Of(Id));
        store.ImportLabels($"case,rubric,judge,label\n{Other},symptoms,anna,none\n").ExitCode.Should().Be(0);

        Read(store).Rubrics[0].Readings.Select(reading => (reading.Judge.Name, reading.CaseId, reading.State)).Should().Equal(
            ("anna", Id, ReadingState.Missing), ("anna", Other, ReadingState.None), ("gpt-4o", Id, ReadingState.Labelled));
    }

    [Fact]
    public void Each_judge_lacks_what_another_one_read()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Id)).Add(Sample.Run(Other)).Judge(SampleJudgement.Of(Id), SampleJudgement.Of(Other),
            SampleJudgement.By("symptoms", "builtin:rules", Id, "repetition"));

        ReadingCounts simulated = ReadingCounts.ByJudge(Read(store).Rubrics[0])[0];

        (simulated.Judge.Said, simulated.Labelled, simulated.Missing).Should().Be(("builtin:rules (simulated)", 1, 1));
    }

    [Fact]
    public void Messages_have_labels_of_their_own_and_voided_ones_are_no_data()
    {
        using var store = new StoreBuilder();
        JudgementRecord acts = SampleJudgement.Acts("gpt-4o", Id, "plan", "update");
        store.Add(WithMessages(Id, 3)).Judge(acts with
        {
            Labels = [acts.Labels[0], acts.Labels[1] with { VoidedBy = "Its quote is not in the message." }],
            VoidedLabels = 1,
        });

        RubricReadings rubric = Read(store).Rubrics[0];

        (rubric.IsPerMessage, rubric.Readings[0].Units).Should().Be((true, 3));
        rubric.Readings[0].Labels.Should().Equal(new UnitLabel(1, "plan", null));
        LabelShare share = LabelShare.AllOf(rubric).Should().ContainSingle().Which;
        (share.Count, share.Labelled, share.Missing).Should().Be((1, 1, 2));
        (share.Low, share.High).Should().Be((1 / 3.0, 1));
    }

    [Fact]
    public void Costs_are_of_all_attempts_and_unknown_ones_are_counted()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Id)).Judge(SampleJudgement.Of(Id), SampleJudgement.Failed(Id, attempt: 2) with { Cost = null, Calls = 2 },
            SampleJudgement.By("symptoms", "builtin:rules", Id, null) with { Cost = null, Calls = 0 });

        Read(store).Costs.Select(cost => (cost.Judge.Name, cost.Attempts, cost.Calls, cost.Usd, cost.Unpriced)).Should().Equal(
            ("builtin:rules", 1, 0, 0m, 0), ("gpt-4o", 2, 3, 0.00265m, 1));
    }

    internal static RunRecord WithMessages(CaseId id, int count, bool passed = true) => Sample.Run(id, passed) with
    {
        Messages = [.. Enumerable.Range(1, count).Select(number => new MessageRecord(number % 2 == 1 ? "agent1" : "agent2",
            number % 2 == 1 ? "agent2" : "agent1", $"I change core{number}.py", FixedClock.Time.AddSeconds(number),
            FixedClock.Time.AddSeconds(number), null, 2 - (number % 2), number, number))],
        MessagesCount = count,
    };

    private static RunRecord Regrade() => Sample.Run(Id, attempt: 2) with
    {
        AttemptKind = AttemptKind.Regrade,
        AttemptReason = AttemptReason.Regrade,
    };

    private static Reading Only(StoreBuilder store) => Read(store).Rubrics[0].Readings.Should().ContainSingle().Which;

    private static ExperimentJudgements Read(StoreBuilder store) => ExperimentJudgements.Of(store.Read());
}
