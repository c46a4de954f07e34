using System.Text.Json;
using Tandem.Records.Cases;
using Tandem.Records.Store;

namespace Tandem.Harness.TaskSets;

/// <summary>A folder in CooperBench's dataset layout, as far as it could be read: what is wrong is in <see cref="Faults"/>, the rest is
/// there.</summary>
public sealed class TaskSet
{
    internal TaskSet(string folder, TaskSetOptions options, IReadOnlyList<CodingTask> tasks, IReadOnlyList<TaskSetFault> faults) =>
        (Folder, Options, Tasks, Faults) = (folder, options, tasks, faults);

    /// <summary>The folder, absolute.</summary>
    public string Folder { get; }

    /// <summary>What its <c>taskset.json</c> says, or CooperBench's rules where there is none.</summary>
    public TaskSetOptions Options { get; }

    /// <summary>Tasks that can be used, in the ordinal order of their folders' names (so task290 comes before task68).</summary>
    public IReadOnlyList<CodingTask> Tasks { get; }

    /// <summary>Everything that is wrong with the folder.</summary>
    public IReadOnlyList<TaskSetFault> Faults { get; }

    /// <summary>All pairs: tasks in their order, the features' numbers ascending.</summary>
    public IEnumerable<TaskPair> Pairs => Tasks.SelectMany(task => task.Pairs());

    /// <summary>The task of that number in that repository; null if there is none.</summary>
    public CodingTask? Find(string repo, int taskId) => Tasks.FirstOrDefault(task => task.TaskId == taskId && task.Repo == repo);

    /// <summary>The pairs that a filter leaves; its parts narrow each other. Tasks stay in their order, a subset's pairs in the order of
    /// its file.</summary>
    /// <exception cref="TaskSetException">The filter names what is not there, or leaves nothing; the message says what there
    /// is.</exception>
    public IReadOnlyList<TaskPair> Select(TaskFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        Subset? subset = filter.Subset is null ? null : Subset.Read(Folder, filter.Subset);
        foreach (string repo in filter.Repos.Where(repo => Tasks.All(task => task.Repo != repo)))
            throw new TaskSetException(
                $"There is no repository '{repo}' in {Folder}. It has: {string.Join(", ", Tasks.Select(t => t.Repo).Distinct())}.");
        foreach (int id in filter.TaskIds.Where(id => Tasks.All(task => task.TaskId != id)))
            throw new TaskSetException(
                $"There is no task {id} in {Folder}. It has: {string.Join(", ", Tasks.Select(t => $"{t.Repo}/{t.TaskId}"))}.");

        var pairs = new List<TaskPair>();
        foreach (CodingTask task in Tasks)
        {
            if ((filter.Repos.Count > 0 && !filter.Repos.Contains(task.Repo))
                || (filter.TaskIds.Count > 0 && !filter.TaskIds.Contains(task.TaskId)))
                continue;
            IEnumerable<TaskPair> ofTask = subset is null ? task.Pairs() : subset.PairsOf(task);
            pairs.AddRange(ofTask.Where(pair => filter.Pairs.Count == 0 || filter.Pairs.Contains(pair.Features)));
        }
        if (pairs.Count == 0)
            throw new TaskSetException(Tasks.Count == 0 ? $"No task of {Folder} can be used: {string.Join(" ", Faults.Take(5))}"
                : $"No pair of {Folder} is left by {filter}. Widen a filter.");
        return pairs;
    }
}

/// <summary>Which pairs of a task set; empty lists and null leave all, several parts narrow each other.</summary>
/// <param name="Repos">Exact names of repository folders.</param>
/// <param name="TaskIds">Task numbers; 0 is one.</param>
/// <param name="Pairs">Pairs of features.</param>
/// <param name="Subset">Name of a file below <c>subsets/</c>, without its ending.</param>
public sealed record TaskFilter(IReadOnlyList<string> Repos, IReadOnlyList<int> TaskIds, IReadOnlyList<FeatureSet> Pairs, string? Subset)
{
    /// <summary>Leaves all.</summary>
    public static TaskFilter All { get; } = new([], [], [], null);

    /// <summary>The filter in words.</summary>
    public override string ToString()
    {
        var parts = new List<string>();
        if (Subset is not null)
            parts.Add($"subset {Subset}");
        if (Repos.Count > 0)
            parts.Add($"repo {string.Join(", ", Repos)}");
        if (TaskIds.Count > 0)
            parts.Add($"task {string.Join(", ", TaskIds)}");
        if (Pairs.Count > 0)
            parts.Add($"pair {string.Join(", ", Pairs)}");
        return parts.Count == 0 ? "no filter" : string.Join(" with ", parts);
    }
}

/// <summary>A file <c>subsets/NAME.json</c>: tasks, with the pairs of each or all of them.</summary>
internal sealed class Subset
{
    private readonly Dictionary<(string, int), IReadOnlyList<FeatureSet>?> _tasks = [];

    public IEnumerable<TaskPair> PairsOf(CodingTask task) =>
        !_tasks.TryGetValue((task.Repo, task.TaskId), out IReadOnlyList<FeatureSet>? pairs)
        ? []
        : pairs is null ? task.Pairs()
        : pairs.Where(pair => pair.All(id => task.Features.Any(feature => feature.Id == id))).Select(pair => new TaskPair(task, pair));

    public static Subset Read(string folder, string name)
    {
        string available = Directory.Exists(Path.Combine(folder, "subsets"))
            ? string.Join(", ", Directory.EnumerateFiles(Path.Combine(folder, "subsets"), "*.json").Select(Path.GetFileNameWithoutExtension)
            .Order(StringComparer.Ordinal))
            : "";
        string path = Path.Combine(folder, "subsets", name + ".json");
        if (!SafeSegment.IsSafe(name) || !File.Exists(path))
            throw new TaskSetException(
                $"There is no subset '{name}' in {folder}. {(available.Length > 0 ? $"It has: {available}." : "It has none.")}");
        return Read(path);
    }

    public static Subset Read(string path)
    {
        var subset = new Subset();
        try
        {
            if (!RegularFile.Is(path))
                throw new IOException(RegularFile.WhyNot);
            if (LinksOut.Leads(path, Path.GetDirectoryName(Path.GetDirectoryName(path))!))
                throw new IOException(LinksOut.WhyNot);
            using FileStream file = File.OpenRead(path);
            using JsonDocument json = JsonDocument.Parse(file);
            foreach (JsonElement task in json.RootElement.GetProperty("tasks").EnumerateArray())
            {
                List<FeatureSet>? pairs = task.TryGetProperty("pairs", out JsonElement list)
                    ? [.. list.EnumerateArray().Select(Pair)] : null;
                if (pairs?.CountBy(pair => pair).FirstOrDefault(pair => pair.Value > 1).Key is FeatureSet twice)
                    throw new FormatException($"Pair {twice} of {task.GetProperty("repo")}/{task.GetProperty("task_id")} is listed twice.");
                if (!subset._tasks.TryAdd((task.GetProperty("repo").GetString() ?? "", task.GetProperty("task_id").GetInt32()), pairs))
                    throw new FormatException($"{task.GetProperty("repo")}/{task.GetProperty("task_id")} is listed twice.");
            }
            return subset;
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException
            or IOException or UnauthorizedAccessException)
        {
            throw new TaskSetException(
                $"{path}: this is no subset ({exception.Message}). It needs 'tasks', each with 'repo', 'task_id' and, if not all pairs "
                + $"are meant, 'pairs' such as [[1,2],[1,3]].", exception);
        }
    }

    private static FeatureSet Pair(JsonElement ids)
    {
        var pair = FeatureSet.Create([.. ids.EnumerateArray().Select(id => id.GetInt32())]);
        return pair.Count == 2 ? pair : throw new FormatException($"{ids.GetRawText()} is no pair: two features are.");
    }

    /// <summary>What the subset names and the task set has not.</summary>
    public IEnumerable<string> Missing(IReadOnlyList<CodingTask> tasks)
    {
        foreach (((string repo, int id), IReadOnlyList<FeatureSet>? pairs) in _tasks)
        {
            CodingTask? task = tasks.FirstOrDefault(t => t.Repo == repo && t.TaskId == id);
            if (task is null)
            {
                yield return $"names task {repo}/{id}, which is not there or cannot be used";
                continue;
            }
            foreach (FeatureSet pair in (pairs ?? []).Where(pair => !pair.All(f => task.Features.Any(feature => feature.Id == f))))
                yield return $"names pair {pair} of {repo}/{id}, whose features are not all there";
        }
    }
}
