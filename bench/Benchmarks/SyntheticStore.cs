using System.Globalization;
using System.Text.Json;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Bench.Benchmarks;

/// <summary>
/// An experiment of as many records as one likes, copies of a few real ones: three solo seeds and one of each other setting for each pair.
/// Artifacts are empty files, and their records say so: whether they are there is asked of the file system alike, and 200,000 of them take
/// no space.
/// </summary>
internal static class SyntheticStore
{
    private const int SoloSeeds = 3;

    /// <summary>Writes one.</summary>
    /// <param name="folder">The store.</param>
    /// <param name="models">One record for each setting.</param>
    /// <param name="count">Cases, a record each.</param>
    public static StoreLayout Write(string folder, IReadOnlyList<RunRecord> models, int count)
    {
        var layout = new StoreLayout(folder, models[0].Experiment);
        (RunRecord Model, int Seed)[] ofPair =
            [.. models.SelectMany(model =>
            Enumerable.Range(0, model.Setting == Setting.Solo ? SoloSeeds : 1).Select(seed => (model, seed)))];
        RunRecord[] records = [.. Enumerable.Range(0, count)
            .Select(i => Copy(ofPair[i % ofPair.Length].Model, 1 + (i / ofPair.Length), ofPair[i % ofPair.Length].Seed))];
        DurableFile.Write(layout.PlanFile, StoreJson.ToFile(new ExperimentPlan
        {
            SchemaVersion = RunRecord.CurrentSchemaVersion,
            Experiment = layout.Experiment,
            CreatedAt = models[0].StartedAt,
            SettingsHash = models[0].Provenance.SettingsHash,
            Settings = JsonDocument.Parse("{}").RootElement,
            TaskDigests = new Dictionary<string, string>(),
            Cases = [.. records.Select(record => record.CaseId)],
        }));
        foreach (IGrouping<(Setting Setting, int Seed), RunRecord> file in records.GroupBy(record => (record.Setting, record.Seed)))
            Append(layout, [.. file]);
        Parallel.ForEach(records, record =>
        {
            string attempt = Directory.CreateDirectory(layout.AttemptFolder(record.CaseId, record.Attempt)).FullName;
            foreach (ArtifactDigest artifact in record.Artifacts)
                File.Create(Path.Combine(attempt, artifact.Path)).Dispose();
        });
        return layout;
    }

    private static RunRecord Copy(RunRecord model, int task, int seed)
    {
        var caseId = new CaseId(model.Setting, model.Repo, task, model.Features, seed);
        return model with
        {
            CaseId = caseId,
            TaskId = task,
            Seed = seed,
            RunName = RunName.For(model.Experiment, model.Setting, seed),
            AttemptId = string.Create(CultureInfo.InvariantCulture, $"{EnumNames.NameOf(model.Setting)}-{task}-{seed}"),
            Artifacts = [.. model.Artifacts.Select(artifact => artifact with { Bytes = 0 })],
        };
    }

    /// <summary>The first by the real writer, with the head; the others behind it without a flush for each.</summary>
    private static void Append(StoreLayout layout, IReadOnlyList<RunRecord> records)
    {
        string path;
        using (var writer = new RunFileWriter(layout, records[0].RunId, records[0].Provenance.Harness, TimeProvider.System))
            path = writer.Append(records[0]);
        using FileStream stream = File.Open(path, FileMode.Append);
        foreach (RunRecord record in records.Skip(1))
        {
            stream.Write(StoreJson.ToLine(record));
            stream.WriteByte((byte)'\n');
        }
    }
}
