using Tandem.Records.Cases;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Tests.Stores;

/// <summary>Judgements as a sound harness would write them; tests change what they are about.</summary>
internal static class SampleJudgement
{
    public static readonly JudgementInputs Inputs = new("rubric", "prompt", "source", "gpt-4o", "judge");

    /// <summary>A judgement with one label.</summary>
    public static JudgementRecord Of(CaseId caseId, string label = "work-overlap", int attempt = 1, int repetition = 1) => new()
    {
        SchemaVersion = JudgementRecord.CurrentSchemaVersion,
        RunId = "run-1",
        Experiment = "default",
        JudgementId = new JudgementId("symptoms", "gpt-4o", repetition, caseId),
        CaseId = caseId,
        JudgedAttempt = 1,
        JudgedRevision = 1,
        Rubric = "symptoms",
        RubricVersion = 1,
        Scale = RatingScale.Nominal,
        RubricLabels = ["work-overlap", "divergent-architecture"],
        RubricDigest = Inputs.RubricDigest,
        PromptDigest = Inputs.PromptDigest,
        SourceDigest = Inputs.SourceDigest,
        EvidenceDigest = "evidence",
        Evidence = [new EvidenceExtent("conversation", 120, 0)],
        Judge = "default",
        JudgeModel = Inputs.JudgeModel,
        JudgeDigest = Inputs.JudgeDigest,
        Repetition = repetition,
        Attempt = attempt,
        AttemptReason = AttemptReason.Due,
        StartedAt = FixedClock.Time,
        DurationSeconds = 2.5,
        AnswerSeconds = 2.25,
        Status = JudgementOutcome.Labelled,
        Labels = [Label(label)],
        VoidedLabels = 0,
        FailureReason = null,
        ErrorClass = null,
        Interrupted = false,
        Simulated = false,
        Calls = 1,
        Tokens = new TokenCounts(900, 40, null, null),
        Cost = 0.00265m,
        Replies = [new JudgeReply("{}", "stop")],
        Harness = "0.1.0+abc",
    };

    /// <summary>A judgement by any rubric and judge; built-in judges are simulated.</summary>
    /// <param name="rubric">The rubric's name.</param>
    /// <param name="judge">The judge's name.</param>
    /// <param name="caseId">What is judged.</param>
    /// <param name="label">The label; null if none fits.</param>
    /// <param name="repetition">From 1.</param>
    public static JudgementRecord By(string rubric, string judge, CaseId caseId, string? label, int repetition = 1) =>
        Of(caseId, label ?? "", repetition: repetition) with
        {
            JudgementId = new JudgementId(rubric, JudgeSegment.Of(judge), repetition, caseId),
            Rubric = rubric,
            Judge = judge,
            JudgeModel = judge,
            Simulated = judge.StartsWith(JudgeSegment.BuiltIn, StringComparison.Ordinal),
            Status = label is null ? JudgementOutcome.None : JudgementOutcome.Labelled,
            Labels = label is null ? [] : [Label(label)],
        };

    /// <summary>A judgement of each message, by the rubric of speech acts.</summary>
    public static JudgementRecord Acts(string judge, CaseId caseId, params IReadOnlyList<string> labels) =>
        By("speech-acts", judge, caseId, null) with
        {
            RubricLabels = ["plan", "question", "answer", "update", "acknowledgement", "other"],
            Status = JudgementOutcome.Labelled,
            Labels = [.. labels.Select((label, index) => Label(label) with { Part = JudgementPart.Message, Message = index + 1 })],
        };

    /// <summary>A judge whose answer could not be read.</summary>
    public static JudgementRecord Failed(CaseId caseId, int attempt = 1) => Of(caseId, attempt: attempt) with
    {
        Status = JudgementOutcome.Failed,
        Labels = [],
        FailureReason = "The answer is empty.",
    };

    /// <summary>An error of the infrastructure.</summary>
    public static JudgementRecord Infra(CaseId caseId, int attempt = 1) =>
        Failed(caseId, attempt) with { ErrorClass = ErrorClass.ModelTransport, Replies = [], EvidenceDigest = null };

    /// <summary>We stopped it.</summary>
    public static JudgementRecord Interrupted(CaseId caseId, int attempt = 1) => Failed(caseId, attempt) with { Interrupted = true };

    public static JudgementLabel Label(string label) => new()
    {
        Part = JudgementPart.Primary,
        Message = null,
        Label = label,
        Score = null,
        Quotes = [new JudgementQuote("I change core.py", "conversation")],
        Reason = "Both change it.",
        VoidedBy = null,
    };
}
