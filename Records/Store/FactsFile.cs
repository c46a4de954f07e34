using System.Text.Json;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Records.Store;

/// <summary>One run file that is read for its facts, and read on from there when it has grown.</summary>
internal sealed class FactsFile(string path, string experiment)
{
    private readonly string _name = "runs/" + Path.GetFileName(path);
    private readonly List<StoreFault> _faults = [];
    private RunFileHeader? _header;
    private StoreFault? _tornEnd;
    private long _offset;
    private int _lines;

    /// <summary>What could not be read so far.</summary>
    public IEnumerable<StoreFault> Faults => _tornEnd is null ? _faults : _faults.Append(_tornEnd);

    /// <summary>Reads what was not there before. A last line that is not whole is left for the next time.</summary>
    public IReadOnlyList<RecordFacts> ReadOn()
    {
        var facts = new List<RecordFacts>();
        _tornEnd = null;
        if (new FileInfo(path) is not { Exists: true } file || file.Length <= _offset)
            return facts;
        foreach (JsonLines.Line line in JsonLines.Read(path, _offset, _lines))
        {
            // The feed behind a last line that was whole without it.
            bool isFeed = line.IsTerminated && line.Utf8.Length == 0 && line.Offset == _offset && _offset > 0;
            if (!isFeed && !TryTake(line, facts))
                break;
            (_offset, _lines) = (line.EndOffset, isFeed ? _lines : line.Number);
        }
        return facts;
    }

    private bool TryTake(JsonLines.Line line, List<RecordFacts> facts)
    {
        try
        {
            if (line.Number == 1)
                _header = StoreJson.Read<RunFileHeader>(line.Utf8.Span);
            else if (StoreJson.Read<RecordFacts>(line.Utf8.Span) is var record && WhyNot(record) is string what)
                _faults.Add(new StoreFault(_name, line.Number, what));
            else
                facts.Add(record);
            return true;
        }
        catch (JsonException exception) when (line.IsTerminated)
        {
            _faults.Add(new StoreFault(_name, line.Number, StoreJson.Explain(exception)));
            return true;
        }
        catch (JsonException)
        {
            _tornEnd = StoreFault.TornEnd(_name, line.Number);
            return false;
        }
    }

    private string? WhyNot(RecordFacts record) =>
        record.SchemaVersion != RunRecord.CurrentSchemaVersion
            ? $"Schema version {record.SchemaVersion} is not known; this harness reads {RunRecord.CurrentSchemaVersion}."
        : _header is not { Kind: RunFileHeader.RunsKind, SchemaVersion: RunRecord.CurrentSchemaVersion }
        ? "The file has no metadata line that can be read."
        : record.Experiment != experiment || record.CaseId.Setting != _header.Setting || record.CaseId.Seed != _header.Seed
        ? $"The record of {record.CaseId} does not belong into this file of {_header.RunName}."
        : null;
}
