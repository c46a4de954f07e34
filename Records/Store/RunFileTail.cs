using Tandem.Records.Runs;

namespace Tandem.Records.Store;

/// <summary>One run file that is read on from where it ended when it was last read.</summary>
public sealed class RunFileTail(StoreLayout layout, string path)
{
    private readonly StoreReader _reader = new(layout);
    private StoreFault? _tornEnd;
    private long _offset;
    private int _lines;

    /// <summary>What could not be read so far.</summary>
    public IEnumerable<StoreFault> Faults => _reader.Faults.Where(fault => !fault.IsTornEnd || ReferenceEquals(fault, _tornEnd));

    /// <summary>The first line; null until it was read, or where it cannot be.</summary>
    public RunFileHeader? Header { get; private set; }

    /// <summary>Reads the records that were not there before. A last line that is not whole is left for the next time.</summary>
    public IReadOnlyList<RunRecord> ReadOn()
    {
        var records = new List<RunRecord>();
        _tornEnd = null;
        if (new FileInfo(path) is not { Exists: true } file || file.Length <= _offset)
            return records;
        foreach (JsonLines.Line line in JsonLines.Read(path, _offset, _lines))
        {
            // The feed behind a last line that was whole without it.
            bool isFeed = line.IsTerminated && line.Utf8.Length == 0 && line.Offset == _offset && _offset > 0;
            if (!isFeed)
            {
                int faults = _reader.Faults.Count;
                if (line.Number == 1)
                    Header = _reader.ReadHeader(path, line);
                else if (_reader.Read(path, Header, line) is StoredRun run)
                    records.Add(run.Record);
                if (_reader.Faults.Count > faults && _reader.Faults[^1] is { IsTornEnd: true } torn)
                {
                    _tornEnd = torn;
                    break;
                }
            }
            (_offset, _lines) = (line.EndOffset, isFeed ? _lines : line.Number);
        }
        return records;
    }
}
