namespace Tandem.Records.Judgements;

/// <summary>What the members of a judgement's record must say of each other.</summary>
public static class JudgementLaws
{
    /// <summary>What contradicts, one sentence each; empty for a sound record.</summary>
    public static IEnumerable<string> Faults(JudgementRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (record.SchemaVersion != JudgementRecord.CurrentSchemaVersion)
            yield return $"Schema version {record.SchemaVersion} is not known; this harness reads {JudgementRecord.CurrentSchemaVersion}.";
        JudgementId id = record.JudgementId;
        if (!id.CaseId.Equals(record.CaseId) || id.Rubric != record.Rubric || id.Repetition != record.Repetition
            || string.IsNullOrWhiteSpace(record.JudgeModel) || id.Judge != JudgeSegment.Of(record.JudgeModel))
            yield return $"The id {id} does not say what the record's own fields say.";
        if (record.Attempt < 1 || record.JudgedAttempt < 1 || record.JudgedRevision < 1)
            yield return "Attempts and revisions are counted from 1.";
        if (record.Calls < 0 || record.DurationSeconds < 0 || record.AnswerSeconds < 0 || record.Cost < 0)
            yield return "A count, a duration or a cost is below zero.";
        if (record.VoidedLabels != record.Labels.Count(label => label.VoidedBy is not null))
            yield return $"It counts {record.VoidedLabels} voided labels, and its labels say otherwise.";
        if (Contradiction(record) is string contradiction)
            yield return contradiction;
        foreach (JudgementLabel label in record.Labels)
        {
            if ((label.Label is null) == (label.Score is null) || (label.Part == JudgementPart.Score) != (label.Score is not null))
                yield return "A label has a name or a score, and never both.";
            if ((label.Part == JudgementPart.Message) != (label.Message is not null) || label.Message < 1)
                yield return "The label of a message has the message's number, from 1, and no other label has one.";
            if (label.VoidedBy is null && label.Quotes.Any(quote => quote.Section is null))
                yield return "A label holds although one of its quotes is not in the evidence.";
        }
    }

    private static string? Contradiction(JudgementRecord record)
    {
        bool isFailed = record.Status == JudgementOutcome.Failed;
        if (isFailed != (record.FailureReason is not null))
            return "A judgement that failed has a reason, and no other has one.";
        if (record.IsMissingData && !isFailed)
            return "An interruption or an error of the infrastructure is a failed judgement.";
        int holding = record.Labels.Count - record.VoidedLabels;
        return record.Status switch
        {
            JudgementOutcome.Labelled when holding == 0 => "It is labelled, and no label of it holds.",
            JudgementOutcome.Voided when record.VoidedLabels == 0 => "It is voided, and no label of it is void.",
            JudgementOutcome.None or JudgementOutcome.Failed when record.Labels.Count > 0 =>
                "It has labels, and its status says that it has none.",
            _ => null,
        };
    }
}
