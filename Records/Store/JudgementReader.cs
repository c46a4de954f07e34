using Tandem.Records.Judgements;

namespace Tandem.Records.Store;

/// <summary>A judgement's record and where it stands.</summary>
/// <param name="Record">The record.</param>
/// <param name="File">The judgement file, relative to the experiment's folder.</param>
/// <param name="Line">Its line, from 1.</param>
public sealed record StoredJudgement(JudgementRecord Record, string File, int Line);

/// <summary>Reads what judges left in the store. Faults are collected, not thrown: what can be read is read.</summary>
public sealed class JudgementReader(StoreLayout layout)
{
    private readonly List<StoreFault> _faults = [];

    public IReadOnlyList<StoreFault> Faults => _faults;

    /// <summary>All records, file by file in ordinal order of the names, line by line.</summary>
    public IEnumerable<StoredJudgement> Read() => layout.JudgementFiles().SelectMany(Read);

    /// <summary>The records by judgement, each in the order of its attempts.</summary>
    public Dictionary<JudgementId, IReadOnlyList<JudgementRecord>> ReadById() => Read()
        .GroupBy(stored => stored.Record.JudgementId)
        .ToDictionary(group => group.Key, group => (IReadOnlyList<JudgementRecord>)
            [.. group.Select(stored => stored.Record).OrderBy(record => record.Attempt)]);

    private IEnumerable<StoredJudgement> Read(string path)
    {
        string file = "judgements/" + Path.GetFileName(path);
        JudgementFileHeader? header = null;
        foreach (JsonLines.Line line in JsonLines.Read(path))
        {
            if (line.Number == 1)
                header = ReadHeader(file, line);
            else if (line.Read<JudgementRecord>(file, _faults) is JudgementRecord record && Agrees(record, header, file, line.Number))
                yield return new StoredJudgement(record, file, line.Number);
        }
    }

    private JudgementFileHeader? ReadHeader(string file, JsonLines.Line line)
    {
        if (line.Read<JudgementFileHeader>(file, _faults) is not JudgementFileHeader header)
            return null;
        string? what =
            header.SchemaVersion != JudgementRecord.CurrentSchemaVersion
                ? $"Schema version {header.SchemaVersion} is not known; this harness reads {JudgementRecord.CurrentSchemaVersion}."
            : header.Kind != JudgementFileHeader.JudgementsKind
                ? $"The file holds '{header.Kind}', not '{JudgementFileHeader.JudgementsKind}'."
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
            : record.Experiment != layout.Experiment ? $"The record is of experiment '{record.Experiment}'."
            : JudgementLaws.Faults(record).FirstOrDefault();
        if (what is null)
            return true;
        _faults.Add(new StoreFault(file, line, what));
        return false;
    }
}
