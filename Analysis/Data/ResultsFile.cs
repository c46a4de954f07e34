using System.Text.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Analysis.Data;

/// <summary>Reads what <c>collect</c> wrote, record by record.</summary>
internal sealed class ResultsFile(string path)
{
    private readonly List<StoreFault> _faults = [];
    private readonly string _name = Path.GetFileName(path);

    public IReadOnlyList<StoreFault> Faults => _faults;

    /// <summary>The records, in their order; lines that are none become faults.</summary>
    public IEnumerable<StoredRun> Read()
    {
        bool isClosed = false;
        foreach (JsonLines.Line line in JsonLines.Read(path))
        {
            ReadOnlyMemory<byte> text = line.Utf8;
            if (line.Number == 1 && text.Span.SequenceEqual("["u8))
                continue;
            if (line.Number > 1 && !isClosed && text.Span.SequenceEqual("]"u8))
                isClosed = true;
            else if (line.Number == 1 || isClosed || text.IsEmpty)
                _faults.Add(new StoreFault(_name, line.Number, "This is not as collect writes it: '[', one record per line, ']'."));
            else if (Parse(text.Span[^1] == (byte)',' ? text[..^1] : text, line.Number) is RunRecord record)
                yield return new StoredRun(record, _name, line.Number) { Offset = line.Offset, Length = text.Length };
        }
        if (!isClosed)
            _faults.Add(new StoreFault(_name, null, "The array is not closed: the file was cut."));
    }

    private RunRecord? Parse(ReadOnlyMemory<byte> text, int line)
    {
        try
        {
            return StoreJson.Read<RunRecord>(text.Span);
        }
        catch (JsonException exception)
        {
            _faults.Add(new StoreFault(_name, line, StoreJson.Explain(exception)));
            return null;
        }
    }
}
