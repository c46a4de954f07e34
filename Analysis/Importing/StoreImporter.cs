using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tandem.Analysis.Data;
using Tandem.Analysis.Upstream;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Analysis.Importing;

/// <summary>How many cases of one run were taken, and how many not.</summary>
internal sealed record ImportedRun(UpstreamRun Run, int Records, int Skipped, int InfraErrors, int EvalErrors, int WithMessages);

/// <summary>
/// Writes runs of upstream's into a new experiment. All is written under a temporary name first, which no verb takes for an experiment, and
/// renamed at the end: there is the whole experiment or none. The same logs give the same bytes: no time, process or chance of the import
/// is in them.
/// </summary>
/// <param name="layout">Where to.</param>
/// <param name="clock">Reads times.</param>
/// <param name="warnings">Takes what cannot be taken as it stands.</param>
internal sealed class StoreImporter(StoreLayout layout, UpstreamClock clock, ImportWarnings warnings)
{
    private readonly List<CaseId> _cases = [];
    private readonly SortedSet<string> _models = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _agents = new(StringComparer.Ordinal);
    private DateTimeOffset? _begin;

    /// <returns>What became of each.</returns>
    /// <exception cref="RefusedException">There is such an experiment, or nothing to import.</exception>
    public IReadOnlyList<ImportedRun> Import(IReadOnlyList<UpstreamRun> runs)
    {
        RequireNew();
        bool isNewStore = !Directory.Exists(layout.StoreFolder);
        var temporary = new StoreLayout(Path.Combine(layout.StoreFolder, $".import-{layout.Experiment}-{Guid.NewGuid():n}"),
            layout.Experiment);
        try
        {
            IReadOnlyList<ImportedRun> imported = [.. runs.Select(run => Import(run, temporary))];
            if (imported.All(run => run.Records == 0))
                throw new RefusedException($"None of the {imported.Sum(run => run.Skipped)} cases has a verdict that could be imported.",
                    "The warnings say what is the matter with each; `cooperbench eval -n RUN` evaluates cases that were not.");
            DurableFile.Write(temporary.PlanFile, StoreJson.ToFile(Plan(runs)));
            DurableFile.Write(Path.Combine(temporary.ExperimentFolder, WarningsFile),
                Encoding.UTF8.GetBytes(string.Concat(warnings.All.Select(warning => warning + "\n"))));
            FolderFlush.Flush(temporary.ExperimentFolder);
            RequireNew();
            Directory.Move(temporary.ExperimentFolder, layout.ExperimentFolder);
            FolderFlush.Flush(layout.StoreFolder);
            return imported;
        }
        finally
        {
            if (Directory.Exists(temporary.StoreFolder))
                Directory.Delete(temporary.StoreFolder, recursive: true);
            if (isNewStore && Directory.Exists(layout.StoreFolder) && !Directory.EnumerateFileSystemEntries(layout.StoreFolder).Any())
                Directory.Delete(layout.StoreFolder);
        }
    }

    public const string WarningsFile = "import-warnings.txt";

    private void RequireNew()
    {
        if (File.Exists(layout.StoreFolder))
            throw new RefusedException($"The store {layout.StoreFolder} is a file.", "Name a folder: --store DIR.");
        if (Path.Exists(layout.ExperimentFolder))
            throw new RefusedException(
                $"There is a '{layout.Experiment}' in {layout.StoreFolder} already: {layout.ExperimentFolder}. An import only ever makes "
                + $"a new experiment.", "Give this one another name (--name NAME) or store (--store DIR), or remove that one.");
    }

    private ImportedRun Import(UpstreamRun run, StoreLayout temporary)
    {
        var configFile = new UpstreamFile(Path.Combine(run.Folder, UpstreamNames.Config), $"{run.Name}/{UpstreamNames.Config}", warnings);
        UpstreamObject? config = configFile.TryRead() is byte[] bytes ? configFile.TryParseObject(bytes) : null;
        var importer = new CaseImporter(layout.Experiment, clock, warnings);
        IReadOnlyList<UpstreamCase> found = UpstreamCases.Of(run, warnings);
        var records = new List<RunRecord>(found.Count);
        foreach (UpstreamCase one in found)
        {
            // Upstream ran it, so it is of the plan: what could not be taken of it is missing, and shown as such.
            _cases.Add(one.CaseId);
            if (importer.Import(one, config) is ImportedCase imported)
                records.Add(imported.Record with { Artifacts = WriteFiles(temporary.AttemptFolder(one.CaseId, 1), imported.Files) });
        }
        if (found.Count == 0)
            warnings.Add(run.Name, "holds no case");
        if (records.Count > 0)
            WriteRunFile(temporary, run, records);
        return new ImportedRun(
            run, records.Count, found.Count - records.Count, records.Count(record => record.InfraError),
                records.Count(record => record.EvalError is not null), records.Count(record => record.MessagesCount > 0));
    }

    private static IReadOnlyList<ArtifactDigest> WriteFiles(string folder, IReadOnlyList<(string Name, byte[] Content)> files)
    {
        foreach ((string name, byte[] content) in files)
        {
            string path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            // Not flushed one by one: that would take minutes, and an import can be made again. A file that a power failure emptied has not
            // the size that its record names.
            File.WriteAllBytes(path, content);
        }
        return [.. files.OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => new ArtifactDigest(file.Name, file.Content.Length, Convert.ToHexStringLower(SHA256.HashData(file.Content))))];
    }

    // The usual writer puts its process, its host and the time into the file and its name.
    private void WriteRunFile(StoreLayout temporary, UpstreamRun run, List<RunRecord> records)
    {
        DateTimeOffset begin = records.Min(record => record.StartedAt);
        _begin = _begin < begin ? _begin : begin;
        _models.UnionWith(records.Select(record => record.Model).OfType<string>());
        _agents.UnionWith(records.Select(record => record.Agent));
        var header = new RunFileHeader(
            RunRecord.CurrentSchemaVersion,
            RunFileHeader.RunsKind,
            layout.Experiment,
            RunName.For(layout.Experiment, run.Cell.Setting, run.Cell.Seed),
            run.Cell.Setting,
            run.Cell.Seed,
            Provenance.Imported,
            new ProcessIdentity(Provenance.Imported, "", "", 0, 0),
            begin,
            Provenance.Imported);
        DurableFile.Write(Path.Combine(temporary.RunsFolder,
            StoreLayout.RunFileName(run.Cell.Setting, run.Cell.Seed, begin, Provenance.Imported)), stream =>
        {
            stream.Write([.. StoreJson.ToLine(header), (byte)'\n']);
            foreach (RunRecord record in records)
                stream.Write([.. StoreJson.ToLine(record), (byte)'\n']);
        });
    }

    private ExperimentPlan Plan(IReadOnlyList<UpstreamRun> runs)
    {
        if (_models.Count > 1)
            warnings.Add(".", $"the runs are of several models ({string.Join(", ", _models)}), though an experiment is of one; the "
                + $"records name each");
        if (_agents.Count > 1)
            warnings.Add(".", $"the runs are of several agents ({string.Join(", ", _agents)}), though an experiment is of one; the "
                + $"records name each");
        JsonNode settings = new JsonObject
        {
            ["name"] = layout.Experiment,
            ["agent"] = new JsonObject { ["kind"] = string.Join(", ", _agents) },
            ["model"] = new JsonObject { ["name"] = _models.Count == 0 ? null : string.Join(", ", _models) },
            ["imported"] = new JsonObject
            {
                ["from"] = "CooperBench",
                ["utc_offset_minutes"] = (int)clock.UtcOffset.TotalMinutes,
                ["runs"] = new JsonArray(
                    [.. runs.Select(run => new JsonObject
                    { ["run_name"] = run.Name, ["setting"] = EnumNames.NameOf(run.Cell.Setting), ["seed"] = run.Cell.Seed })]),
            },
        };
        return new ExperimentPlan
        {
            SchemaVersion = RunRecord.CurrentSchemaVersion,
            Experiment = layout.Experiment,
            CreatedAt = _begin!.Value,
            SettingsHash = Provenance.Imported,
            Settings = JsonSerializer.SerializeToElement(settings, ImportJsonContext.Default.JsonNode),
            TaskDigests = new SortedDictionary<string,
                string>(_cases.Select(id => $"{id.Repo}/{id.TaskId}").Distinct().ToDictionary(task => task, _ => Provenance.Imported),
                StringComparer.Ordinal),
            Cases = _cases,
        };
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(JsonNode))]
internal sealed partial class ImportJsonContext : System.Text.Json.Serialization.JsonSerializerContext;
