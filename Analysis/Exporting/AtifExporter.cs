using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tandem.Analysis.Data;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Exporting;

/// <summary>What was written of one experiment.</summary>
/// <param name="Name">The experiment, and its folder.</param>
/// <param name="Cases">Cases with a record that counts.</param>
/// <param name="Trajectories">Files that were written: one for each agent.</param>
/// <param name="Without">Agents of these cases whose trajectory was not kept.</param>
internal sealed record ExportedTrajectories(string Name, int Cases, int Trajectories, int Without);

/// <summary>Writes what each agent did in the record that counts of each case as <c>EXPERIMENT/CASE ID/AGENT/trajectory.atif.json</c>, in
/// the Agent Trajectory Interchange Format. Nothing is written into the store.</summary>
/// <param name="folder">Where the experiments' folders go; absolute.</param>
internal sealed class AtifExporter(string folder)
{
    public const string FileName = "trajectory.atif.json";

    private static readonly JsonWriterOptions s_options = new()
    { Indented = true, IndentSize = 2, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <returns>What was written, by experiment.</returns>
    /// <exception cref="RefusedException">An experiment's folder is there already, or there is nothing to export.</exception>
    public IReadOnlyList<ExportedTrajectories> Export(IReadOnlyList<Dataset> datasets)
    {
        Dataset[] counting = [.. datasets.Where(dataset => dataset.Counting.Any())];
        return new ExportFolder(folder).Write<IReadOnlyList<ExportedTrajectories>>(
            [.. counting.Select(dataset => dataset.Layout.Experiment)],
            temporary => [.. counting.Select(dataset => Export(dataset, Path.Combine(temporary, dataset.Layout.Experiment)))]);
    }

    private static ExportedTrajectories Export(Dataset dataset, string experimentFolder)
    {
        using var source = new RecordSource(dataset.Layout);
        (int cases, int written, int without) = (0, 0, 0);
        foreach (AttemptResult run in dataset.Counting)
        {
            cases++;
            RunRecord record = source.Record(run.Place);
            IReadOnlyList<TrajectoryEvent?> events = new CaseFiles(dataset.Layout, record).Trajectory() ?? [];
            foreach (AgentReport agent in record.Agents)
            {
                TrajectoryEvent[] own = [.. events.OfType<TrajectoryEvent>().Where(one => one.AgentId == agent.AgentId)];
                if (own.Length == 0)
                {
                    without++;
                    continue;
                }
                string agentFolder = Path.Combine([experimentFolder, .. record.CaseId.ToString().Split('/'), agent.AgentId]);
                Directory.CreateDirectory(agentFolder);
                Write(Path.Combine(agentFolder, FileName), AtifTrajectory.Of(record, agent, own, events.Count(one => one is null)));
                written++;
            }
        }
        return new ExportedTrajectories(dataset.Layout.Experiment, cases, written, without);
    }

    private static void Write(string path, JsonObject trajectory)
    {
        using FileStream stream = File.Create(path);
        using var writer = new Utf8JsonWriter(stream, s_options);
        trajectory.WriteTo(writer);
    }
}
