using System.Text.Json;
using Tandem.Records.Runs;

namespace Tandem.Records.Store;

/// <summary>Something wrong in a store.</summary>
/// <param name="File">The file, relative to the experiment's folder.</param>
/// <param name="Line">The line, from 1; null for a file as a whole.</param>
/// <param name="What">What is wrong.</param>
/// <param name="IsTornEnd">Whether it is only the last line that a crash cut: nothing before it is lost, and the case counts as not
/// finished.</param>
public sealed record StoreFault(string File, int? Line, string What, bool IsTornEnd = false)
{
    /// <summary><c>file(line): what</c>.</summary>
    public override string ToString() => Line is int line ? $"{File}({line}): {What}" : $"{File}: {What}";

    /// <summary>The fault of a last line that a crash cut.</summary>
    internal static StoreFault TornEnd(string file, int line) =>
        new(file, line, "The last line is torn: a crash cut it while it was written.", IsTornEnd: true);

    /// <summary>The fault of a file without a line. Each file is begun with its metadata line, so what it held is lost.</summary>
    internal static StoreFault Empty(string file) =>
        new(file, null, "The file is empty: its metadata line is lost, and with it every record that it held.");

    /// <summary>The fault of a file without a line that a writer begins with its first line: a crash can leave one, and nothing is lost
    /// then.</summary>
    internal static StoreFault NeverBegun(string file) => new(file, null,
        "The file is empty: a crash ended its writer before the first line, or it was emptied later.", IsTornEnd: true);

    /// <summary>The fault of a first line that is cut. No crash loses records that way: they come after it.</summary>
    internal static StoreFault TornHeader(string file) => new(file, 1, "The metadata line is cut, and no record stands below it.");
}

/// <summary>A record and where it stands.</summary>
/// <param name="Record">The record.</param>
/// <param name="File">The run file, relative to the experiment's folder.</param>
/// <param name="Line">Its line, from 1.</param>
public sealed record StoredRun(RunRecord Record, string File, int Line)
{
    /// <summary>Where the line's first byte stands in the file, from 0: enough to read this record again without the others.</summary>
    public long Offset { get; init; }

    /// <summary>The line's bytes, without the line feed.</summary>
    public int Length { get; init; }
}

/// <summary>A part of a run file.</summary>
/// <param name="File">The run file, relative to the experiment's folder.</param>
/// <param name="Header">Its first line; null if that cannot be read.</param>
/// <param name="Block">The part's lines.</param>
public sealed record RunFilePart(string File, RunFileHeader? Header, LineBlock Block);

/// <summary>Reads what an experiment left in its store. Faults are collected, not thrown: what can be read is read.</summary>
public sealed class StoreReader
{
    private readonly StoreLayout _layout;

    /// <summary>Makes a reader; reads nothing yet.</summary>
    public StoreReader(StoreLayout layout) => _layout = layout;

    public IReadOnlyList<StoreFault> Faults => _faults;

    private readonly List<StoreFault> _faults = [];

    /// <summary>The plan; null if there is none or it cannot be read (then a fault says why).</summary>
    public ExperimentPlan? ReadPlan()
    {
        string name = Path.GetFileName(_layout.PlanFile);
        try
        {
            ExperimentPlan plan = StoreJson.Read<ExperimentPlan>(RegularFile.ReadOwn(_layout.PlanFile));
            if (plan.SchemaVersion != RunRecord.CurrentSchemaVersion)
                _faults.Add(new StoreFault(name, null,
                    $"Schema version {plan.SchemaVersion} is not known; this harness reads {RunRecord.CurrentSchemaVersion}."));
            return plan;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            _faults.Add(new StoreFault(name, null, "There is no such file: this folder holds no experiment."));
        }
        catch (JsonException exception)
        {
            _faults.Add(new StoreFault(name, (int?)exception.LineNumber + 1, exception.Message));
        }
        return null;
    }

    /// <summary>All records, file by file in ordinal order of the names, line by line.</summary>
    public IEnumerable<StoredRun> ReadRuns() => _layout.RunFiles().SelectMany(ReadRuns);

    /// <summary>The records of one run file, line by line.</summary>
    /// <param name="path">One of <see cref="StoreLayout.RunFiles"/>.</param>
    public IEnumerable<StoredRun> ReadRuns(string path)
    {
        if (FaultOfEmpty(path) is StoreFault empty)
            _faults.Add(empty);
        RunFileHeader? header = null;
        foreach (JsonLines.Line line in JsonLines.Read(path))
        {
            if (line.Number == 1)
                header = ReadHeader(path, line);
            else if (Read(path, header, line) is StoredRun run)
                yield return run;
        }
    }

    /// <summary>The fault of a run file without a line, which has no part; null for any other. A crash can leave one, and nothing is lost
    /// then.</summary>
    /// <param name="path">One of <see cref="StoreLayout.RunFiles"/>.</param>
    public static StoreFault? FaultOfEmpty(string path) => new FileInfo(path).Length > 0 ? null : StoreFault.NeverBegun(NameOf(path));

    /// <summary>The same file in parts, in their order, for several processors: each part is read by a reader of its own, with
    /// <see cref="ReadRuns(RunFilePart)"/>. A fault of the header is this reader's.</summary>
    /// <param name="path">One of <see cref="StoreLayout.RunFiles"/>.</param>
    public IEnumerable<RunFilePart> ReadParts(string path)
    {
        RunFileHeader? header = null;
        foreach (LineBlock block in LineBlock.Read(path))
        {
            if (block.LinesBefore == 0)
                header = ReadHeader(path, block.Lines().First());
            yield return new RunFilePart(NameOf(path), header, block);
        }
    }

    /// <summary>The records of a part of a run file, line by line. The part is used up.</summary>
    public IEnumerable<StoredRun> ReadRuns(RunFilePart part)
    {
        using LineBlock block = part.Block;
        foreach (JsonLines.Line line in block.Lines())
        {
            if (line.Number > 1 && Read(part.File, part.Header, line) is StoredRun run)
                yield return run;
        }
    }

    internal StoredRun? Read(string path, RunFileHeader? header, JsonLines.Line line)
    {
        string name = NameOf(path);
        return line.Read<RunRecord>(name, _faults) is RunRecord record && Agrees(record, header, name, line.Number)
            ? new StoredRun(record, name, line.Number) { Offset = line.Offset, Length = line.Utf8.Length }
            : null;
    }

    internal RunFileHeader? ReadHeader(string path, JsonLines.Line line)
    {
        string file = NameOf(path);
        if (line.Read<RunFileHeader>(file, _faults) is not RunFileHeader header)
            return null;
        string? what =
            header.SchemaVersion != RunRecord.CurrentSchemaVersion
                ? $"Schema version {header.SchemaVersion} is not known; this harness reads {RunRecord.CurrentSchemaVersion}."
            : header.Kind != RunFileHeader.RunsKind ? $"The file holds '{header.Kind}', not '{RunFileHeader.RunsKind}'."
            : null;
        if (what is null)
            return header;
        _faults.Add(new StoreFault(file, line.Number, what));
        return null;
    }

    private static string NameOf(string path) => "runs/" + Path.GetFileName(path);

    private bool Agrees(RunRecord record, RunFileHeader? header, string file, int line)
    {
        string? what =
            record.SchemaVersion != RunRecord.CurrentSchemaVersion
                ? $"Schema version {record.SchemaVersion} is not known; this harness reads {RunRecord.CurrentSchemaVersion}."
            : header is null ? "The file has no metadata line that can be read."
            : record.Experiment != header.Experiment || record.Setting != header.Setting || record.Seed != header.Seed
            || record.RunName != header.RunName
                ? $"The record of {record.CaseId} does not belong into this file of {header.RunName}."
            : record.CaseId.Setting != record.Setting || record.CaseId.Repo != record.Repo || record.CaseId.TaskId != record.TaskId
                || !record.CaseId.Features.Equals(record.Features) || record.CaseId.Seed != record.Seed
                ? $"The case id {record.CaseId} does not say what the record's own fields say."
            : record.Experiment != _layout.Experiment ? $"The record is of experiment '{record.Experiment}'."
            : null;
        if (what is null)
            return true;
        _faults.Add(new StoreFault(file, line, what));
        return false;
    }
}
