using System.Text.Json;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Cli.Status;

/// <summary>One experiment that <c>status</c> looks at, perhaps again and again, and which of its cases are selected.</summary>
internal sealed class Watched
{
    private readonly StoreStatus _status;
    private readonly CaseSelection _selection;
    private readonly HashSet<string>? _pairs;

    private Watched(StoreStatus status, CaseSelection selection, HashSet<string>? pairs) =>
        (_status, _selection, _pairs) = (status, selection, pairs);

    /// <summary>The experiment in its store.</summary>
    public StoreLayout Layout => _status.Layout;

    /// <summary>The shard that is selected; null is all cases.</summary>
    private Sharding? Sharding { get; init; }

    /// <summary>A line for readers; null if there is nothing to add.</summary>
    public string? Note { get; private init; }

    /// <summary>Of the store, or, where it has none of that name yet, as its file plans it.</summary>
    /// <param name="project">The project.</param>
    /// <param name="store">The store's folder.</param>
    /// <param name="name">The experiment.</param>
    /// <param name="selection">Which of its cases.</param>
    /// <param name="shard">The shard that they are in; null is any. The variables of engines do not count here.</param>
    /// <exception cref="UsageException">There is neither.</exception>
    /// <exception cref="ExperimentMismatchException">The store has other shards.</exception>
    /// <exception cref="TaskSetException">A subset or a number of pairs is selected, and the experiment's task set, which knows them,
    /// cannot be read.</exception>
    public static Watched Of(Project project, string store, string name, CaseSelection selection, string? shard = null)
    {
        IReadOnlyList<string> present = StoreLayout.Experiments(store);
        if (present.Contains(name))
        {
            var layout = new StoreLayout(store, name);
            return new Watched(new StoreStatus(layout), selection, PairsOf(project, layout, selection))
            { Sharding = ShardingOf(layout, shard) };
        }
        string file = project.ExperimentFile(name);
        if (!File.Exists(file))
            throw new UsageException(
                $"The store {store} holds no experiment '{name}', and there is no {file}. The store has: "
                + $"{(present.Count == 0 ? "none" : string.Join(", ", present))}.");
        Dictionary<string, string> variables = Project.Variables();
        variables[ExperimentView.ExperimentVariable] = name;
        variables.Remove(CaseSelection.Variable);
        variables[ShardVariables.Shard] = ShardVariables.Whole;
        ExperimentView view = ExperimentView.Load(variables, store, TimeProvider.System);
        // With --agent or --model, records go to an experiment whose name says so.
        string[] derived = [.. present.Where(one => one.StartsWith(view.Configuration.Name + "-", StringComparison.Ordinal))];
        return new Watched(new StoreStatus(view.Layout, view.Plan.Cases), selection,
            PairsOf(view.TaskSet, view.Configuration.Tasks.Subset, selection))
        {
            Sharding = ShardingOf(view.Layout, shard),
            Note = $"({view.Configuration.Name} has no record in this store"
                + $"{(derived.Length == 0 ? "" : $"; the store has {string.Join(", ", derived)}")})",
        };
    }

    /// <summary>Reads everything the first time, and later what has changed.</summary>
    public StatusView Look()
    {
        _status.Refresh();
        return StatusView.Of(_status, IsIncluded, _selection);
    }

    /// <summary>A mistyped name must not look like an experiment in which all is well.</summary>
    /// <exception cref="UsageException">The selection leaves no case, whatever its status.</exception>
    public void RequireSome()
    {
        if (_status.Cases.Count > 0 && !_status.Cases.Any(standing => IsSelected(standing.CaseId)))
            throw new UsageException(
                $"The selection leaves no case of experiment '{_status.Layout.Experiment}'. The first of its {_status.Cases.Count} "
                + $"cases is {_status.Cases[0].CaseId}.");
    }

    private bool IsIncluded(CaseId caseId) => IsSelected(caseId) && Sharding?.Covers(caseId.ToString()) != false;

    /// <summary>By all but the shard, which may have no case.</summary>
    private bool IsSelected(CaseId caseId) => _selection.Includes(caseId) && _pairs?.Contains(caseId.PairKey) != false;

    /// <summary>As the store has it; by hash where it has none.</summary>
    private static Sharding? ShardingOf(StoreLayout layout, string? shard) => shard is null ? null : Sharding.Of(
        new Dictionary<string, string> { [ShardVariables.Shard] = shard }, layout, (count, tasks) => ShardDivision.ByHash(count, tasks));

    /// <summary>Ids alone do not show subsets, nor which pairs are a task set's first: these come from where a run takes them.</summary>
    private static HashSet<string>? PairsOf(Project project, StoreLayout layout, CaseSelection selection)
    {
        if ((selection.Subset is null && selection.Smoke is null) || new StoreReader(layout).ReadPlan() is not ExperimentPlan plan)
            return null;
        TaskSettings tasks = plan.Settings.Deserialize(ConfigurationJson.TypeInfo)?.Tasks ?? new TaskSettings();
        return PairsOf(TaskSetLoader.Load(Path.Combine(project.Folder, tasks.Path)), tasks.Subset, selection);
    }

    private static HashSet<string>? PairsOf(TaskSet taskSet, string? subset, CaseSelection selection) => selection.Subset is null
        && selection.Smoke is null
        ? null
        : [.. selection.Narrow(taskSet, subset).Select(pair => pair.Case(Setting.Solo, 0).PairKey)];
}
