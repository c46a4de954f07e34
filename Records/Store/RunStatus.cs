using System.Text.Json;
using System.Text.Json.Serialization;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Records.Store;

/// <summary>Where a case stands, computed from the files alone.</summary>
[JsonConverter(typeof(StrictEnumConverter<RunStatus>))]
public enum RunStatus
{
    /// <summary>A record that counts, and all its artifacts.</summary>
    [JsonStringEnumMemberName("completed")]
    Completed,

    /// <summary>The agents finished; the evaluation, the record or a derived artifact is missing and can be made again without an
    /// agent.</summary>
    [JsonStringEnumMemberName("results")]
    Results,

    /// <summary>Infrastructure error, or the agent itself crashed.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,

    /// <summary>Started, not finished; or finished, and what its agents left is lost.</summary>
    [JsonStringEnumMemberName("partial")]
    Partial,

    /// <summary>Never started.</summary>
    [JsonStringEnumMemberName("missing")]
    Missing,
}

/// <summary>Reads run status from the files of one experiment.</summary>
public static class RunStatusReader
{
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="caseId">The case.</param>
    /// <param name="history">Its records; null if it has none.</param>
    public static RunStatus Of(StoreLayout layout, CaseId caseId, CaseHistory? history)
    {
        IReadOnlyList<RunRecord> ordered = history?.Records ?? [];
        RunRecord? counting = Counting.Of(ordered);
        if (counting is not null)
        {
            if (counting.AgentStatus == AgentStatus.Error)
                return RunStatus.Failed;
            // What was lost of its artifacts and made again from its agents' work stands in an attempt of its own.
            if (ArtifactsArePresent(layout, counting)
                || ordered.Any(record => IsMadeAgain(record, counting) && ArtifactsArePresent(layout, record)))
                return RunStatus.Completed;
            return CanBeMadeAgain(layout, counting) ? RunStatus.Results : RunStatus.Partial;
        }
        IReadOnlyList<int> attempts = layout.AttemptNumbers(caseId);
        RunRecord? latest = history?.Latest;
        if (attempts.Count == 0)
            return latest is null ? RunStatus.Missing : FromRecord(latest);
        if (LatestFinished(layout, caseId) is not null)
            return RunStatus.Results;
        return latest is not null && latest.Attempt >= attempts[^1] ? FromRecord(latest) : RunStatus.Partial;
    }

    /// <summary>The latest attempt for which <see cref="AgentsFinished"/> holds; null if there is none. Later ones may be there: one that
    /// took up its work and was killed before it had all of it.</summary>
    public static int? LatestFinished(StoreLayout layout, CaseId caseId)
    {
        return layout.AttemptNumbers(caseId).Reverse().Where(attempt => AgentsFinished(layout, caseId, attempt))
            .Select(attempt => (int?)attempt).FirstOrDefault();
    }

    /// <summary>Whether an attempt's agents came to an end of their own and their work is on disk, so that it can be evaluated without
    /// running them again.</summary>
    public static bool AgentsFinished(StoreLayout layout, CaseId caseId, int attempt)
    {
        string folder = layout.AttemptFolder(caseId, attempt);
        try
        {
            AgentsReport report = StoreJson.Read<AgentsReport>(RegularFile.ReadOwn(Revisions.Latest(folder, StoreLayout.AgentsFile)));
            return report.Finished && report.Agents.Count > 0 && report.Agents.All(agent => agent.PatchBytes is not long bytes
                || (new FileInfo(Path.Combine(folder, StoreLayout.RawPatch(agent.AgentId))) is { Exists: true } patch
                && patch.Length == bytes));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return false;
        }
    }

    /// <summary>Whether a run does something for a case by itself. Agents that were paid, and whose record counts, run again only if they
    /// are asked for.</summary>
    /// <param name="status">Where the case stands.</param>
    /// <param name="hasCounting">Whether it has a record that counts.</param>
    public static bool IsDue(RunStatus status, bool hasCounting) => status is RunStatus.Missing or RunStatus.Results
        || (status is RunStatus.Failed or RunStatus.Partial && !hasCounting);

    private static bool IsMadeAgain(RunRecord record, RunRecord counting) =>
        record.AttemptKind == AttemptKind.Regrade && record.Attempt > counting.Attempt && !record.IsMissingData;

    private static RunStatus FromRecord(RunRecord record) => record.Interrupted ? RunStatus.Partial : RunStatus.Failed;

    private static bool ArtifactsArePresent(StoreLayout layout, RunRecord record) =>
        record.Artifacts.Count > 0 && !Lost(layout, record).Any();

    /// <summary>Whether all that is lost can be made again: the agents' report from the record, the rest from their work.</summary>
    private static bool CanBeMadeAgain(StoreLayout layout, RunRecord record)
    {
        string[] lost = [.. Lost(layout, record)];
        return !lost.Any(Revisions.IsPrimary)
            && (lost.Any(name => Revisions.Unrevised(name) == StoreLayout.AgentsFile)
            || AgentsFinished(layout, record.CaseId, record.Attempt));
    }

    /// <summary>The files that a record names and that are not there, or have another size.</summary>
    private static IEnumerable<string> Lost(StoreLayout layout, RunRecord record)
    {
        string folder = layout.AttemptFolder(record.CaseId, record.Attempt);
        return record.Artifacts
            .Where(artifact => new FileInfo(Path.Combine(folder, artifact.Path)) is var file
                && (!file.Exists || file.Length != artifact.Bytes))
            .Select(artifact => artifact.Path);
    }
}
