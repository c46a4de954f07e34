using Tandem.Analysis.Data;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Analysis.Judgements;

/// <summary>Whether a judgement is of what counts now. A regrade that says the same of the same work changes nothing.</summary>
internal sealed class Staleness(RecordSource source)
{
    /// <param name="history">The case's records.</param>
    /// <param name="counting">The one that counts.</param>
    /// <param name="judgement">A judgement of it, or of another.</param>
    /// <returns>Why it is stale, one sentence; null if it is not.</returns>
    public string? Of(CaseResults history, AttemptResult counting, JudgementRecord judgement) =>
        Of(history, counting, judgement.JudgedAttempt, judgement.JudgedRevision);

    /// <summary>As above, of an imported label. One that does not say what it is of is never stale.</summary>
    public string? Of(CaseResults history, AttemptResult counting, LabelRecord label) =>
        label is { JudgedAttempt: int attempt, JudgedRevision: int revision } ? Of(history, counting, attempt, revision) : null;

    private string? Of(CaseResults history, AttemptResult counting, int attempt, int revision)
    {
        if (attempt == counting.Attempt && revision == counting.Revision)
            return null;
        AttemptResult? judged = history.Records.LastOrDefault(record => record.Attempt == attempt && record.Revision == revision);
        string of = attempt == counting.Attempt
            ? $"It is of revision {revision} of the attempt, and revision {counting.Revision} counts now"
            : $"It is of attempt {attempt}, and attempt {counting.Attempt} counts now";
        return judged is null ? $"{of}: there is no record of the one that was read."
            : judged.Verdict != counting.Verdict ? $"{of}, with another verdict."
            : judged.MergeOutcome != counting.MergeOutcome ? $"{of}, with another merge."
            : WorkOf(history, judged).SequenceEqual(WorkOf(history, counting)) ? null
            : $"{of}, with other patches or messages.";
    }

    /// <summary>The digests of what the agents left.</summary>
    private IEnumerable<string> WorkOf(CaseResults history, AttemptResult result)
    {
        RunRecord record = source.Record(result.Place);
        foreach (string name in (string[])[.. record.Agents.Select(agent => StoreLayout.RawPatch(agent.AgentId)),
            StoreLayout.ConversationFile])
            yield return $"{name} {DigestOf(history, record, name)}";
    }

    // What only evaluates, or goes on with an earlier attempt, may name no work of its own.
    private string? DigestOf(CaseResults history, RunRecord record, string name)
    {
        string? own = Named(record, name);
        if (own is not null || record.AttemptKind == AttemptKind.Run)
            return own;
        return history.Records.Where(earlier => earlier.Attempt < record.Attempt).Reverse()
            .Select(earlier => Named(source.Record(earlier.Place), name)).FirstOrDefault(digest => digest is not null);
    }

    private static string? Named(RunRecord record, string name) =>
        record.Artifacts.FirstOrDefault(artifact => artifact.Path == name)?.Sha256;
}
