using System.Text.Json;
using Tandem.Analysis.Data;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;

namespace Tandem.Analysis.Scenarios;

/// <summary>A file of results.</summary>
/// <param name="Name">Relative to the experiment's folder, with '/'.</param>
/// <param name="Metadata">Its first line; null if that cannot be read.</param>
internal sealed record ScenarioFile(string Name, ScenarioMetadata? Metadata);

/// <summary>One experiment of scenarios, read from its store: the plan, what is known of every case, and what is wrong with the
/// files.</summary>
internal sealed class ScenarioDataset
{
    private ScenarioDataset(StoreLayout layout, ScenarioPlan plan) => (Layout, Plan) = (layout, plan);

    public StoreLayout Layout { get; }

    public ScenarioPlan Plan { get; }

    /// <summary>The cases of the plan, each once, in its order: by repetition, then scenario, then variant.</summary>
    public required IReadOnlyList<ScenarioCase> Cases { get; init; }

    /// <summary>Cases that have records, and that the plan does not have, by id.</summary>
    public required IReadOnlyList<ScenarioCase> Unplanned { get; init; }

    /// <summary>In ordinal order of their names.</summary>
    public required IReadOnlyList<ScenarioFile> Files { get; init; }

    /// <summary>What could not be read, file by file.</summary>
    public required IReadOnlyList<StoreFault> Faults { get; init; }

    /// <summary>The attempts that were begun, with a record or without: what stood on disk before each conversation.</summary>
    public required IReadOnlySet<(ScenarioCaseId Case, int Attempt)> Begun { get; init; }

    /// <summary>Every record, counting or not.</summary>
    public IEnumerable<StoredScenario> Records => Cases.Concat(Unplanned).SelectMany(one => one.Stored);

    /// <summary>The records that count, in the order of the plan: what <c>collect</c> writes.</summary>
    public IEnumerable<StoredScenario> Counting => Cases.Select(one => one.Counting).OfType<StoredScenario>();

    /// <summary>The line about simulations above every table of this experiment; null if a model was asked.</summary>
    public string? SimulationLabel => !Plan.Simulated ? null
        : $"SIMULATION, no model was asked: {Plan.Model} is a built-in program, and its answers say nothing about any model";

    /// <summary>The temperature of the plan's settings, 0 to 2; null if none is sent.</summary>
    /// <param name="isKnown">Whether the settings say anything of it.</param>
    public double? PlannedTemperature(out bool isKnown)
    {
        isKnown = false;
        if (Plan.Settings.ValueKind != JsonValueKind.Object || !Plan.Settings.TryGetProperty("temperature", out JsonElement value))
            return null;
        isKnown = value.ValueKind is JsonValueKind.Number or JsonValueKind.Null;
        return value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
    }

    /// <exception cref="UnreadableStoreException">The plan or a file cannot be read as a whole.</exception>
    public static ScenarioDataset Read(StoreLayout layout)
    {
        try
        {
            var results = new ScenarioReader(layout);
            ScenarioPlan plan = results.ReadPlan() ?? throw new UnreadableStoreException(
                $"Experiment '{layout.Experiment}' in {layout.StoreFolder} has no plan that can be read: {results.Faults[0]}",
                "Put experiment.json back, or name another experiment or store (--store).");
            if (plan.Experiment != layout.Experiment)
            {
                throw new UnreadableStoreException(
                    $"The folder {layout.ExperimentFolder} holds the experiment '{plan.Experiment}': it was renamed or copied.",
                    $"Give the folder its name back; to keep two copies, put one into another store (--store DIR) under the name "
                        + $"'{plan.Experiment}'.");
            }
            var calls = ScenarioReader.OfCalls(layout);
            StoredScenario[] records = [.. results.Read()];
            HashSet<(ScenarioCaseId, int)> begun = [.. calls.Read().Select(one => (one.Record.CaseId, one.Record.Attempt))];
            return Assemble(layout, plan, records, begun, [.. layout.RunFiles().Select(FileOf)], [.. results.Faults, .. calls.Faults]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UnreadableStoreException(
                $"Experiment '{layout.Experiment}' in {layout.StoreFolder} cannot be read: {exception.Message}",
                "Check that the files exist and that this user may read them.", exception);
        }
    }

    private static ScenarioDataset Assemble(StoreLayout layout, ScenarioPlan plan, StoredScenario[] records,
        HashSet<(ScenarioCaseId Case, int Attempt)> begun, ScenarioFile[] files, StoreFault[] faults)
    {
        ILookup<ScenarioCaseId, StoredScenario> byCase = records.ToLookup(one => one.Record.CaseId);
        var conversations = plan.Conversations.DistinctBy(one => (one.Variant, one.Scenario))
            .ToDictionary(one => (one.Variant, one.Scenario));
        HashSet<ScenarioCaseId> open = [.. begun
            .Where(one => byCase[one.Case].All(stored => stored.Record.Attempt != one.Attempt)).Select(one => one.Case)];
        ScenarioCase Make(ScenarioCaseId id, PlannedConversation? planned) => new(id, planned, byCase[id], open.Contains(id));
        ScenarioCase[] cases = [.. plan.Cases.Distinct().Select(id =>
            Make(id, conversations.GetValueOrDefault((id.Variant, id.Scenario))))];
        ScenarioCaseId[] unplanned = [.. byCase.Select(one => one.Key).Except(cases.Select(one => one.Id))
            .OrderBy(id => id.ToString(), StringComparer.Ordinal)];
        return new ScenarioDataset(layout, plan)
        {
            Cases = cases,
            Unplanned = [.. unplanned.Select(id => Make(id, null))],
            Files = files,
            Faults = faults,
            Begun = begun,
        };
    }

    private static ScenarioFile FileOf(string path)
    {
        string name = "runs/" + Path.GetFileName(path);
        try
        {
            // The line's bytes are those of a buffer that the next line overwrites.
            ScenarioMetadata? metadata = null;
            foreach (JsonLines.Line line in JsonLines.Read(path).Take(1))
                metadata = StoreJson.Read<ScenarioMetadata>(line.Utf8.Span);
            return new ScenarioFile(name, metadata);
        }
        catch (JsonException)
        {
            return new ScenarioFile(name, null);
        }
    }
}
