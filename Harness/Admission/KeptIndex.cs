namespace Tandem.Harness.Admission;

/// <summary>What names a record: its subject, the attempt and its revision, and the invocation that wrote it.</summary>
internal readonly record struct KeptKey<TId>(TId Id, int Attempt, int Revision, string RunId);

/// <summary>
/// The records of one experiment as this process knows them: read at the start, its own added, and those of other processes read again when
/// their files grew. Beside them, the attempts that had begun to ask a model and left no record. Safe for concurrent use.
/// </summary>
/// <typeparam name="TId">What is attempted: a judgement, or a scenario's case.</typeparam>
/// <typeparam name="TRecord">What an attempt leaves.</typeparam>
/// <param name="keyOf">Names a record.</param>
/// <param name="readCalls">Reads the records of attempts that have begun and were not read before.</param>
/// <param name="readEnded">Reads the records that were not read before.</param>
internal abstract class KeptIndex<TId, TRecord>(Func<TRecord, KeptKey<TId>> keyOf, Func<IEnumerable<TRecord>> readCalls,
    Func<IEnumerable<TRecord>> readEnded)
    where TId : class
    where TRecord : class
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TId, List<TRecord>> _records = [];
    private readonly Dictionary<(TId Id, int Attempt), TRecord> _open = [];

    /// <summary>The records of one subject, in the order of attempts and revisions; empty if it has none.</summary>
    public IReadOnlyList<TRecord> Find(TId id)
    {
        lock (_lock)
            return _records.TryGetValue(id, out List<TRecord>? records) ? [.. records] : [];
    }

    /// <summary>The attempts that asked a model and left no record, each as it stands if its process is dead, in the order of
    /// attempts.</summary>
    public IReadOnlyList<TRecord> Open(TId? id = default)
    {
        lock (_lock)
            return [.. _open.Values.Where(record => id is null || keyOf(record).Id.Equals(id))
                .OrderBy(record => keyOf(record).Attempt)];
    }

    /// <summary>Adds a record that this process wrote.</summary>
    public void Add(TRecord record)
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
            foreach (TRecord call in readCalls())
                _open[(keyOf(call).Id, keyOf(call).Attempt)] = call;
            foreach (TRecord ended in readEnded())
                Insert(ended);
            foreach (TRecord ended in _open.Values.Where(HasEnded).ToArray())
                _open.Remove((keyOf(ended).Id, keyOf(ended).Attempt));
        }
    }

    /// <summary>What all attempts cost, those that are open at this moment and belong to nobody included.</summary>
    /// <param name="covers">Of these subjects alone; null is all.</param>
    /// <param name="runId">Of this invocation alone; null is all.</param>
    /// <param name="held">Gives what is claimed at this moment; asked for only if an attempt is open.</param>
    /// <param name="spentOn">What the records of one subject cost.</param>
    /// <param name="add">Adds two sums.</param>
    protected TSpent Spent<TSpent>(Func<TId, bool>? covers, string? runId, Func<IEnumerable<TId>> held,
        Func<IReadOnlyList<TRecord>, TSpent> spentOn, Func<TSpent, TSpent, TSpent> add)
        where TSpent : struct
    {
        HashSet<TId>? claimed = null;
        lock (_lock)
        {
            TSpent spent = default;
            foreach (List<TRecord> records in _records.Values)
                spent = add(spent, spentOn([.. records.Where(IsOf)]));
            foreach (TRecord open in _open.Values.Where(IsOf))
            {
                claimed ??= [.. held()];
                if (!claimed.Contains(keyOf(open).Id))
                    spent = add(spent, spentOn([open]));
            }
            return spent;
        }

        bool IsOf(TRecord record) => keyOf(record) is var key && (runId is null || key.RunId == runId) && covers?.Invoke(key.Id) != false;
    }

    private bool HasEnded(TRecord open) => _records.TryGetValue(keyOf(open).Id, out List<TRecord>? records)
        && records.Any(record => keyOf(record).Attempt == keyOf(open).Attempt);

    private void Insert(TRecord record)
    {
        KeptKey<TId> key = keyOf(record);
        if (!_records.TryGetValue(key.Id, out List<TRecord>? records))
            _records[key.Id] = records = [];
        _open.Remove((key.Id, key.Attempt));
        // One of this process's own may be read from its file as well.
        if (records.Any(known => keyOf(known) is var other && other.Attempt == key.Attempt && other.Revision == key.Revision
            && other.RunId == key.RunId))
            return;
        records.Add(record);
        records.Sort((left, right) => (keyOf(left).Attempt, keyOf(left).Revision).CompareTo((keyOf(right).Attempt, keyOf(right).Revision)));
    }
}
