using System.Text.Json;
using Tandem.Records.Scenarios;

namespace Tandem.Records.Store;

/// <summary>A scenario's record and where it stands.</summary>
/// <param name="Record">The record.</param>
/// <param name="Metadata">The first line of its file.</param>
/// <param name="File">The file, relative to the experiment's folder.</param>
/// <param name="Line">Its line, from 1.</param>
public sealed record StoredScenario(ScenarioRecord Record, ScenarioMetadata Metadata, string File, int Line);

/// <summary>Where a file of scenario results was left by its reader.</summary>
public sealed class ScenarioFilePlace
{
    internal ScenarioMetadata? Metadata { get; set; }

    internal long Offset { get; set; }

    internal int Lines { get; set; }
}

/// <summary>Reads what a scenario experiment left in its store. Faults are collected, not thrown: what can be read is read.</summary>
public sealed class ScenarioReader
{
    private readonly List<StoreFault> _faults = [];
    private readonly StoreLayout _layout;
    private readonly string _kind;
    private readonly string _folder;
    private readonly Func<IReadOnlyList<string>> _files;

    /// <summary>Reads results.</summary>
    public ScenarioReader(StoreLayout layout)
        : this(layout, ScenarioMetadata.ResultsKind, "runs/", layout.RunFiles)
    {
    }

    private ScenarioReader(StoreLayout layout, string kind, string folder, Func<IReadOnlyList<string>> files) =>
        (_layout, _kind, _folder, _files) = (layout, kind, folder, files);

    /// <summary>Reads what stood on disk before conversations began: see <see cref="ScenarioFileWriter"/>.</summary>
    public static ScenarioReader OfCalls(StoreLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return new ScenarioReader(layout, ScenarioMetadata.CallsKind, "calls/", layout.ScenarioCallFiles);
    }

    public IReadOnlyList<StoreFault> Faults => _faults;

    /// <summary>Whether an experiment of a store is one of scenarios; false if its plan cannot be read.</summary>
    public static bool IsScenarios(StoreLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        try
        {
            using var plan = JsonDocument.Parse(RegularFile.ReadOwn(layout.PlanFile));
            return plan.RootElement.ValueKind == JsonValueKind.Object && plan.RootElement.TryGetProperty("kind", out JsonElement kind)
                && kind.ValueKind == JsonValueKind.String && kind.ValueEquals(ScenarioPlan.ScenariosKind);
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The plan; null if there is none or it cannot be read (then a fault says why).</summary>
    public ScenarioPlan? ReadPlan()
    {
        string name = Path.GetFileName(_layout.PlanFile);
        try
        {
            ScenarioPlan plan = StoreJson.Read<ScenarioPlan>(RegularFile.ReadOwn(_layout.PlanFile));
            if (plan.SchemaVersion != ScenarioRecord.CurrentSchemaVersion || plan.Kind != ScenarioPlan.ScenariosKind)
                _faults.Add(new StoreFault(name, null, $"Schema version {plan.SchemaVersion} of kind '{plan.Kind}' is not known; this "
                    + $"harness reads {ScenarioRecord.CurrentSchemaVersion} of '{ScenarioPlan.ScenariosKind}'."));
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

    /// <summary>All records, file by file in ordinal order of the names, line by line. A file without a first line is a fault.</summary>
    public IEnumerable<StoredScenario> Read() => _files().SelectMany(path => ReadOn(path, new ScenarioFilePlace(), leavesOpenEnd: false));

    /// <summary>The records of each case, in the order of attempts and revisions.</summary>
    public Dictionary<ScenarioCaseId, IReadOnlyList<ScenarioRecord>> ReadById() => Read()
        .GroupBy(stored => stored.Record.CaseId)
        .ToDictionary(group => group.Key, group => (IReadOnlyList<ScenarioRecord>)
            [.. group.Select(stored => stored.Record).OrderBy(record => record.Attempt).ThenBy(record => record.Revision)]);

    /// <summary>The records that were not there when the places were last used. A last line that is not whole is left for the next
    /// time.</summary>
    /// <param name="places">Where each file was left, by its path; added to.</param>
    public IEnumerable<StoredScenario> ReadOn(IDictionary<string, ScenarioFilePlace> places)
    {
        ArgumentNullException.ThrowIfNull(places);
        foreach (string path in _files())
        {
            if (!places.TryGetValue(path, out ScenarioFilePlace? place))
                places[path] = place = new ScenarioFilePlace();
            if (new FileInfo(path).Length <= place.Offset)
                continue;
            foreach (StoredScenario stored in ReadOn(path, place, leavesOpenEnd: true))
                yield return stored;
        }
    }

    private IEnumerable<StoredScenario> ReadOn(string path, ScenarioFilePlace place, bool leavesOpenEnd)
    {
        string file = _folder + Path.GetFileName(path);
        foreach (JsonLines.Line line in JsonLines.Read(path, place.Offset, place.Lines))
        {
            if (leavesOpenEnd && !line.IsTerminated)
                yield break;
            StoredScenario? stored = null;
            if (line.Number == 1)
                place.Metadata = ReadMetadata(file, line);
            else if (line.Read<ScenarioRecord>(file, _faults) is ScenarioRecord record
                && Agrees(record, place.Metadata, file, line.Number))
                stored = new StoredScenario(record, place.Metadata!, file, line.Number);
            (place.Offset, place.Lines) = (line.EndOffset, line.Number);
            if (stored is not null)
                yield return stored;
        }
        if (place.Lines == 0 && !leavesOpenEnd)
            _faults.Add(StoreFault.NeverBegun(file));
    }

    private ScenarioMetadata? ReadMetadata(string file, JsonLines.Line line)
    {
        if (line.Read<ScenarioMetadata>(file, _faults) is not ScenarioMetadata metadata)
        {
            StoreFault fault = _faults[^1];
            _faults[^1] = fault with { What = $"The first line is no metadata line: {fault.What}" };
            return null;
        }
        string? what =
            metadata.SchemaVersion != ScenarioRecord.CurrentSchemaVersion
                ? $"Schema version {metadata.SchemaVersion} is not known; this harness reads {ScenarioRecord.CurrentSchemaVersion}."
            : metadata.Type != ScenarioMetadata.MetadataType || metadata.Kind != _kind
                ? $"The file holds '{metadata.Kind}', not '{_kind}'."
            : metadata.Experiment != _layout.Experiment ? $"The file is of experiment '{metadata.Experiment}'."
            : null;
        if (what is null)
            return metadata;
        _faults.Add(new StoreFault(file, line.Number, what));
        return null;
    }

    private bool Agrees(ScenarioRecord record, ScenarioMetadata? metadata, string file, int line)
    {
        string? what =
            metadata is null ? "The file has no metadata line that can be read."
            : record.Experiment != metadata.Experiment || record.Variant != metadata.Variant || record.Rep != metadata.Rep
            || record.Model != metadata.Model
                ? $"The record of {record.CaseId} does not belong into this file of {metadata.Variant}, repetition {metadata.Rep}."
            : ScenarioLaws.Faults(record).FirstOrDefault();
        if (what is null)
            return true;
        _faults.Add(new StoreFault(file, line, what));
        return false;
    }
}
