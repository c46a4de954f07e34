using Tandem.Harness.Agents;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Cases;

/// <summary>What of a recorded attempt is not what its record says.</summary>
/// <param name="Record">The latest revision of its record.</param>
/// <param name="Files">The files at fault; not empty.</param>
public sealed record AttemptDamage(RunRecord Record, IReadOnlyList<FileFault> Files)
{
    /// <summary>Those that nothing can make again.</summary>
    public IEnumerable<FileFault> Lost => Files.Where(file => file.IsPrimary);

    /// <summary>Whether an evaluation makes some of them again: the record has a verdict to compare it with, and the patches are
    /// there.</summary>
    public bool NeedsSandbox => !Record.IsMissingData && Files.Any(file => file.NeedsSandbox)
        && !Files.Any(file => file.IsPrimary && file.Name != StoreLayout.TrajectoryFile);

    /// <summary>Compares an attempt's files with its record; null if all are as they were. Each file is read once.</summary>
    internal static AttemptDamage? Of(StoreLayout layout, RunRecord record)
    {
        string folder = layout.AttemptFolder(record.CaseId, record.Attempt);
        var faults = new List<FileFault>();
        foreach (ArtifactDigest artifact in record.Artifacts)
        {
            if (FileFault.Of(folder, artifact) is FileFault fault)
                faults.Add(fault);
        }
        string copy = StoreLayout.Revised(StoreLayout.ResultFile, record.Revision);
        if ((HasCopy(record) || File.Exists(Path.Combine(folder, copy)))
            && FileFault.Of(folder, copy, StoreJson.ToFile(record)) is FileFault differs)
            faults.Add(differs);
        return faults.Count == 0 ? null : new AttemptDamage(record, faults);
    }

    /// <summary>An attempt that was killed has no copy of its record, and an imported one has none either.</summary>
    private static bool HasCopy(RunRecord record) =>
        record.Artifacts.Count > 0 && !record.Interrupted && record.Provenance.TaskDigest != Provenance.Imported;
}

/// <summary>What of a case can be, or cannot be, rebuilt.</summary>
/// <param name="CaseId">The case.</param>
/// <param name="Records">How many records it had when it was looked at.</param>
/// <param name="Attempts">Its recorded attempts that have files at fault.</param>
/// <param name="Unreported">The attempt without a record whose agents finished, but whose report of them is missing; null if there is
/// none.</param>
/// <param name="IsUnevaluated">Whether its agents have finished and no record counts, so that the evaluation and the record are
/// missing.</param>
public sealed record CaseDamage(CaseId CaseId, int Records, IReadOnlyList<AttemptDamage> Attempts, int? Unreported, bool IsUnevaluated)
{
    /// <summary>Whether there is anything to do or to say.</summary>
    public bool IsAny => Attempts.Count > 0 || Unreported is not null || IsUnevaluated;

    /// <summary>Whether a part of it is rebuilt in a sandbox.</summary>
    public bool NeedsSandbox => IsUnevaluated || Attempts.Any(attempt => attempt.NeedsSandbox);

    /// <summary>Looks at a case; reads only.</summary>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="caseId">The case.</param>
    /// <param name="history">Its records; null if it has none.</param>
    /// <param name="agent">The experiment's kind of agent; null if that is not known.</param>
    internal static CaseDamage Of(StoreLayout layout, CaseId caseId, CaseHistory? history, AgentKind? agent)
    {
        IReadOnlyList<RunRecord> records = history?.Records ?? [];
        // Of an attempt the latest revision alone says what its files are.
        AttemptDamage[] attempts = [.. records.GroupBy(record => record.Attempt)
            .Select(revisions => AttemptDamage.Of(layout, revisions.Last())).OfType<AttemptDamage>()];
        if (history?.Counting is not null)
            return new CaseDamage(caseId, records.Count, attempts, null, false);
        int? unreported = agent is null || RunStatusReader.LatestFinished(layout, caseId) is not null ? null
            : layout.AttemptNumbers(caseId).Reverse()
                .Where(number => !records.Any(record => record.Attempt == number))
                .Where(number => WorkInTrajectory.TryRead(layout.AttemptFolder(caseId, number), caseId, agent) is not null)
                .Select(number => (int?)number).FirstOrDefault();
        bool isUnevaluated = unreported is not null || RunStatusReader.LatestFinished(layout, caseId) is not null
            || attempts.Any(attempt => IsReportLost(attempt));
        return new CaseDamage(caseId, records.Count, attempts, unreported, isUnevaluated);
    }

    /// <summary>Whether agents that had finished lack only their report, which their record holds.</summary>
    private static bool IsReportLost(AttemptDamage attempt) => !attempt.Lost.Any()
        && attempt.Files.Any(file => file.Plain == StoreLayout.AgentsFile) && RecordedWork.IsFinished(attempt.Record);
}
