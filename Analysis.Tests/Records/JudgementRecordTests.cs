using System.Text;
using System.Text.Json;
using FluentAssertions;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Records;

public sealed class JudgementRecordTests
{
    private static readonly CaseId Case = Sample.Case(Setting.CoopComm);
    private static readonly JudgementRecord Record = SampleJudgement.Of(Case);

    [Fact]
    public void A_judgement_line_looks_like_this()
    {
        Encoding.UTF8.GetString(StoreJson.ToLine(Record)).Should().Be("""
            {"schema_version":1,"run_id":"run-1","experiment":"default",
            "judgement_id":"symptoms/gpt-4o/rep1/coop-comm/click_task/1/f1_f2/seed0","case_id":"coop-comm/click_task/1/f1_f2/seed0",
            "judged_attempt":1,"judged_revision":1,"rubric":"symptoms","rubric_version":1,"scale":"nominal",
            "rubric_labels":["work-overlap","divergent-architecture"],"rubric_digest":"rubric","prompt_digest":"prompt",
            "source_digest":"source","evidence_digest":"evidence","evidence":[{"section":"conversation","bytes":120,"left_out_bytes":0}],
            "judge":"default","judge_model":"gpt-4o","judge_digest":"judge","repetition":1,"attempt":1,"attempt_reason":"due",
            "started_at":"2026-05-01T10:00:00+00:00","duration_seconds":2.5,"answer_seconds":2.25,"status":"labelled",
            "labels":[{"part":"primary","message":null,"label":"work-overlap","score":null,
            "quotes":[{"text":"I change core.py","section":"conversation"}],"reason":"Both change it.","voided_by":null}],
            "voided_labels":0,"failure_reason":null,"error_class":null,"interrupted":false,"simulated":false,"calls":1,
            "tokens":{"input":900,"output":40,"cache_read":null,"cache_write":null},"cost":0.00265,
            "replies":[{"text":"{}","finish_reason":"stop"}],"harness":"0.1.0+abc"}
            """.ReplaceLineEndings(""));
    }

    [Fact]
    public void A_judgement_reads_as_it_is_written()
    {
        foreach (JudgementRecord record in new[] { Record, SampleJudgement.Infra(Case), SampleJudgement.Interrupted(Case) })
            StoreJson.ToLine(StoreJson.Read<JudgementRecord>(StoreJson.ToLine(record))).Should().Equal(StoreJson.ToLine(record));
    }

    [Theory]
    [InlineData("unknown member", "\"rubric\":", "\"x\":0,\"rubric\":")]
    [InlineData("missing member", "\"cost\":0.00265,", "")]
    [InlineData("member given twice", "\"calls\":1", "\"calls\":1,\"calls\":1")]
    [InlineData("unknown status", "\"labelled\"", "\"label\"")]
    [InlineData("other casing of a status", "\"labelled\"", "\"Labelled\"")]
    [InlineData("number for a status", "\"labelled\"", "0")]
    [InlineData("unknown part", "\"primary\"", "\"first\"")]
    [InlineData("null in the labels", "\"labels\":[", "\"labels\":[null,")]
    [InlineData("null in the quotes", "\"quotes\":[", "\"quotes\":[null,")]
    [InlineData("null in the replies", "\"replies\":[", "\"replies\":[null,")]
    [InlineData("null in the evidence", "\"evidence\":[", "\"evidence\":[null,")]
    [InlineData("null for a digest", "\"rubric_digest\":\"rubric\"", "\"rubric_digest\":null")]
    [InlineData("score that is no number", "\"score\":null", "\"score\":NaN")]
    [InlineData("score too large", "\"score\":null", "\"score\":1e999")]
    [InlineData("an id that leads elsewhere", "\"judgement_id\":\"symptoms", "\"judgement_id\":\"..")]
    [InlineData("half a character", "I change core.py", "\\ud800")]
    public void A_line_is_refused_for(string fault, string part, string by)
    {
        string line = Encoding.UTF8.GetString(StoreJson.ToLine(Record));
        int at = line.IndexOf(part, StringComparison.Ordinal);
        at.Should().BeGreaterThan(0, fault);
        byte[] damaged = Encoding.UTF8.GetBytes(line[..at] + by + line[(at + part.Length)..]);

        FluentActions.Invoking(() => StoreJson.Read<JudgementRecord>(damaged)).Should().Throw<JsonException>(fault);
    }

    [Fact]
    public void Sound_judgements_contradict_themselves_in_nothing()
    {
        JudgementLabel isVoid = Record.Labels[0] with { Quotes = [new JudgementQuote("invented", null)], VoidedBy = "It is invented." };
        JudgementRecord[] sound =
        [
            Record, SampleJudgement.Failed(Case), SampleJudgement.Infra(Case), SampleJudgement.Interrupted(Case),
            Record with { Status = JudgementOutcome.None, Labels = [] },
            Record with { Status = JudgementOutcome.Voided, Labels = [isVoid], VoidedLabels = 1 },
            Record with { Labels = [Record.Labels[0] with { Part = JudgementPart.Score, Label = null, Score = 0 }] },
        ];

        sound.SelectMany(JudgementLaws.Faults).Should().BeEmpty();
    }

    public static TheoryData<string, JudgementRecord> Contradictions => new()
    {
        { "another schema", Record with { SchemaVersion = 2 } },
        { "another case", Record with { CaseId = Sample.Case(Setting.Solo) } },
        { "another rubric", Record with { Rubric = "speech-acts" } },
        { "another judge", Record with { JudgeModel = "gpt-5" } },
        { "no judge", Record with { JudgeModel = "" } },
        { "another repetition", Record with { Repetition = 2 } },
        { "attempt 0", Record with { Attempt = 0 } },
        { "calls below zero", Record with { Calls = -1 } },
        { "cost below zero", Record with { Cost = -0.1m } },
        { "voided labels miscounted", Record with { VoidedLabels = 1 } },
        { "labelled without a label", Record with { Labels = [] } },
        { "voided, and nothing is", Record with { Status = JudgementOutcome.Voided } },
        { "none, with a label", Record with { Status = JudgementOutcome.None } },
        { "failed, with a label", SampleJudgement.Failed(Case) with { Labels = Record.Labels } },
        { "failed without a reason", SampleJudgement.Failed(Case) with { FailureReason = null } },
        { "labelled with a reason for failing", Record with { FailureReason = "It failed." } },
        { "interrupted, and labelled", Record with { Interrupted = true } },
        { "a label and a score", Record with { Labels = [Record.Labels[0] with { Score = 1 }] } },
        { "neither label nor score", Record with { Labels = [Record.Labels[0] with { Label = null }] } },
        { "a message without a number", Record with { Labels = [Record.Labels[0] with { Part = JudgementPart.Message }] } },
        { "an invented quote that holds", Record with { Labels = [Record.Labels[0] with { Quotes = [new JudgementQuote("x", null)] }] } },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void A_contradiction_is_found(string fault, JudgementRecord record) =>
        JudgementLaws.Faults(record).Should().NotBeEmpty(fault);

    [Fact]
    public void Only_an_interruption_or_an_error_of_the_infrastructure_is_missing_data_by_itself()
    {
        SampleJudgement.Failed(Case).IsMissingData.Should().BeFalse();
        SampleJudgement.Infra(Case).IsMissingData.Should().BeTrue();
        SampleJudgement.Interrupted(Case).IsMissingData.Should().BeTrue();
        (SampleJudgement.Infra(Case) with { ErrorClass = ErrorClass.RateLimit }).IsMissingData.Should().BeTrue();
    }
}
