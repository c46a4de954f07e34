using System.Text.Json;
using System.Text.Json.Nodes;
using Tandem.Analysis.Data;
using Tandem.Analysis.Upstream;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Exporting;

/// <summary>How many cases of one run were written.</summary>
/// <param name="Name">The run's name, which is that of its folder.</param>
/// <param name="Cases">Written.</param>
/// <param name="WithoutVerdict">Of them, those whose evaluation says an error.</param>
/// <param name="Interrupted">Left out: upstream writes nothing of a case that was stopped.</param>
internal sealed record ExportedRun(string Name, int Cases, int WithoutVerdict, int Interrupted);

/// <summary>
/// Writes experiments as upstream's log folders: <c>RUN/solo/REPO/ID/f1_f2/...</c>, the record that stands for each case.
/// </summary>
/// <param name="folder">Where the runs' folders go; absolute.</param>
internal sealed class StoreExporter(string folder)
{
    /// <returns>What was written, by run.</returns>
    /// <exception cref="RefusedException">A run's folder is there already, or there is nothing to export.</exception>
    public IReadOnlyList<ExportedRun> Export(IReadOnlyList<Dataset> datasets)
    {
        (Dataset Dataset, string Name, AttemptResult[] Cases)[] runs =
            [.. datasets.SelectMany(dataset => dataset.Chosen.GroupBy(run => new RunCell(run.CaseId.Setting, run.CaseId.Seed))
                .Select(run => (dataset, RunName.For(dataset.Layout.Experiment, run.Key.Setting, run.Key.Seed), run.ToArray())))];
        return new ExportFolder(folder).Write<IReadOnlyList<ExportedRun>>([.. runs.Select(run => run.Name)],
            temporary => [.. runs.Select(run => Export(run.Dataset, run.Name, run.Cases, Path.Combine(temporary, run.Name)))]);
    }

    private static ExportedRun Export(Dataset dataset, string name, AttemptResult[] cases, string runFolder)
    {
        using var source = new RecordSource(dataset.Layout);
        var written = new List<RunRecord>(cases.Length);
        foreach (AttemptResult run in cases.Where(run => !run.Interrupted))
        {
            RunRecord record = source.Record(run.Place);
            WriteCase(record, new CaseFiles(dataset.Layout, record), name, runFolder);
            // Its messages and reports are not needed any more.
            written.Add(record with { Messages = [], Tests = [], Agents = [], Artifacts = [] });
        }
        if (written.Count > 0)
            WriteConfig(dataset, name, written, runFolder);
        return new ExportedRun(name, written.Count, written.Count(record => record.Feature1Passed is null || record.Feature2Passed is null),
            cases.Length - written.Count);
    }

    private static void WriteCase(RunRecord record, CaseFiles files, string name, string runFolder)
    {
        string path = FormattableString.Invariant(
            $"{UpstreamRun.FolderOf(record.Setting)}/{record.Repo}/{record.TaskId}/{record.Features}");
        string caseFolder = Path.Combine(runFolder, path.Replace('/', Path.DirectorySeparatorChar));
        Directory.CreateDirectory(caseFolder);
        foreach (AgentReport agent in record.Agents)
        {
            if (files.Patch(agent.AgentId) is byte[] patch)
                File.WriteAllBytes(Path.Combine(caseFolder, record.Setting == Setting.Solo ? UpstreamNames.SoloPatch
                    : UpstreamNames.AgentPatch(agent.Features[0])), patch);
        }
        if (record.Setting != Setting.Solo)
            WriteJson(Path.Combine(caseFolder, UpstreamNames.Conversation), new JsonArray([.. record.Messages.Select(MessageOf)]));
        WriteJson(Path.Combine(caseFolder, UpstreamNames.Evaluation), UpstreamEvaluation.Of(record, files));
        WriteJson(Path.Combine(caseFolder, UpstreamNames.Result), UpstreamResult.Of(record, files, $"logs/{name}/{path}"));
    }

    private static JsonObject MessageOf(MessageRecord message) => new()
    {
        ["from"] = message.From,
        ["to"] = message.To,
        ["message"] = message.Message,
        ["timestamp"] = (decimal)(message.SentAt - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerSecond,
        ["feature_id"] = message.FeatureId,
    };

    private static void WriteConfig(Dataset dataset, string name, List<RunRecord> records, string runFolder) =>
        WriteJson(Path.Combine(runFolder, UpstreamNames.Config), new JsonObject
        {
            ["run_name"] = name,
            ["agent_framework"] = records[0].Agent,
            ["model"] = records[0].Model ?? "",
            ["setting"] = UpstreamRun.FolderOf(records[0].Setting),
            ["concurrency"] = ConcurrencyOf(dataset.Plan.Settings),
            ["total_tasks"] = records.Count,
            ["started_at"] = UpstreamClock.Format(records.Min(record => record.StartedAt)),
        });

    private static int? ConcurrencyOf(JsonElement settings) =>
        settings.ValueKind == JsonValueKind.Object && settings.TryGetProperty("run", out JsonElement run)
            && run.ValueKind == JsonValueKind.Object
        && run.TryGetProperty("concurrency", out JsonElement concurrency) && concurrency.ValueKind == JsonValueKind.Number
        && concurrency.TryGetInt32(out int number)
            ? number
            : null;

    /// <summary>As Python's json does with an indent of 2: ASCII alone.</summary>
    private static void WriteJson(string path, JsonNode node)
    {
        using FileStream stream = File.Create(path);
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, IndentSize = 2, NewLine = "\n" });
        node.WriteTo(writer);
    }
}
