using System.Text.Json;
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
    private readonly Dictionary<string, (long Length, int Lines)> _read = [];

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
            _read[file] = (long.MaxValue, int.MaxValue);
        }
    }

    /// <summary>Reads what other processes appended. Lines that cannot be read are the validation's to report.</summary>
    public void Refresh()
    {
        lock (_lock)
        {
            if (!Directory.Exists(_layout.RunsFolder))
                return;
            foreach (FileInfo file in new DirectoryInfo(_layout.RunsFolder).EnumerateFiles("*.jsonl"))
            {
                (long length, int lines) = _read.GetValueOrDefault(file.FullName);
                if (file.Length <= length)
                    continue;
                foreach (JsonLines.Line line in JsonLines.Read(file.FullName, length, lines))
                {
                    if (!line.IsTerminated)
                        break;
                    (length, lines) = (line.EndOffset, line.Number);
                    if (line.Number > 1 && TryRead(line) is RunRecord record)
                        Insert(record);
                }
                _read[file.FullName] = (length, lines);
            }
        }
    }

    private void Insert(RunRecord record)
    {
        if (!_histories.TryGetValue(record.CaseId, out CaseHistory? history))
            _histories[record.CaseId] = history = new CaseHistory(record.CaseId);
        history.Add(record);
    }

    private static RunRecord? TryRead(JsonLines.Line line)
    {
        try
        {
            return StoreJson.Read<RunRecord>(line.Utf8.Span);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
