using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Records.Store;

/// <summary>All records of one case, and which of them counts.</summary>
public sealed class CaseHistory
{
    private readonly List<RunRecord> _records = [];

    /// <summary>Makes an empty one.</summary>
    public CaseHistory(CaseId caseId) => CaseId = caseId;

    /// <summary>The case.</summary>
    public CaseId CaseId { get; }

    /// <summary>The records, by attempt and revision.</summary>
    public IReadOnlyList<RunRecord> Records => _records;

    /// <summary>The record that counts, by <see cref="Store.Counting"/>; null if there is none: the case is missing data.</summary>
    public RunRecord? Counting => Store.Counting.Of(_records);

    /// <summary>The latest record, whether it counts or not.</summary>
    public RunRecord? Latest => _records.Count == 0 ? null : _records[^1];

    /// <summary>Adds a record at its place.</summary>
    public void Add(RunRecord record) => Store.Counting.Insert(_records, record);

    /// <summary>Groups records by case.</summary>
    public static Dictionary<CaseId, CaseHistory> Group(IEnumerable<StoredRun> runs)
    {
        var histories = new Dictionary<CaseId, CaseHistory>();
        foreach (StoredRun run in runs)
        {
            if (!histories.TryGetValue(run.Record.CaseId, out CaseHistory? history))
                histories[run.Record.CaseId] = history = new CaseHistory(run.Record.CaseId);
            history.Add(run.Record);
        }
        return histories;
    }
}
