using Tandem.Records.Runs;
using Tandem.Records.Scenarios;

namespace Tandem.Records.Store;

/// <summary>Where a scenario's case stands, by its records and by what it would be made of now.</summary>
/// <param name="Status">
/// <see cref="RunStatus.Completed"/>: a conversation of the present definition, with its checks. <see cref="RunStatus.Results"/>: a
/// conversation whose expectations have changed, so that only its checks are due. <see cref="RunStatus.Failed"/>: faults of the
/// infrastructure only. <see cref="RunStatus.Partial"/>: begun, and cut off. <see cref="RunStatus.Missing"/>: no record of the present
/// definition.
/// </param>
/// <param name="Record">The record that counts; where none does, the latest of the present definition; null if there is none.</param>
/// <param name="IsStale">Whether there is a conversation, but of another definition.</param>
public sealed record ScenarioStanding(RunStatus Status, ScenarioRecord? Record, bool IsStale)
{
    /// <summary>Whether <see cref="Record"/> counts.</summary>
    public bool Counts => Status is RunStatus.Completed or RunStatus.Results;

    /// <param name="records">Of one case, in the order of attempts and revisions.</param>
    /// <param name="planned">What the case would be made of now.</param>
    /// <param name="isOpen">Whether an attempt was begun and left no record.</param>
    public static ScenarioStanding Of(IReadOnlyList<ScenarioRecord> records, PlannedConversation planned, bool isOpen = false)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(planned);
        ScenarioRecord[] own = [.. records.Where(record => record.ConversationDigest == planned.ConversationDigest)];
        bool isStale = own.Length < records.Count && records.Any(record => !record.IsMissingData) && own.All(one => one.IsMissingData);
        if (Counting(own) is ScenarioRecord counting)
            return new ScenarioStanding(counting.ExpectationsDigest == planned.ExpectationsDigest ? RunStatus.Completed
                : RunStatus.Results, counting, isStale);
        ScenarioRecord? latest = own.Length == 0 ? null : own[^1];
        return new ScenarioStanding(isOpen ? RunStatus.Partial : latest is null ? RunStatus.Missing
            : latest.Interrupted ? RunStatus.Partial : RunStatus.Failed, latest, isStale);
    }

    /// <summary>The record that counts: of the first attempt with a conversation, unless a later one was asked for; of an attempt the
    /// latest revision. Null if there is none: the case is missing data.</summary>
    /// <param name="ordered">Of one case and one definition, by attempt and revision.</param>
    public static ScenarioRecord? Counting(IReadOnlyList<ScenarioRecord> ordered)
    {
        ArgumentNullException.ThrowIfNull(ordered);
        ScenarioRecord? first = null;
        ScenarioRecord? asked = null;
        foreach (ScenarioRecord record in ordered.Where(record => !record.IsMissingData))
        {
            if (first is null || record.Attempt == first.Attempt)
                first = record;
            if (record.AttemptReason != AttemptReason.Due)
                asked = record;
        }
        return asked ?? first;
    }
}
