using System.Text.Json;
using Tandem.Analysis.Data;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Analysis.Reporting.Runs;

/// <summary>Everything the store holds about one case, read anew for its page.</summary>
internal sealed class RunCase
{
    private RunCase(StoreLayout layout, CaseRuns facts, IReadOnlyList<RunRecord> records, RunRecord? chosen)
    {
        (Layout, CaseId, IsPlanned, Records, Chosen) = (layout, facts.CaseId, facts.IsPlanned, records, chosen);
        Counts = facts.Counting is not null;
        Status = RunStatusReader.Of(layout, CaseId, records);
        FoldersOnly = [.. layout.AttemptNumbers(CaseId).Except(records.Select(record => record.Attempt))];
    }

    public StoreLayout Layout { get; }

    public CaseId CaseId { get; }

    public bool IsPlanned { get; }

    /// <summary>By attempt and revision.</summary>
    public IReadOnlyList<RunRecord> Records { get; }

    /// <summary>The record that stands for the case; null if it has none.</summary>
    public RunRecord? Chosen { get; }

    /// <summary>Whether <see cref="Chosen"/> counts; else it only shows why data is missing.</summary>
    public bool Counts { get; }

    public RunStatus Status { get; }

    /// <summary>Attempts that left a folder and no record.</summary>
    public IReadOnlyList<int> FoldersOnly { get; }

    public required Collecting.Difficulty? Difficulty { get; init; }

    /// <summary>Whether there is anything to show on a page of its own.</summary>
    public bool HasPage => Records.Count > 0 || FoldersOnly.Count > 0;

    /// <summary>The verdict that counts: false wherever a limit was exceeded, null for missing data.</summary>
    public bool? Verdict => Chosen is null ? null : VerdictOf(Chosen);

    public static bool? VerdictOf(RunRecord record) =>
        record.InfraError || record.Interrupted ? null : record.AgentStatus == AgentStatus.LimitsExceeded ? false : record.BothPassed;

    /// <summary>Reads a case's records.</summary>
    /// <exception cref="UnreadableStoreException">A run file changed since the dataset was read.</exception>
    public static RunCase Read(Dataset dataset, CaseRuns runs, RecordSource source)
    {
        var records = new List<RunRecord>(runs.Runs.Count);
        RunRecord? chosen = null;
        foreach (RunFacts facts in runs.Runs)
        {
            try
            {
                records.Add(StoreJson.Read<RunRecord>(source.Line(facts.Place)));
            }
            catch (JsonException)
            {
                throw source.Changed(facts.Place);
            }
            if (ReferenceEquals(facts, runs.Chosen))
                chosen = records[^1];
        }
        return new RunCase(dataset.Layout, runs, records, chosen) { Difficulty = dataset.Difficulties.For(runs.CaseId) };
    }
}
