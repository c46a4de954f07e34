using Tandem.Harness.Admission;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Scenarios.Definitions;
using Tandem.Records.Runs;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;

namespace Tandem.Harness.Scenarios;

/// <summary>A scenario's case and where it stands.</summary>
/// <param name="Id">The case.</param>
/// <param name="Planned">What it is made of.</param>
/// <param name="Tags">Of its scenario.</param>
/// <param name="Standing">Where it stood when the store was read.</param>
public sealed record SelectedScenario(ScenarioCaseId Id, PlannedConversation Planned, IReadOnlyList<string> Tags,
    ScenarioStanding Standing);

/// <summary>A scenario experiment as the front door and the test host see it before anything runs: definition, plan, and the selected cases
/// with their standing. Reads only.</summary>
public sealed class ScenarioView
{
    private readonly Dictionary<ScenarioCaseId, SelectedScenario> _byId;

    private ScenarioView(ScenarioExperiment experiment, StoreLayout layout, ScenarioPlan plan, ScenarioSelection selection,
        IReadOnlyList<SelectedScenario> cases)
    {
        (Experiment, Layout, Plan, Selection, Cases) = (experiment, layout, plan, selection, cases);
        _byId = cases.ToDictionary(one => one.Id);
    }

    /// <summary>The definition.</summary>
    public ScenarioExperiment Experiment { get; }

    /// <summary>Where the experiment is in the store.</summary>
    public StoreLayout Layout { get; }

    /// <summary>The plan, as the store has it or will have it.</summary>
    public ScenarioPlan Plan { get; }

    /// <summary>What was selected.</summary>
    public ScenarioSelection Selection { get; }

    /// <summary>The selected cases, in the order of the plan.</summary>
    public IReadOnlyList<SelectedScenario> Cases { get; }

    /// <summary>Whether completed cases get a new attempt.</summary>
    public bool IsForced { get; private init; }

    /// <summary>How the cases are divided into shards, and which of them is selected; null where nothing asks for shards.</summary>
    public Sharding? Sharding { get; private init; }

    /// <summary>Whether the rest of the selection leaves cases, and none of them is in the shard.</summary>
    public bool IsShardEmpty { get; private init; }

    /// <summary>What a run may spend.</summary>
    public RunBounds Bounds { get; private init; } = RunBounds.None;

    /// <summary>Those of the selected cases that a run would do something for.</summary>
    public IEnumerable<SelectedScenario> Due =>
        Cases.Where(one => ReasonFor(one) != AttemptReason.Due || one.Standing.Status != RunStatus.Completed);

    /// <summary>A selected case; null if it is not selected.</summary>
    public SelectedScenario? Find(ScenarioCaseId id) => _byId.GetValueOrDefault(id);

    /// <summary>Writes the plan into the store where that has an older one.</summary>
    /// <param name="clock">Gives a new plan its time.</param>
    /// <exception cref="ExperimentMismatchException">The store has another experiment of that name.</exception>
    public void KeepPlan(TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        ScenarioPlanner.Keep(Experiment, Layout, clock.GetUtcNow());
    }

    /// <summary>Why an attempt at a selected case is made.</summary>
    public AttemptReason ReasonFor(SelectedScenario selected)
    {
        ArgumentNullException.ThrowIfNull(selected);
        return IsForced ? AttemptReason.Force
            : selected.Standing.Status == RunStatus.Completed && Selection.Statuses.Contains(RunStatus.Completed) ? AttemptReason.Status
            : AttemptReason.Due;
    }

    /// <summary>Whether the variables name an experiment of scenarios.</summary>
    /// <param name="environment">The process's variables.</param>
    public static bool IsNamedBy(IReadOnlyDictionary<string, string> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        return ScenarioExperimentReader.IsScenarios(FileOf(environment));
    }

    /// <summary>Loads an experiment.</summary>
    /// <param name="environment">The process's variables.</param>
    /// <param name="storeFolder">The store; null is what the variables name, else the project's <c>results</c>.</param>
    /// <param name="clock">Gives the plan its time.</param>
    /// <exception cref="SettingsException">The definition, an override, the selection or a bound is not right.</exception>
    /// <exception cref="ExperimentMismatchException">The store has another experiment of that name.</exception>
    /// <exception cref="FormatException">The selection cannot be read.</exception>
    public static ScenarioView Load(IReadOnlyDictionary<string, string> environment, string? storeFolder, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentNullException.ThrowIfNull(clock);
        ScenarioExperiment experiment = ScenarioExperimentReader.Read(FileOf(environment), environment);
        string store = ProjectFolder.StoreFolder(ProjectFolder.Find(), storeFolder ?? Value(environment, ExperimentView.StoreVariable));
        var layout = new StoreLayout(store, experiment.Configuration.Name);
        ScenarioPlan plan = ScenarioPlanner.Of(experiment, layout, clock.GetUtcNow());
        ScenarioSelection selection = ScenarioSelection.Parse(Value(environment, ScenarioSelection.Variable));
        RequireKnown(plan, selection, experiment.Configuration);
        var index = new ScenarioIndex(layout);
        HashSet<ScenarioCaseId> open = [.. index.Open().Select(record => record.CaseId)];
        Dictionary<string, PlannedScenario> scenarios = plan.Scenarios.ToDictionary(scenario => scenario.Id);
        Dictionary<(string, string), PlannedConversation> planned = plan.Conversations.ToDictionary(one => (one.Variant, one.Scenario));
        Sharding? sharding = Sharding.Of(environment, layout, (_, _) => throw new SettingsException("The choice of a shard",
            [$"'{experiment.Configuration.Name}' is an experiment of scenarios, and these are divided by hash alone. Leave --shard-by "
                + $"({ShardVariables.Way}) out."]));
        ScenarioCaseId[] inAnyShard = [.. plan.Cases
            .Where(id => Covers(selection, id, scenarios[id.Scenario], experiment.Configuration.Repetitions))];
        ScenarioCaseId[] covered = [.. inAnyShard.Where(id => sharding?.Covers(id.ToString()) != false)];
        SelectedScenario[] cases = [.. covered
            .Select(id => (Id: id, Planned: planned[(id.Variant, id.Scenario)]))
            .Select(one => new SelectedScenario(one.Id, one.Planned, scenarios[one.Id.Scenario].Tags,
                ScenarioStanding.Of(index.Find(one.Id), one.Planned, open.Contains(one.Id))))
            .Where(one => selection.Statuses.Count == 0 || selection.Statuses.Contains(one.Standing.Status))];
        return new ScenarioView(experiment, layout, plan, selection, cases)
        {
            Bounds = RunBounds.Parse(environment),
            Sharding = sharding,
            IsShardEmpty = covered.Length == 0 && inAnyShard.Length > 0,
            IsForced = string.Equals(Value(environment, ExperimentView.RerunVariable), "always", StringComparison.Ordinal),
        };
    }

    private static bool Covers(ScenarioSelection selection, ScenarioCaseId id, PlannedScenario scenario, int repetitions) =>
        (selection.Variants.Count == 0 || selection.Variants.Contains(id.Variant))
        && (selection.Scenarios.Count == 0 || selection.Scenarios.Contains(id.Scenario))
        && (selection.Tags.Count == 0 || selection.Tags.Intersect(scenario.Tags).Any())
        && (selection.Repetitions.Count == 0 ? id.Repetition <= repetitions : selection.Repetitions.Contains(id.Repetition));

    /// <summary>A mistyped selection must not look like work that is done.</summary>
    private static void RequireKnown(ScenarioPlan plan, ScenarioSelection selection, ScenarioConfiguration configuration)
    {
        var faults = new List<string>();
        Require("--variant", "variant", selection.Variants, [.. plan.Variants.Select(variant => variant.Name)]);
        Require("--scenario", "scenario", selection.Scenarios, [.. plan.Scenarios.Select(scenario => scenario.Id)]);
        Require("--tag", "tag", selection.Tags, [.. plan.Scenarios.SelectMany(scenario => scenario.Tags).Distinct()]);
        foreach (int rep in selection.Repetitions.Where(rep => rep < 1 || rep > plan.Repetitions))
            faults.Add($"--rep {rep}: there are repetitions 1 to {plan.Repetitions}; --count raises their number.");
        if (faults.Count > 0)
            throw new SettingsException($"The selection from experiment '{configuration.Name}'", faults);

        void Require(string option, string what, IReadOnlyList<string> named, string[] known)
        {
            foreach (string name in named.Except(known))
                faults.Add($"{option} {name}: there is no such {what}; there are {string.Join(", ", known)}.");
        }
    }

    private static string FileOf(IReadOnlyDictionary<string, string> environment) => ProjectFolder.ExperimentFile(ProjectFolder.Find(),
        Value(environment, ExperimentView.ExperimentVariable) ?? ExperimentView.DefaultExperiment);

    private static string? Value(IReadOnlyDictionary<string, string> environment, string name) =>
        environment.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;
}
