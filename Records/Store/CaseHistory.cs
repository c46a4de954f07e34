using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Records.Store;

/// <summary>All records of one case, or what a reader keeps of them, and which of them counts.</summary>
public class CaseHistory<T>(CaseId caseId)
    where T : class, IAttemptResult
{
    private readonly List<T> _records = [];

    public CaseId CaseId { get; } = caseId;

    /// <summary>The records, by attempt and revision.</summary>
    public IReadOnlyList<T> Records => _records;

    /// <summary>The record that counts, by <see cref="Store.Counting"/>; null if there is none: the case is missing data.</summary>
    public T? Counting => Store.Counting.Of(_records);

    /// <summary>The latest record, whether it counts or not.</summary>
    public T? Latest => _records.Count == 0 ? null : _records[^1];

    /// <summary>The record that stands for the case: the one that counts, else the latest, which shows why data is missing.</summary>
    public T? Chosen => Counting ?? Latest;

    /// <summary>Whether no record counts, and the latest attempt ended in an infrastructure error.</summary>
    public bool LacksInfrastructure => Latest is { InfraError: true } && Counting is null;

    public Spending Spending => Spending.Of(_records);

    /// <summary>Whether two records of one attempt and revision are the same, word for word.</summary>
    protected virtual bool IsTwin(T one, T other) => false;

    /// <summary>Adds a record at its place by attempt and revision; behind its equals. One that is there already, word for word, is not
    /// added: of two workers of which one had lost the case, both may have appended the same record.</summary>
    public void Add(T record)
    {
        if (_records.Exists(one => (one.Attempt, one.Revision) == (record.Attempt, record.Revision) && IsTwin(one, record)))
            return;
        int at = _records.Count;
        while (at > 0 && (_records[at - 1].Attempt, _records[at - 1].Revision).CompareTo((record.Attempt, record.Revision)) > 0)
            at--;
        _records.Insert(at, record);
    }
}

/// <summary>All records of one case as they stand in the store.</summary>
public class CaseHistory(CaseId caseId) : CaseHistory<RunRecord>(caseId)
{
    /// <inheritdoc/>
    protected override bool IsTwin(RunRecord one, RunRecord other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        return one.AttemptId == other.AttemptId && StoreJson.ToLine(one).AsSpan().SequenceEqual(StoreJson.ToLine(other));
    }

    public static Dictionary<CaseId, CaseHistory> Group(IEnumerable<StoredRun> runs)
    {
        var histories = new Dictionary<CaseId, CaseHistory>();
        foreach (RunRecord record in runs.Select(run => run.Record))
        {
            if (!histories.TryGetValue(record.CaseId, out CaseHistory? history))
                histories[record.CaseId] = history = new CaseHistory(record.CaseId);
            history.Add(record);
        }
        return histories;
    }
}

/// <summary>A case's records, and where they say that it stands.</summary>
public sealed class CaseStanding : CaseHistory
{
    internal CaseStanding(CaseId caseId)
        : base(caseId)
    {
    }

    /// <summary>Its status when it was last read.</summary>
    public RunStatus Status { get; internal set; } = RunStatus.Missing;
}
