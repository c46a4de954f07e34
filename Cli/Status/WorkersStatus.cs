using System.CommandLine;
using Tandem.Harness.Admission.Postgres;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Cli.Status;

/// <summary><c>status --workers</c>: its options, and where its view comes from.</summary>
internal static class WorkersStatus
{
    public static readonly Option<bool> Workers = new("--workers")
    {
        Description = "Show the workers instead: what each runs, rate, cost, expected end, stragglers, workers that are gone. With "
            + "run.claims: postgres and $TANDEM_POSTGRES by the database, else by the files of the stores",
    };

    public static readonly Option<string[]> Stores = new("--stores")
    {
        Description = "With --workers: folders of stores that are taken together, repeated or separated by commas [default: --store]",
        HelpName = "dirs",
    };

    /// <summary>What would leave cases out, or show something else.</summary>
    private static readonly IReadOnlyList<Option> s_foreign = [RunOptions.Status, RunOptions.Setting, RunOptions.Repo, RunOptions.Task,
        RunOptions.Pair, RunOptions.Subset, RunOptions.Seed, RunOptions.Smoke, RunOptions.Shard, ShardStatusOptions.Shards];

    /// <summary>The folders of <c>--stores</c> and <c>--store</c>, absolute, each once.</summary>
    /// <exception cref="UsageException">One of several is not there, or <c>--stores</c> stands without <c>--workers</c>.</exception>
    public static IReadOnlyList<string> StoresOf(ParseResult parsed, Project project)
    {
        string? one = parsed.GetValue(CommonOptions.Store);
        string[] several = [.. (parsed.GetValue(Stores) ?? []).SelectMany(list => list.Split(',', StringSplitOptions.TrimEntries
            | StringSplitOptions.RemoveEmptyEntries))];
        if (several.Length == 0)
            return [project.StoreFolder(one)];
        if (!parsed.GetValue(Workers))
            throw new UsageException("--stores goes with --workers. For the other views, join the stores first: "
                + "./run.sh store merge A B ... INTO. It works also while workers go on.");
        string[] folders = [.. several.Concat(one is null ? [] : [one]).Select(Path.GetFullPath).Distinct()];
        return folders.FirstOrDefault(folder => !Directory.Exists(folder)) is string missing
            ? throw new UsageException($"There is no store {missing} (--stores).") : folders;
    }

    /// <summary>Prints the view, once or again and again.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="project">The project.</param>
    /// <param name="stores">See <see cref="StoresOf"/>.</param>
    /// <param name="names">Experiments of pair runs.</param>
    /// <param name="isJson">Whether lines of JSON are wanted.</param>
    /// <param name="listsAll">Whether workers that are over have a line each.</param>
    /// <param name="watches">Whether to look again.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    /// <exception cref="UsageException">Another option does not go with it, or no store has one of the experiments.</exception>
    public static async Task<int> RunAsync(ParseResult parsed, Project project, IReadOnlyList<string> stores, IReadOnlyList<string> names,
        bool isJson, bool listsAll, bool watches, CancellationToken cancellationToken)
    {
        if (s_foreign.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is Option foreign)
            throw new UsageException($"--workers is about a whole experiment, and {foreign.Name} is not. Leave one of them out.");
        Func<CancellationToken, Task<WorkersView>>[] sources = [.. names.Select(name => SourceOf(project, stores, name))];
        if (watches)
            return await StatusWatch.RunAsync(parsed.InvocationConfiguration.Output, isJson, LookAsync, cancellationToken);
        await parsed.InvocationConfiguration.Output.WriteAsync((await LookAsync(cancellationToken)).Text);
        return ExitCodes.Ok;

        async Task<(string Text, bool Runs)> LookAsync(CancellationToken token)
        {
            var views = new List<WorkersView>();
            foreach (Func<CancellationToken, Task<WorkersView>> source in sources)
                views.Add(await source(token));
            return (isJson ? WorkersJson.Line(views) + "\n" : string.Concat(views.Select(view => WorkersText.Of(view, listsAll))),
                views.Any(view => view.Workers.Any(worker => worker.IsLiving)));
        }
    }

    private static Func<CancellationToken, Task<WorkersView>> SourceOf(Project project, IReadOnlyList<string> stores, string name)
    {
        Dictionary<string, string> variables = Project.Variables();
        StoreLayout[] layouts = [.. stores.Where(store => StoreLayout.Experiments(store).Contains(name))
            .Select(store => new StoreLayout(store, name))];
        foreach (StoreLayout layout in layouts)
            StoredExperiment.RequirePlan(layout);
        ExperimentConfiguration? planned = layouts.Select(layout => new StoreReader(layout).ReadPlan()).OfType<ExperimentPlan>()
            .Select(plan => ConfigurationReader.Read(plan, variables)).FirstOrDefault();
        // A run may say other bounds and claims than the one that made the plan.
        ExperimentView? file = FileOf(project, stores[0], name, variables, isNeeded: planned is null);
        ExperimentConfiguration configuration = file?.Configuration ?? planned!;
        string experiment = configuration.Name;
        bool isShared = planned?.Run.Claims == ClaimChoice.Postgres || configuration.Run.Claims == ClaimChoice.Postgres;
        var files = new WorkersOfFiles(layouts.Length > 0 ? [.. layouts.Select(layout => new StoreStatus(layout))]
            : [new StoreStatus(file!.Layout, file.Plan.Cases)], configuration, TimeProvider.System);
        if (!isShared)
            return _ => Task.FromResult(files.Look());
        if (Project.Variable(PostgresMatrix.ConnectionVariable) is null)
            return _ => Task.FromResult(files.LookWith("the workers share a PostgreSQL (run.claims), and "
                + $"{PostgresMatrix.ConnectionVariable} is not set: this is what the files say"));
        return new WorkersOfDatabase(PostgresMatrix.ConnectionFrom(Project.Variable), experiment, layouts, configuration,
            SessionTimes.Of(configuration.Run), files, TimeProvider.System).LookAsync;
    }

    /// <summary>The experiment as its file has it; null where a plan is enough, and there is no such file.</summary>
    private static ExperimentView? FileOf(Project project, string store, string name, Dictionary<string, string> variables, bool isNeeded)
    {
        string file = project.ExperimentFile(name);
        if (!File.Exists(file))
            return !isNeeded ? null : throw new UsageException(
                $"No store of those that were named holds an experiment '{name}', and there is no {file}.");
        variables = new Dictionary<string, string>(variables)
        {
            [ExperimentView.ExperimentVariable] = name,
            [ShardVariables.Shard] = ShardVariables.Whole,
        };
        variables.Remove(CaseSelection.Variable);
        try
        {
            ExperimentView view = ExperimentView.Load(variables, store, TimeProvider.System);
            return isNeeded || view.Configuration.Name == name ? view : null;
        }
        catch (Exception exception) when (!isNeeded && exception is SettingsException or Harness.TaskSets.TaskSetException)
        {
            // It may have changed since; the plan is as it was.
            return null;
        }
    }
}
