using System.CommandLine;
using Tandem.Harness.Experiments;
using Tandem.Records.Store;

namespace Tandem.Cli.Recovery;

/// <summary>The words that the verbs of recovery share with <c>run</c> and <c>status</c>.</summary>
internal static class RecoveryOptions
{
    private static readonly Argument<string?> s_experiment = new("experiment")
    {
        Description = "The experiment in the store [default: --experiment, else $TANDEM_EXPERIMENT, else 'default']",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static readonly Option<bool> DryRun = new("--dry-run")
    { Description = "Start nothing and write nothing; print what would be done" };

    public static readonly Option<bool> List = new("--list")
    { Description = "A line for each selected case, also where nothing is to say" };

    public static readonly Option<bool> Json = new("--json") { Description = "One line of JSON instead of text" };

    /// <summary>Adds the experiment, the selection and what is common to both verbs.</summary>
    public static Command WithSelection(this Command verb)
    {
        verb.Arguments.Add(s_experiment);
        return verb.With(RunOptions.Status, RunOptions.Setting, RunOptions.Repo, RunOptions.Task, RunOptions.Pair, RunOptions.Subset,
            RunOptions.Seed, RunOptions.Smoke, RunOptions.Concurrency, RunOptions.Sandbox, DryRun, List, Json, CommonOptions.Experiment,
            CommonOptions.Store, CommonOptions.InstallDocker, CommonOptions.NoInstallDocker, CommonOptions.Verbose);
    }

    public static string ExperimentOf(ParseResult parsed) => parsed.GetValue(s_experiment) ?? parsed.GetValue(CommonOptions.Experiment)
        ?? Project.Variable(ExperimentView.ExperimentVariable) ?? ExperimentView.DefaultExperiment;

    /// <summary>The experiment in its store.</summary>
    /// <exception cref="UsageException">The store has none of that name.</exception>
    public static StoreLayout LayoutOf(ParseResult parsed, Project project)
    {
        string store = project.StoreFolder(parsed.GetValue(CommonOptions.Store));
        string name = ExperimentOf(parsed);
        IReadOnlyList<string> present = StoreLayout.Experiments(store);
        return present.Contains(name) ? new StoreLayout(store, name)
            : throw new UsageException($"The store {store} holds no experiment '{name}'. It has: "
                + $"{(present.Count == 0 ? "none" : string.Join(", ", present))}.");
    }

    /// <summary>The experiment as it is now, for what adds to its store without agents.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="project">The project.</param>
    /// <param name="selection">Which cases.</param>
    public static ExperimentView ViewOf(ParseResult parsed, Project project, CaseSelection selection)
    {
        Dictionary<string, string> variables = RunOptions.VariablesOf(parsed, project);
        variables[ExperimentView.ExperimentVariable] = ExperimentOf(parsed);
        variables[CaseSelection.Variable] = selection.ToJson();
        return ExperimentView.Load(variables, storeFolder: null, TimeProvider.System, asStored: true);
    }
}
