using System.CommandLine;
using Tandem.Records.Store;

namespace Tandem.Cli.Recovery;

/// <summary>The words that the verbs of recovery share with <c>run</c> and <c>status</c>.</summary>
internal static class RecoveryOptions
{
    public static readonly Option<bool> DryRun = new("--dry-run")
    { Description = "Start nothing and write nothing; print what would be done" };

    public static readonly Option<bool> List = new("--list")
    { Description = "A line for each selected case or judgement, also where nothing is to say" };

    public static readonly Option<bool> Json = new("--json") { Description = "One line of JSON instead of text" };

    /// <summary>What to type after records were added: the report is made of what was collected.</summary>
    public static string NextAfterChange(StoreLayout layout) =>
        $"The store has changed. Next: {Project.CommandFor($"collect {layout.Experiment}", layout.StoreFolder)}, then "
        + Project.CommandFor($"report {layout.Experiment}", layout.StoreFolder);

    /// <summary>Adds the experiment, the selection and what is common to both verbs.</summary>
    public static Command WithSelection(this Command verb)
    {
        verb.Arguments.Add(StoredExperiment.Argument);
        return verb.With(RunOptions.Status, RunOptions.Setting, RunOptions.Repo, RunOptions.Task, RunOptions.Pair, RunOptions.Subset,
            RunOptions.Seed, RunOptions.Smoke, RunOptions.Tasks, RunOptions.Concurrency, RunOptions.Sandbox, DryRun, List, Json,
            CommonOptions.Experiment,
            CommonOptions.Store, CommonOptions.InstallDocker, CommonOptions.NoInstallDocker, CommonOptions.Verbose);
    }
}
