using System.CommandLine;
using Tandem.Harness.Agents;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Scenarios.Definitions;
using Tandem.Records.Cases;
using Tandem.Records.Store;

namespace Tandem.Cli;

/// <summary>An experiment that the store holds, for verbs that add to it without agents.</summary>
internal static class StoredExperiment
{
    public static readonly Argument<string?> Argument = new("experiment")
    {
        Description = "The experiment in the store [default: --experiment, else $TANDEM_EXPERIMENT, else 'default']",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static string NameOf(ParseResult parsed) => Project.Absolute(parsed.GetValue(Argument)
        ?? parsed.GetValue(CommonOptions.Experiment) ?? Project.Variable(ExperimentView.ExperimentVariable)
        ?? ExperimentView.DefaultExperiment);

    /// <summary>Whether the command line names an experiment of scenarios, by its definition or by what the store has under the
    /// name.</summary>
    public static bool IsScenarios(ParseResult parsed, Project project)
    {
        string name = NameOf(parsed);
        string store = project.StoreFolder(parsed.GetValue(CommonOptions.Store));
        return ScenarioExperimentReader.IsScenarios(project.ExperimentFile(name))
            || (SafeSegment.IsSafe(name) && ScenarioReader.IsScenarios(new StoreLayout(store, name)));
    }

    /// <summary>The experiment in its store.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="project">The project.</param>
    /// <param name="takesScenarios">Whether the verb is for experiments of scenarios, too.</param>
    /// <exception cref="UsageException">The store has none of that name.</exception>
    public static StoreLayout LayoutOf(ParseResult parsed, Project project, bool takesScenarios = false)
    {
        string store = project.StoreFolder(parsed.GetValue(CommonOptions.Store));
        if (!takesScenarios && IsScenarios(parsed, project))
            throw new UsageException($"'{NameOf(parsed)}' is an experiment of scenarios, and this verb is for runs of pairs. For scenarios "
                + "there are run, status, regenerate, collect, validate, report, compare and trx.");
        IReadOnlyList<string> present = StoreLayout.Experiments(store);
        string name = InStore(parsed, project, NameOf(parsed));
        return present.Contains(name) ? new StoreLayout(store, name)
            : throw new UsageException($"The store {store} holds no experiment '{name}'. It has: "
                + (present.Count == 0 ? "none. './run.sh' runs one." : string.Join(", ", present) + "."));
    }

    /// <summary>Reads the plan of an experiment of pair runs.</summary>
    /// <exception cref="UsageException">It cannot be read, so that nothing would be done and all look well.</exception>
    public static void RequirePlan(StoreLayout layout)
    {
        var reader = new StoreReader(layout);
        if (reader.ReadPlan() is null)
            throw new UsageException($"The experiment in {layout.ExperimentFolder} cannot be read: {string.Join("; ", reader.Faults)}. "
                + $"Copy {layout.PlanFile} back.");
    }

    /// <summary>The experiments that a verb which takes several is to read: those of its arguments, and the one of
    /// <c>--experiment</c>.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="project">The project.</param>
    /// <param name="named">The verb's arguments, which may be options of another program.</param>
    public static IReadOnlyList<string> NamesOf(ParseResult parsed, Project project, IReadOnlyList<string> named)
    {
        bool hasTasks = parsed.GetValue(RunOptions.Tasks) is not null;
        string[] names = hasTasks ? [.. named.Select(name => InStore(parsed, project, name))] : [.. named];
        string? option = parsed.GetValue(CommonOptions.Experiment)
            ?? (hasTasks && names.Length == 0 ? Project.Variable(ExperimentView.ExperimentVariable) ?? ExperimentView.DefaultExperiment
            : null);
        return option is null ? names : [.. names.Append(InStore(parsed, project, Project.Absolute(option))).Distinct()];
    }

    /// <summary>The name that an experiment has in the store, where it is named by its file, by a file whose experiment has another name,
    /// or runs over the task set of <c>--tasks</c>.</summary>
    private static string InStore(ParseResult parsed, Project project, string name) =>
        (parsed.GetValue(RunOptions.Tasks) is not null
            || !StoreLayout.Experiments(project.StoreFolder(parsed.GetValue(CommonOptions.Store))).Contains(name))
            && project.ExperimentFile(name) is string file && File.Exists(file) && !ScenarioExperimentReader.IsScenarios(file)
            ? ConfigurationReader.Read(file, RunOptions.VariablesOf(parsed, project), AgentCatalog.Faults).Name : name;

    /// <summary>The experiment as it is now, for what adds to its store without agents.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="project">The project.</param>
    /// <param name="selection">Which cases.</param>
    /// <param name="name">The experiment; null is the one that the command line names.</param>
    /// <param name="takesShard">Whether the verb works on one shard where the command line or the environment names one; the others take
    /// all cases.</param>
    public static ExperimentView ViewOf(ParseResult parsed, Project project, CaseSelection selection, string? name = null,
        bool takesShard = false)
    {
        Dictionary<string, string> variables = RunOptions.VariablesOf(parsed, project);
        if (!takesShard)
            variables[ShardVariables.Shard] = ShardVariables.Whole;
        variables[ExperimentView.ExperimentVariable] = name ?? NameOf(parsed);
        variables[CaseSelection.Variable] = selection.ToJson();
        return ExperimentView.Load(variables, storeFolder: null, TimeProvider.System, asStored: true);
    }
}
