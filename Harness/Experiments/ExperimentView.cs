using Tandem.Harness.Admission;
using Tandem.Harness.Agents;
using Tandem.Harness.Configuration;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Experiments;

/// <summary>A case and where it stands.</summary>
/// <param name="CaseId">The case.</param>
/// <param name="Status">Its status when the store was read.</param>
public sealed record SelectedCase(CaseId CaseId, RunStatus Status);

/// <summary>
/// An experiment as the front door and the test host see it before anything runs: configuration, tasks, plan, and the selected cases with
/// their status. Reads only.
/// </summary>
public sealed class ExperimentView
{
    /// <summary>Names the experiment: a name below <c>experiments/</c>, or a path to a file.</summary>
    public const string ExperimentVariable = "TANDEM_EXPERIMENT";

    /// <summary>Names the store's folder.</summary>
    public const string StoreVariable = "TANDEM_STORE";

    /// <summary>With the value <c>always</c>: completed cases get a new attempt.</summary>
    public const string RerunVariable = "TANDEM_RERUN";

    /// <summary>The number of the process that starts the test host and waits for it; without it, whatever its parent is at
    /// first.</summary>
    public const string StarterVariable = "TANDEM_STARTER";

    /// <summary>The experiment that is run where none is named.</summary>
    public const string DefaultExperiment = "default";

    private ExperimentView(ExperimentConfiguration configuration, TaskSet taskSet, AgentKind agent, StoreLayout layout, ExperimentPlan plan,
        CaseSelection selection, IReadOnlyList<SelectedCase> cases, bool isForced) =>
        (Configuration, TaskSet, Agent, Layout, Plan, Selection, Cases, IsForced) =
            (configuration, taskSet, agent, layout, plan, selection, cases, isForced);

    /// <summary>The effective configuration.</summary>
    public ExperimentConfiguration Configuration { get; }

    /// <summary>The tasks.</summary>
    public TaskSet TaskSet { get; }

    /// <summary>The kind of agent.</summary>
    public AgentKind Agent { get; }

    /// <summary>Where the experiment is in the store.</summary>
    public StoreLayout Layout { get; }

    /// <summary>Every case, as the configuration plans it.</summary>
    public ExperimentPlan Plan { get; }

    /// <summary>What was selected.</summary>
    public CaseSelection Selection { get; }

    /// <summary>The selected cases, in the order of the plan.</summary>
    public IReadOnlyList<SelectedCase> Cases { get; }

    /// <summary>Whether completed cases get a new attempt.</summary>
    public bool IsForced { get; }

    /// <summary>How the experiment is divided into shards, and which of them is selected; null where nothing asks for shards.</summary>
    public Sharding? Sharding { get; private init; }

    /// <summary>Whether the rest of the selection leaves cases, and none of them is in the shard.</summary>
    public bool IsShardEmpty { get; private init; }

    /// <summary>What a run may spend.</summary>
    public RunBounds Bounds { get; private init; } = RunBounds.None;

    /// <summary>Those of the selected cases that a run would do something for.</summary>
    public IEnumerable<SelectedCase> Due =>
        Cases.Where(c => ReasonFor(c) != AttemptReason.Due || RunStatusReader.IsDue(c.Status, _counting.Contains(c.CaseId)));

    /// <summary>Why an attempt at a selected case is made.</summary>
    public AttemptReason ReasonFor(SelectedCase selected) =>
        IsForced ? AttemptReason.Force
        : _older.Contains(selected.CaseId) ? AttemptReason.Status
        : Selection.Statuses.Contains(selected.Status)
            && (selected.Status is RunStatus.Completed or RunStatus.Failed
            || (selected.Status == RunStatus.Partial && _counting.Contains(selected.CaseId))) ? AttemptReason.Status
        : AttemptReason.Due;

    /// <summary>Cases with a record that counts: none of their agents is run again by itself.</summary>
    private readonly HashSet<CaseId> _counting = [];

    /// <summary>Cases of an older image, where they are asked for.</summary>
    private HashSet<CaseId> _older = [];

    /// <summary>Loads an experiment.</summary>
    /// <param name="environment">The process's variables.</param>
    /// <param name="storeFolder">The store; null is what the variables name, else the project's <c>results</c>.</param>
    /// <param name="clock">Gives the plan its time.</param>
    /// <param name="asStored">Whether the store's plan is taken instead of the one that the file makes now, where they differ in the
    /// tasks' files alone; an experiment without a file is read from there.</param>
    /// <exception cref="SettingsException">The experiment's file, an override or a bound is not right.</exception>
    /// <exception cref="TaskSetException">The task set or the selection is not right.</exception>
    /// <exception cref="ExperimentMismatchException">The store has another experiment of that name, or divides it into other
    /// shards.</exception>
    /// <exception cref="FormatException">The selection cannot be read.</exception>
    public static ExperimentView Load(IReadOnlyDictionary<string, string> environment, string? storeFolder, TimeProvider clock,
        bool asStored = false)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(clock);
        string project = ProjectFolder.Find();
        string name = Value(environment, ExperimentVariable) ?? DefaultExperiment;
        string file = ProjectFolder.ExperimentFile(project, name);
        string store = ProjectFolder.StoreFolder(project, storeFolder ?? Value(environment, StoreVariable));
        ExperimentConfiguration configuration = asStored && !File.Exists(file)
            && StoreLayout.Experiments(store).Contains(name)
            && new StoreReader(new StoreLayout(store, name)).ReadPlan() is ExperimentPlan frozen
            ? ConfigurationReader.Read(frozen, environment, AgentCatalog.Faults)
            : ConfigurationReader.Read(file, environment, AgentCatalog.Faults);
        AgentKind agent = AgentCatalog.Find(configuration.Agent)!;
        TaskSet taskSet = TaskSetLoader.Load(Path.Combine(project, configuration.Tasks.Path));
        ExperimentPlan plan = ExperimentPlanner.Plan(configuration, taskSet, clock.GetUtcNow());
        var layout = new StoreLayout(store, configuration.Name);
        if (asStored)
            plan = ExperimentPlanner.Stored(plan, layout);
        else
            ExperimentPlanner.RequireSame(plan, layout);
        CaseSelection selection = CaseSelection.Parse(Value(environment, CaseSelection.Variable));
        bool isForced = string.Equals(Value(environment, RerunVariable), "always", StringComparison.Ordinal);

        HashSet<string> pairs = [.. selection.Narrow(taskSet, configuration.Tasks.Subset)
            .Select(pair => pair.Case(Setting.Solo, 0).PairKey)];
        Sharding? sharding = Sharding.Of(environment, layout, (count, tasks) => ShardBalance.Divide(plan.Cases, count,
            ExpectedTimes.Of(PastCases.Of(layout.StoreFolder, agent.Kind, configuration.Model.Name)), tasks));
        CaseId[] inAnyShard = [.. plan.Cases.Where(caseId => selection.Covers(caseId) && pairs.Contains(caseId.PairKey))];
        var status = new StoreStatus(layout, [.. inAnyShard.Where(caseId => sharding?.Covers(caseId.ToString()) != false)]);
        status.Refresh();
        HashSet<CaseId> older = selection.OlderImage ? OlderImagesOf(layout, plan, selection) : [];
        SelectedCase[] cases = [.. status.Cases
            .Select(standing => new SelectedCase(standing.CaseId, standing.Status))
            .Where(c => selection.Selects(c.Status, older.Contains(c.CaseId)))];
        if (inAnyShard.Length == 0 && !selection.AsksForStatus)
            throw new TaskSetException(
                $"No case of experiment '{configuration.Name}' is left by the selection. It has settings "
                + $"{string.Join(", ", configuration.Settings.Select(Records.Json.EnumNames.NameOf))} and seeds "
                + $"{string.Join("; ", configuration.Settings.Select(s =>
                    $"{Records.Json.EnumNames.NameOf(s)}: {string.Join(", ", configuration.SeedsOf(s))}"))}.");
        var view = new ExperimentView(configuration, taskSet, agent, layout, plan, selection, cases, isForced)
        {
            Bounds = RunBounds.Parse(environment),
            Sharding = sharding,
            IsShardEmpty = status.Cases.Count == 0 && inAnyShard.Length > 0,
            _older = older,
        };
        view._counting.UnionWith(status.Cases.Where(standing => standing.Counting is not null).Select(standing => standing.CaseId));
        return view;
    }

    private static HashSet<CaseId> OlderImagesOf(StoreLayout layout, ExperimentPlan plan, CaseSelection selection)
    {
        // Of cases that are not selected, too: one of them may be the first on the newer image.
        var all = new StoreStatus(layout, plan.Cases);
        all.Refresh();
        return OlderImages.Of(all.Cases, selection.Images);
    }

    private static string? Value(IReadOnlyDictionary<string, string> environment, string name) =>
        environment.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;
}
