using Tandem.Records.Runs;

namespace Tandem.Records.Judgements;

/// <summary>By what a judgement is recognised as done: never by the existence of a file.</summary>
/// <param name="RubricDigest">Digest of the rubric's files.</param>
/// <param name="PromptDigest">Digest of what the judge is asked, without the evidence.</param>
/// <param name="SourceDigest">Digest of what the evidence is made from.</param>
/// <param name="JudgeModel">The judge, after its alias was resolved.</param>
/// <param name="JudgeDigest">Digest of the judge's settings that change its answers.</param>
/// <param name="EvidenceDigest">Digest of the evidence itself, where it was built; null leaves it to the source's digest.</param>
public sealed record JudgementInputs(
    string RubricDigest, string PromptDigest, string SourceDigest, string JudgeModel, string JudgeDigest, string? EvidenceDigest = null)
{
    /// <summary>Whether a record is of exactly this. An attempt that ended before its evidence was built has none to compare.</summary>
    public bool AreThoseOf(JudgementRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record.RubricDigest == RubricDigest && record.PromptDigest == PromptDigest && record.SourceDigest == SourceDigest
            && record.JudgeModel == JudgeModel && record.JudgeDigest == JudgeDigest
            && (EvidenceDigest is null || record.EvidenceDigest is null || record.EvidenceDigest == EvidenceDigest);
    }
}

/// <summary>Says where one run x rubric x judge x repetition stands.</summary>
public static class JudgeStatusReader
{
    /// <param name="run">The run's record that counts; null if none does.</param>
    /// <param name="records">All records of this judgement's id, in any order.</param>
    /// <param name="inputs">What the judgement would be made of now.</param>
    /// <param name="begunAttempt">The latest attempt that has begun, whether it left a record or not; null if that is not known.</param>
    public static JudgeStatus Of(IAttemptResult? run, IEnumerable<JudgementRecord> records, JudgementInputs inputs,
        int? begunAttempt = null)
    {
        ArgumentNullException.ThrowIfNull(records);
        if (run is null || run.IsMissingData || run.AgentStatus == AgentStatus.Error)
            return JudgeStatus.AgentFailed;
        JudgementRecord[] all = [.. records];
        JudgementRecord[] own = [.. all.Where(inputs.AreThoseOf)];
        if (Counting(own) is JudgementRecord counting)
            return counting.Status is JudgementOutcome.Failed or JudgementOutcome.Voided ? JudgeStatus.Failed : JudgeStatus.Complete;
        int recorded = all.Length == 0 ? 0 : all.Max(record => record.Attempt);
        if (begunAttempt > recorded)
            return JudgeStatus.Partial;
        if (own.Length == 0)
            return JudgeStatus.Missing;
        return own.MaxBy(record => record.Attempt)!.Interrupted ? JudgeStatus.Partial : JudgeStatus.Failed;
    }

    /// <summary>The record that counts: the first attempt without interruption or error of the infrastructure, unless a later one was asked
    /// for. Null if there is none: the judgement is missing data.</summary>
    /// <param name="records">Records of one judgement with the same inputs, in any order.</param>
    public static JudgementRecord? Counting(IEnumerable<JudgementRecord> records)
    {
        JudgementRecord[] counted = [.. records.Where(record => !record.IsMissingData).OrderBy(record => record.Attempt)];
        return counted.LastOrDefault(record => record.AttemptReason != AttemptReason.Due) ?? counted.FirstOrDefault();
    }
}
