using Tandem.Records.Judgements;

namespace Tandem.Records.Store;

/// <summary>A judgement's record and where it stands.</summary>
/// <param name="Record">The record.</param>
/// <param name="File">The judgement file, relative to the experiment's folder.</param>
/// <param name="Line">Its line, from 1.</param>
public sealed record StoredJudgement(JudgementRecord Record, string File, int Line);

/// <summary>Reads what judges left in the store. Faults are collected, not thrown: what can be read is read.</summary>
public sealed class JudgementReader
{
    private readonly List<StoreFault> _faults = [];
    private readonly StoreLayout _layout;
    private readonly string _kind;
    private readonly string _folder;
    private readonly Func<IReadOnlyList<string>> _files;

    /// <summary>Reads judgements.</summary>
    public JudgementReader(StoreLayout layout)
        : this(layout, JudgementFileHeader.JudgementsKind, "judgements/", layout.JudgementFiles)
    {
    }

    private JudgementReader(StoreLayout layout, string kind, string folder, Func<IReadOnlyList<string>> files) =>
        (_layout, _kind, _folder, _files) = (layout, kind, folder, files);

    /// <summary>Reads what <see cref="JudgementFileWriter.OfCalls"/> wrote.</summary>
    public static JudgementReader OfCalls(StoreLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return new JudgementReader(layout, JudgementFileHeader.CallsKind, "judgements/calls/", layout.JudgementCallFiles);
    }

    public IReadOnlyList<StoreFault> Faults => _faults;

    /// <summary>All records, file by file in ordinal order of the names, line by line.</summary>
    public IEnumerable<StoredJudgement> Read()
    {
        foreach (string path in _files())
        {
            var place = new JudgementFilePlace();
            foreach (StoredJudgement stored in ReadOn(path, place, leavesOpenEnd: false))
                yield return stored;
            if (place.Lines == 0)
                _faults.Add(StoreFault.Empty(NameOf(path)));
        }
    }

    /// <summary>The records by judgement, each in the order of its attempts.</summary>
    public Dictionary<JudgementId, IReadOnlyList<JudgementRecord>> ReadById() => Read()
        .GroupBy(stored => stored.Record.JudgementId)
        .ToDictionary(group => group.Key, group => (IReadOnlyList<JudgementRecord>)
            [.. group.Select(stored => stored.Record).OrderBy(record => record.Attempt)]);

    /// <summary>The records of all files that were not there when the places were last used. A last line that is not whole is left for the
    /// next time.</summary>
    /// <param name="places">Where each file was left, by its path; added to.</param>
    public IEnumerable<StoredJudgement> ReadOn(IDictionary<string, JudgementFilePlace> places)
    {
        ArgumentNullException.ThrowIfNull(places);
        foreach (string path in _files())
        {
            if (!places.TryGetValue(path, out JudgementFilePlace? place))
                places[path] = place = new JudgementFilePlace();
            if (new FileInfo(path).Length <= place.Offset)
                continue;
            foreach (StoredJudgement stored in ReadOn(path, place, leavesOpenEnd: true))
                yield return stored;
        }
    }

    private IEnumerable<StoredJudgement> ReadOn(string path, JudgementFilePlace place, bool leavesOpenEnd)
    {
        string file = NameOf(path);
        foreach (JsonLines.Line line in JsonLines.Read(path, place.Offset, place.Lines))
        {
            StoredJudgement? stored = null;
            if (leavesOpenEnd && !line.IsTerminated)
                yield break;
            if (line.Number == 1)
                place.Header = ReadHeader(file, line);
            else if (line.Read<JudgementRecord>(file, _faults) is JudgementRecord record
                && Agrees(record, place.Header, file, line.Number))
                stored = new StoredJudgement(record, file, line.Number);
            (place.Offset, place.Lines) = (line.EndOffset, line.Number);
            if (stored is not null)
                yield return stored;
        }
    }

    private string NameOf(string path) => _folder + Path.GetFileName(path);

    private JudgementFileHeader? ReadHeader(string file, JsonLines.Line line)
    {
        if (line.ReadHeader<JudgementFileHeader>(file, _faults) is not JudgementFileHeader header)
            return null;
        string? what =
            header.SchemaVersion != JudgementRecord.CurrentSchemaVersion
                ? $"Schema version {header.SchemaVersion} is not known; this harness reads {JudgementRecord.CurrentSchemaVersion}."
            : header.Kind != _kind
                ? $"The file holds '{header.Kind}', not '{_kind}'."
            : null;
        if (what is null)
            return header;
        _faults.Add(new StoreFault(file, line.Number, what));
        return null;
    }

    private bool Agrees(JudgementRecord record, JudgementFileHeader? header, string file, int line)
    {
        string? what =
            header is null ? "The file has no metadata line that can be read."
            : record.Experiment != header.Experiment || record.Rubric != header.Rubric || record.JudgeModel != header.JudgeModel
            || record.Repetition != header.Repetition
                ? $"The record of {record.JudgementId} does not belong into this file of {header.Rubric} by {header.JudgeModel}."
            : record.Experiment != _layout.Experiment ? $"The record is of experiment '{record.Experiment}'."
            : JudgementLaws.Faults(record).FirstOrDefault();
        if (what is null)
            return true;
        _faults.Add(new StoreFault(file, line, what));
        return false;
    }
}

/// <summary>Where a file of judgements was left by its reader.</summary>
public sealed class JudgementFilePlace
{
    internal JudgementFileHeader? Header { get; set; }

    internal long Offset { get; set; }

    internal int Lines { get; set; }
}
