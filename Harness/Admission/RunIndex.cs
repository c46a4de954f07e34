using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Admission;

/// <summary>The records of one experiment as this process knows them: read at the start, its own added, and those of other processes read
/// again when their files grew. Safe for concurrent use.</summary>
internal sealed class RunIndex
{
    private readonly Lock _lock = new();
    private readonly StoreLayout _layout;
    private readonly Dictionary<CaseId, CaseHistory> _histories = [];
    private readonly Dictionary<string, RunFileTail?> _files = [];

    public RunIndex(StoreLayout layout)
    {
        _layout = layout;
        Refresh();
    }

    /// <summary>The records of a case; null if it has none.</summary>
    public CaseHistory? Find(CaseId caseId)
    {
        lock (_lock)
            return _histories.GetValueOrDefault(caseId);
    }

    /// <summary>All cases that have a record.</summary>
    public IReadOnlyList<CaseHistory> All
    {
        get
        {
            lock (_lock)
                return [.. _histories.Values];
        }
    }

    /// <summary>Adds a record that this process wrote into a file.</summary>
    public void Add(RunRecord record, string file)
    {
        lock (_lock)
        {
            Insert(record);
            // The file's other lines are this process's too: it need not be read.
            _files[file] = null;
        }
    }

    /// <summary>Reads what other processes appended. Lines that cannot be read are the validation's to report.</summary>
    public void Refresh()
    {
        lock (_lock)
        {
            foreach (string path in _layout.RunFiles())
            {
                if (!_files.TryGetValue(path, out RunFileTail? file))
                    _files[path] = file = new RunFileTail(_layout, path);
                foreach (RunRecord record in file?.ReadOn() ?? [])
                    Insert(record);
            }
        }
    }

    private void Insert(RunRecord record)
    {
        if (!_histories.TryGetValue(record.CaseId, out CaseHistory? history))
            _histories[record.CaseId] = history = new CaseHistory(record.CaseId);
        // One of this process's own may be read from its file before it is added here.
        if (!history.Records.Any(known => known.AttemptId == record.AttemptId && known.Revision == record.Revision))
            history.Add(record);
    }
}
