using System.Text.Json.Serialization;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Records.Judgements;

/// <summary>
/// What one attempt to judge one case left in the store: one JSON line. Null means unknown, never zero. Times are UTC, durations seconds,
/// money USD, digests SHA-256 in lower-case hex.
/// </summary>
public sealed record JudgementRecord : IJsonOnDeserialized
{
    /// <summary>The version that this code writes.</summary>
    public const int CurrentSchemaVersion = 1;

    public required int SchemaVersion { get; init; }

    /// <summary>The invocation that wrote it: one per process.</summary>
    public required string RunId { get; init; }

    public required string Experiment { get; init; }

    public required JudgementId JudgementId { get; init; }

    public required CaseId CaseId { get; init; }

    /// <summary>The attempt of the case that was read.</summary>
    public required int JudgedAttempt { get; init; }

    /// <summary>The revision of that attempt's record.</summary>
    public required int JudgedRevision { get; init; }

    /// <summary>The rubric's name.</summary>
    public required string Rubric { get; init; }

    public required int RubricVersion { get; init; }

    public required RatingScale Scale { get; init; }

    /// <summary>The labels that the rubric knows, on an ordinal scale from least to most; empty for scores.</summary>
    public required IReadOnlyList<string> RubricLabels { get; init; }

    /// <summary>Digest of the rubric's files.</summary>
    public required string RubricDigest { get; init; }

    /// <summary>Digest of what the judge is asked, without the evidence.</summary>
    public required string PromptDigest { get; init; }

    /// <summary>Digest of what the evidence is made from, as the run's record names it: known without reading a file of the run.</summary>
    public required string SourceDigest { get; init; }

    /// <summary>Digest of the evidence, as the judge read it; null if it could not be built.</summary>
    public required string? EvidenceDigest { get; init; }

    /// <summary>What of each section the judge read.</summary>
    public required IReadOnlyList<EvidenceExtent> Evidence { get; init; }

    /// <summary>The judge, as it was named.</summary>
    public required string Judge { get; init; }

    /// <summary>The judge that this name stood for.</summary>
    public required string JudgeModel { get; init; }

    /// <summary>Digest of the judge's settings that change its answers.</summary>
    public required string JudgeDigest { get; init; }

    /// <summary>From 1.</summary>
    public required int Repetition { get; init; }

    /// <summary>The try, from 1 over the judgement's whole life.</summary>
    public required int Attempt { get; init; }

    public required AttemptReason AttemptReason { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>From the attempt's begin to its record.</summary>
    public required double DurationSeconds { get; init; }

    /// <summary>The time of the judge's answers alone; null if it never answered.</summary>
    public required double? AnswerSeconds { get; init; }

    public required JudgementOutcome Status { get; init; }

    /// <summary>What the judge gave, voided labels included; empty where it gave none or failed.</summary>
    public required IReadOnlyList<JudgementLabel> Labels { get; init; }

    /// <summary>How many of <see cref="Labels"/> are void.</summary>
    public required int VoidedLabels { get; init; }

    /// <summary>Why there is no answer, one sentence; null if there is one.</summary>
    public required string? FailureReason { get; init; }

    /// <summary>Where the infrastructure failed; null where it did not. A judge whose answer cannot be read is no such fault.</summary>
    public required ErrorClass? ErrorClass { get; init; }

    /// <summary>Whether we were interrupted or killed; the attempt then does not count.</summary>
    public required bool Interrupted { get; init; }

    /// <summary>Whether the judge only simulates one.</summary>
    public required bool Simulated { get; init; }

    /// <summary>How often the judge was asked; the reminder after an answer that could not be read is one of them.</summary>
    public required int Calls { get; init; }

    /// <summary>Of all calls; null where no model was called or it did not say.</summary>
    public required TokenCounts? Tokens { get; init; }

    /// <summary>Of all calls; null if the model has no price, or if one of the calls got no answer and may have cost something.</summary>
    public required decimal? Cost { get; init; }

    /// <summary>What the judge said, word for word, one entry per answer; long ones are cut.</summary>
    public required IReadOnlyList<JudgeReply> Replies { get; init; }

    /// <summary>The harness's version.</summary>
    public required string Harness { get; init; }

    /// <summary>Whether it says nothing about the judge, so that it is tried again by itself.</summary>
    [JsonIgnore]
    public bool IsMissingData => Interrupted || ErrorClass is not null;

    void IJsonOnDeserialized.OnDeserialized()
    {
        StrictList.HoldsNoNull(RubricLabels);
        StrictList.HoldsNoNull(Evidence);
        StrictList.HoldsNoNull(Labels);
        StrictList.HoldsNoNull(Replies);
    }
}

/// <summary>A label or a score, with what bears it.</summary>
public sealed record JudgementLabel : IJsonOnDeserialized
{
    public required JudgementPart Part { get; init; }

    /// <summary>The message's number in the conversation, from 1; null for any other part.</summary>
    public required int? Message { get; init; }

    /// <summary>The label; null for a score.</summary>
    public required string? Label { get; init; }

    /// <summary>The score; null for a label.</summary>
    public required double? Score { get; init; }

    public required IReadOnlyList<JudgementQuote> Quotes { get; init; }

    /// <summary>The judge's reason in its own words; null where the rubric asks for none.</summary>
    public required string? Reason { get; init; }

    /// <summary>Why it does not count, one sentence; null if it holds.</summary>
    public required string? VoidedBy { get; init; }

    void IJsonOnDeserialized.OnDeserialized() => StrictList.HoldsNoNull(Quotes);
}

/// <summary>What a judge quotes.</summary>
/// <param name="Text">Word for word, as the judge wrote it.</param>
/// <param name="Section">The section of the evidence that holds it; null if none does.</param>
public sealed record JudgementQuote(string Text, string? Section);

/// <summary>How much of a section a judge read.</summary>
/// <param name="Section">The section's name.</param>
/// <param name="Bytes">What of it stands in the evidence, in UTF-8.</param>
/// <param name="LeftOutBytes">What was left out to keep the rubric's size.</param>
public sealed record EvidenceExtent(string Section, long Bytes, long LeftOutBytes);

/// <summary>One answer of a judge.</summary>
/// <param name="Text">Its text; null if it had none.</param>
/// <param name="FinishReason">Why it ended, in the endpoint's word; null if it does not say.</param>
public sealed record JudgeReply(string? Text, string? FinishReason);

/// <summary>First line of a judgement file.</summary>
/// <param name="SchemaVersion">Version of the records below it.</param>
/// <param name="Kind"><see cref="JudgementsKind"/> or <see cref="CallsKind"/>; other kinds of record have files of their own.</param>
/// <param name="Experiment">The experiment's name.</param>
/// <param name="Rubric">The rubric of all its records.</param>
/// <param name="JudgeModel">The judge of all its records.</param>
/// <param name="Repetition">The repetition of all its records, from 1.</param>
/// <param name="RunId">The invocation.</param>
/// <param name="Writer">The process that appends to it.</param>
/// <param name="CreatedAt">When it was begun.</param>
/// <param name="Harness">The harness's version.</param>
public sealed record JudgementFileHeader(
    int SchemaVersion, string Kind, string Experiment, string Rubric, string JudgeModel, int Repetition, string RunId,
        ProcessIdentity Writer, DateTimeOffset CreatedAt, string Harness)
{
    /// <summary>Judgements that have ended.</summary>
    public const string JudgementsKind = "judgements";

    /// <summary>Judgements as they would stand if the process ended during the call that is about to be made.</summary>
    public const string CallsKind = "judgement_calls";
}
