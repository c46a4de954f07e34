using Tandem.Records.Judgements;
using Tandem.Records.Store;

namespace Tandem.Harness.Admission;

/// <summary>The judgements of one experiment as this process knows them: read at the start, its own added, and those of other processes
/// read again when their files grew. Safe for concurrent use.</summary>
internal sealed class JudgementIndex
{
    private readonly Lock _lock = new();
    private readonly StoreLayout _layout;
    private readonly JudgementReader _ended;
    private readonly JudgementReader _called;
    private readonly Dictionary<string, JudgementFilePlace> _places = [];
    private readonly Dictionary<JudgementId, List<JudgementRecord>> _records = [];
    private readonly Dictionary<(JudgementId Id, int Attempt), JudgementRecord> _open = [];

    public JudgementIndex(StoreLayout layout)
    {
        _layout = layout;
        (_ended, _called) = (new JudgementReader(layout), JudgementReader.OfCalls(layout));
        Refresh();
    }

    /// <summary>The records of a judgement, in the order of its attempts; empty if it has none.</summary>
    public IReadOnlyList<JudgementRecord> Find(JudgementId id)
    {
        lock (_lock)
            return _records.TryGetValue(id, out List<JudgementRecord>? records) ? [.. records] : [];
    }

    /// <summary>The attempts that asked a model and left no record, each as it stands if its process is dead, in the order of
    /// attempts.</summary>
    public IReadOnlyList<JudgementRecord> Open(JudgementId? id = null)
    {
        lock (_lock)
            return [.. _open.Values.Where(record => id is null || record.JudgementId == id).OrderBy(record => record.Attempt)];
    }

    /// <summary>What judges cost, attempts that are open at this moment and belong to nobody included.</summary>
    /// <param name="unknownUsd">What an attempt of unknown cost is taken to have cost.</param>
    /// <param name="runId">Of this invocation alone; null is all.</param>
    public Spending Spent(decimal unknownUsd, string? runId = null)
    {
        HashSet<JudgementId>? held = null;
        lock (_lock)
        {
            Spending spent = default;
            foreach (List<JudgementRecord> records in _records.Values)
                spent += Spending.OfJudgement([.. records.Where(record => runId is null || record.RunId == runId)], unknownUsd);
            foreach (JudgementRecord open in _open.Values.Where(record => runId is null || record.RunId == runId))
            {
                held ??= [.. ClaimFiles.HeldJudgements(_layout).Select(claim => claim.Id)];
                if (!held.Contains(open.JudgementId))
                    spent += Spending.OfJudgement([open], unknownUsd);
            }
            return spent;
        }
    }

    /// <summary>Adds a record that this process wrote.</summary>
    public void Add(JudgementRecord record)
    {
        lock (_lock)
            Insert(record);
    }

    /// <summary>Reads what was appended. Lines that cannot be read are the validation's to report.</summary>
    public void Refresh()
    {
        lock (_lock)
        {
            // The calls first: a record that ends one is then never older than the call.
            foreach (StoredJudgement call in _called.ReadOn(_places))
                _open[(call.Record.JudgementId, call.Record.Attempt)] = call.Record;
            foreach (StoredJudgement ended in _ended.ReadOn(_places))
                Insert(ended.Record);
            foreach (JudgementRecord ended in _open.Values.Where(HasEnded).ToArray())
                _open.Remove((ended.JudgementId, ended.Attempt));
        }
    }

    private bool HasEnded(JudgementRecord open) => _records.TryGetValue(open.JudgementId, out List<JudgementRecord>? records)
        && records.Any(record => record.Attempt == open.Attempt);

    private void Insert(JudgementRecord record)
    {
        if (!_records.TryGetValue(record.JudgementId, out List<JudgementRecord>? records))
            _records[record.JudgementId] = records = [];
        _open.Remove((record.JudgementId, record.Attempt));
        // One of this process's own may be read from its file as well.
        if (records.Any(known => known.Attempt == record.Attempt && known.RunId == record.RunId))
            return;
        records.Add(record);
        records.Sort((left, right) => left.Attempt.CompareTo(right.Attempt));
    }
}
