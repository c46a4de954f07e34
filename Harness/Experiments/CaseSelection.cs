using System.Text.Json;
using Tandem.Harness.Configuration;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;
using Tandem.Records.Store;

namespace Tandem.Harness.Experiments;

/// <summary>
/// Which cases of an experiment's plan; all parts narrow each other, and an empty one leaves all. Travels to the test process as JSON in
/// the variable <see cref="Variable"/>.
/// </summary>
public sealed record CaseSelection
{
    /// <summary>Name of the variable that carries a selection.</summary>
    public const string Variable = "TANDEM_SELECTION";

    /// <summary>Settings; empty is all of the experiment's.</summary>
    public IReadOnlyList<Setting> Settings { get; init; } = [];

    /// <summary>Repository folders.</summary>
    public IReadOnlyList<string> Repos { get; init; } = [];

    /// <summary>Task numbers.</summary>
    public IReadOnlyList<int> Tasks { get; init; } = [];

    /// <summary>Pairs.</summary>
    public IReadOnlyList<FeatureSet> Pairs { get; init; } = [];

    /// <summary>A subset of the task set.</summary>
    public string? Subset { get; init; }

    /// <summary>Seeds.</summary>
    public IReadOnlyList<int> Seeds { get; init; } = [];

    /// <summary>Only the first so many pairs that the rest leaves, and seed 0; null is all.</summary>
    public int? Smoke { get; init; }

    /// <summary>Status of the case; asking for one makes completed cases run again as well.</summary>
    public IReadOnlyList<RunStatus> Statuses { get; init; } = [];

    /// <summary>Cases whose record rests on an older image of their task, besides those of <see cref="Statuses"/>; see
    /// <see cref="OlderImages"/>.</summary>
    public bool OlderImage { get; init; }

    /// <summary>Ids of the images that tasks have now, by <c>repo/task</c>; for <see cref="OlderImage"/>.</summary>
    public IReadOnlyDictionary<string, string> Images { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether only cases of some status are selected.</summary>
    internal bool AsksForStatus => Statuses.Count > 0 || OlderImage;

    /// <summary>Whether a case is selected by its status.</summary>
    /// <param name="status">Its status.</param>
    /// <param name="isOfOlderImage">Whether its record rests on an older image.</param>
    public bool Selects(RunStatus status, bool isOfOlderImage) =>
        !AsksForStatus || Statuses.Contains(status) || (OlderImage && isOfOlderImage);

    /// <summary>The pairs of a task set that are left.</summary>
    /// <exception cref="TaskSetException">A part names what is not there, or nothing is left.</exception>
    public IReadOnlyList<TaskPair> Narrow(TaskSet taskSet, string? experimentSubset)
    {
        IReadOnlyList<TaskPair> pairs = taskSet.Select(new TaskFilter(Repos, Tasks, Pairs, Subset ?? experimentSubset));
        if (Subset is not null && experimentSubset is not null && Subset != experimentSubset)
        {
            HashSet<TaskPair> planned = [.. taskSet.Select(TaskFilter.All with { Subset = experimentSubset })];
            pairs = [.. pairs.Where(planned.Contains)];
            if (pairs.Count == 0)
                throw new TaskSetException($"No pair of subset {Subset} is in the experiment, which is of subset {experimentSubset}.");
        }
        return Smoke is int most ? [.. pairs.Take(most)] : pairs;
    }

    /// <summary>Whether a case is of a selected setting and seed.</summary>
    public bool Covers(CaseId caseId) =>
        (Settings.Count == 0 || Settings.Contains(caseId.Setting))
        && (Seeds.Count == 0 || Seeds.Contains(caseId.Seed))
        && (Smoke is null || caseId.Seed == 0);

    /// <summary>Whether a case is selected, as far as its id says: by setting, seed, repository, task and pair, not by subset or
    /// status.</summary>
    public bool Includes(CaseId caseId) =>
        Covers(caseId)
        && (Repos.Count == 0 || Repos.Contains(caseId.Repo))
        && (Tasks.Count == 0 || Tasks.Contains(caseId.TaskId))
        && (Pairs.Count == 0 || Pairs.Contains(caseId.Features));

    /// <summary>The selection as one line of JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ConfigurationJson.Options);

    /// <summary>Reads what <see cref="ToJson"/> wrote; null or empty text is no selection.</summary>
    /// <exception cref="FormatException">The text is something else.</exception>
    public static CaseSelection Parse(string? json)
    {
        if (string.IsNullOrWhiteSpace(json))
            return new CaseSelection();
        try
        {
            return JsonSerializer.Deserialize<CaseSelection>(json, ConfigurationJson.Options) ?? new CaseSelection();
        }
        catch (JsonException exception)
        {
            throw new FormatException($"{Variable} is not a selection: {exception.Message}", exception);
        }
    }
}
