using Tandem.Records.Judgements;

namespace Tandem.Records.Store;

/// <summary>An imported label and where it stands.</summary>
/// <param name="Record">The label.</param>
/// <param name="File">The file, relative to the experiment's folder.</param>
/// <param name="Line">Its line, from 1.</param>
public sealed record StoredLabel(LabelRecord Record, string File, int Line);

/// <summary>Reads the labels that were imported into the store. Faults are collected, not thrown: what can be read is read.</summary>
public sealed class LabelReader(StoreLayout layout)
{
    private readonly List<StoreFault> _faults = [];
    private readonly List<LabelFileHeader> _headers = [];

    public IReadOnlyList<StoreFault> Faults => _faults;

    /// <summary>The first lines of the files that were read.</summary>
    public IReadOnlyList<LabelFileHeader> Headers => _headers;

    /// <summary>All labels, file by file in ordinal order of the names, line by line. Of two that say something of the same, the first
    /// counts; if the second says otherwise, that is a fault.</summary>
    public IEnumerable<StoredLabel> Read()
    {
        var seen = new Dictionary<LabelKey, StoredLabel>();
        foreach (StoredLabel label in layout.LabelFiles().SelectMany(Read))
        {
            if (seen.TryAdd(LabelKey.Of(label.Record), label))
                yield return label;
            else if (seen[LabelKey.Of(label.Record)] is var first && !SaysTheSame(first.Record, label.Record))
                _faults.Add(new StoreFault(label.File, label.Line,
                    $"{LabelKey.Of(label.Record)} is {ValueOf(label.Record)} here, and {ValueOf(first.Record)} in "
                    + $"{first.File}({first.Line}), which counts."));
        }
    }

    /// <summary>Whether two records of the same key have the same label or score.</summary>
    public static bool SaysTheSame(LabelRecord one, LabelRecord other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        return one.Label == other.Label && one.Score == other.Score;
    }

    /// <summary>The label in quotes, or the score, for messages.</summary>
    public static string ValueOf(LabelRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record.Label is string label ? $"'{label}'" : FormattableString.Invariant($"{record.Score}");
    }

    private IEnumerable<StoredLabel> Read(string path)
    {
        string file = "judgements/labels/" + Path.GetFileName(path);
        LabelFileHeader? header = null;
        bool isEmpty = true;
        foreach (JsonLines.Line line in JsonLines.Read(path))
        {
            isEmpty = false;
            // The whole file is written at once, so no crash leaves a part of it.
            if (!line.IsTerminated)
                _faults.Add(new StoreFault(file, line.Number, "The file ends within this line: it was cut after it had been written."));
            else if (line.Number == 1)
                header = ReadHeader(file, line);
            else if (line.Read<LabelRecord>(file, _faults) is LabelRecord record && Agrees(record, header, file, line.Number))
                yield return new StoredLabel(record, file, line.Number);
        }
        if (isEmpty)
            _faults.Add(StoreFault.Empty(file));
    }

    private LabelFileHeader? ReadHeader(string file, JsonLines.Line line)
    {
        if (line.Read<LabelFileHeader>(file, _faults) is not LabelFileHeader header)
            return null;
        string? what =
            header.SchemaVersion != LabelRecord.CurrentSchemaVersion
                ? $"Schema version {header.SchemaVersion} is not known; this harness reads {LabelRecord.CurrentSchemaVersion}."
            : header.Kind != LabelFileHeader.LabelsKind ? $"The file holds '{header.Kind}', not '{LabelFileHeader.LabelsKind}'."
            : header.Experiment != layout.Experiment ? $"The labels are of experiment '{header.Experiment}'."
            : null;
        if (what is null)
        {
            _headers.Add(header);
            return header;
        }
        _faults.Add(new StoreFault(file, line.Number, what));
        return null;
    }

    private bool Agrees(LabelRecord record, LabelFileHeader? header, string file, int line)
    {
        string? what =
            header is null ? "The file has no metadata line that can be read."
            : record.Experiment != header.Experiment ? $"The label is of experiment '{record.Experiment}'."
            : LabelLaws.Faults(record).FirstOrDefault();
        if (what is null)
            return true;
        _faults.Add(new StoreFault(file, line, what));
        return false;
    }
}
