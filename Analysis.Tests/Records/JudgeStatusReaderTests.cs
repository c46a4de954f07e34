using System.Diagnostics;
using FluentAssertions;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Analysis.Tests.Records;

public sealed class JudgeStatusReaderTests
{
    private static readonly CaseId Case = Sample.Case(Setting.CoopComm);
    private static readonly RunRecord Run = Sample.Run(Case);

    [Fact]
    public void A_run_that_no_judge_has_read_is_missing() => Status().Should().Be(JudgeStatus.Missing);

    [Theory]
    [InlineData(JudgementOutcome.Labelled)]
    [InlineData(JudgementOutcome.None)]
    public void What_the_judge_could_say_is_complete(JudgementOutcome outcome) =>
        Status(SampleJudgement.Of(Case) with { Status = outcome }).Should().Be(JudgeStatus.Complete);

    [Fact]
    public void A_label_that_its_quotes_do_not_bear_is_failed() =>
        Status(SampleJudgement.Of(Case) with { Status = JudgementOutcome.Voided }).Should().Be(JudgeStatus.Failed);

    [Fact]
    public void An_answer_that_could_not_be_read_is_failed() => Status(SampleJudgement.Failed(Case)).Should().Be(JudgeStatus.Failed);

    [Fact]
    public void An_error_of_the_infrastructure_is_failed() => Status(SampleJudgement.Infra(Case)).Should().Be(JudgeStatus.Failed);

    [Fact]
    public void An_interruption_is_partial() => Status(SampleJudgement.Interrupted(Case)).Should().Be(JudgeStatus.Partial);

    [Fact]
    public void An_attempt_that_has_begun_and_left_no_record_is_partial()
    {
        JudgeStatusReader.Of(Run, [], SampleJudgement.Inputs, begunAttempt: 1).Should().Be(JudgeStatus.Partial);
        JudgeStatusReader.Of(Run, [SampleJudgement.Infra(Case)], SampleJudgement.Inputs, begunAttempt: 2).Should().Be(JudgeStatus.Partial);
        JudgeStatusReader.Of(Run, [SampleJudgement.Infra(Case)], SampleJudgement.Inputs, begunAttempt: 1).Should().Be(JudgeStatus.Failed);
        JudgeStatusReader.Of(Run, [SampleJudgement.Of(Case)], SampleJudgement.Inputs, begunAttempt: 2).Should().Be(JudgeStatus.Complete);
    }

    [Fact]
    public void A_run_without_a_verdict_leaves_nothing_to_judge()
    {
        JudgementRecord judged = SampleJudgement.Of(Case);

        JudgeStatusReader.Of(null, [judged], SampleJudgement.Inputs).Should().Be(JudgeStatus.AgentFailed);
        JudgeStatusReader.Of(Sample.Infra(Case), [judged], SampleJudgement.Inputs).Should().Be(JudgeStatus.AgentFailed);
        JudgeStatusReader.Of(Sample.Interrupted(Case), [], SampleJudgement.Inputs).Should().Be(JudgeStatus.AgentFailed);
        JudgeStatusReader.Of(Run with { AgentStatus = AgentStatus.Error }, [], SampleJudgement.Inputs).Should().Be(JudgeStatus.AgentFailed);
    }

    public static TheoryData<string, JudgementInputs> Changes => new()
    {
        { "rubric", SampleJudgement.Inputs with { RubricDigest = "other" } },
        { "prompt", SampleJudgement.Inputs with { PromptDigest = "other" } },
        { "source", SampleJudgement.Inputs with { SourceDigest = "other" } },
        { "model", SampleJudgement.Inputs with { JudgeModel = "other" } },
        { "settings of the model", SampleJudgement.Inputs with { JudgeDigest = "other" } },
        { "evidence", SampleJudgement.Inputs with { EvidenceDigest = "other" } },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_judgement_of_something_else_does_not_count(string what, JudgementInputs now) =>
        JudgeStatusReader.Of(Run, [SampleJudgement.Of(Case)], now).Should().Be(JudgeStatus.Missing, what);

    [Fact]
    public void Evidence_that_was_not_built_again_is_known_by_its_source() =>
        JudgeStatusReader.Of(Run, [SampleJudgement.Of(Case)], SampleJudgement.Inputs with { EvidenceDigest = "evidence" })
            .Should().Be(JudgeStatus.Complete);

    [Fact]
    public void The_first_judgement_counts_and_not_a_later_one()
    {
        JudgementRecord[] records = [SampleJudgement.Of(Case, "repetition", attempt: 3), SampleJudgement.Of(Case, attempt: 2),
            SampleJudgement.Infra(Case)];

        JudgeStatusReader.Counting(records)!.Attempt.Should().Be(2);
        Status(records).Should().Be(JudgeStatus.Complete);
    }

    [Fact]
    public void A_judgement_that_somebody_asked_for_counts_in_the_place_of_an_earlier_one()
    {
        JudgementRecord[] records = [SampleJudgement.Failed(Case),
            SampleJudgement.Of(Case, attempt: 2) with { AttemptReason = AttemptReason.Status }];

        JudgeStatusReader.Counting(records)!.Attempt.Should().Be(2);
        Status(records).Should().Be(JudgeStatus.Complete);
    }

    [Fact]
    public void A_failed_judge_is_not_asked_again_by_itself() =>
        Status(SampleJudgement.Failed(Case), SampleJudgement.Of(Case, attempt: 2)).Should().Be(JudgeStatus.Failed);

    [Fact]
    public void Thousands_are_classified_at_once()
    {
        JudgementRecord record = SampleJudgement.Of(Case);
        long start = Stopwatch.GetTimestamp();

        for (int i = 0; i < 1130 * 3; i++)
            JudgeStatusReader.Of(Run, [record], SampleJudgement.Inputs).Should().Be(JudgeStatus.Complete);

        Stopwatch.GetElapsedTime(start).Should().BeLessThan(TimeSpan.FromSeconds(5));
    }

    private static JudgeStatus Status(params JudgementRecord[] records) =>
        JudgeStatusReader.Of(Run, records, SampleJudgement.Inputs);
}
