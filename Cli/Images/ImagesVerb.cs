using System.CommandLine;
using System.Globalization;
using Tandem.Cli.Setup;
using Tandem.Harness.Experiments;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.TaskSets;
using Tandem.Harness.TaskSets.Images;
using Tandem.Records.Cases;
using Tandem.Records.Store;

namespace Tandem.Cli.Images;

/// <summary><c>images</c>: lists the images that were made here, builds those of a task set, shares them, removes what nobody
/// needs.</summary>
internal static class ImagesVerb
{
    private static readonly Option<bool> s_dryRun = new("--dry-run") { Description = "Remove nothing; print what would be removed" };

    public static Command Create()
    {
        Command list = new Command("list",
            "List the images that were made here: task, size and age, whether a task needs them, and how many containers use them "
            + "[default]").With(RunOptions.Tasks, CommonOptions.Verbose);
        list.SetAction(ListAsync);
        Command build = new Command("build", "Build or pull the images of a task set ahead of a run")
            .With(ImageTransferVerbs.Registry, RunOptions.Tasks, RunOptions.Repo, RunOptions.Task, ImageTransferVerbs.Part,
            CommonOptions.Store, CommonOptions.InstallDocker, CommonOptions.NoInstallDocker, CommonOptions.Verbose);
        build.SetAction(BuildAsync);
        Command prune = new Command("prune",
            "Remove images that were made here and that neither this task set nor a container needs. Images of other task sets go too")
            .With(RunOptions.Tasks, s_dryRun, CommonOptions.Verbose);
        prune.SetAction(PruneAsync);
        Command verb = new Command("images", "List, build or remove the images of tasks, or share them with other hosts")
            .With(RunOptions.Tasks, CommonOptions.Verbose);
        foreach (Command part in (IEnumerable<Command>)[list, build, .. ImageTransferVerbs.Create(), prune])
            verb.Subcommands.Add(part);
        verb.SetAction(ListAsync);
        return verb;
    }

    private static async Task<int> ListAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        TaskSet taskSet = Load(parsed);
        using EngineClient engine = await ConnectAsync(parsed, EngineWish.Look, cancellationToken);
        var images = new OwnImages(engine);
        IReadOnlyList<OwnImage> own = await images.ListAsync(taskSet.Tasks, cancellationToken);
        IReadOnlyList<CodingTask> missing = await images.FindMissingAsync(taskSet.Tasks, cancellationToken);
        await parsed.InvocationConfiguration.Output.WriteAsync(ImageTable.ToText(own, missing, TimeProvider.System.GetUtcNow()));
        return ExitCodes.Ok;
    }

    private static async Task<int> BuildAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        IReadOnlyList<CodingTask> tasks = TasksOf(parsed);
        ImageRegistry? registry = ImageTransferVerbs.RegistryOf(parsed);
        using EngineClient engine = await ConnectAsync(parsed, EngineWish.Unsaid, cancellationToken);
        string storeFolder = Project.Find().StoreFolder(parsed.GetValue(CommonOptions.Store));
        var logs = new BuildLogFolder(StoreLayout.ImageLogsFolder(storeFolder), TimeProvider.System);
        using var store = new ImageStore(engine, RegistryLogins.OfUser(TimeProvider.System), TimeProvider.System, logs)
        { Registry = registry };
        return await new ImageBuilds(store, parsed.InvocationConfiguration.Output, TimeProvider.System).RunAsync(tasks, cancellationToken)
            ? ExitCodes.Ok : ExitCodes.Red;
    }

    private static async Task<int> PruneAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        TaskSet taskSet = Load(parsed);
        using EngineClient engine = await ConnectAsync(parsed, EngineWish.Look, cancellationToken);
        if (taskSet.Faults.Count(fault => !fault.IsWarning) is var faults and > 0)
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"{taskSet.Folder} has {faults} {(faults == 1 ? "fault" : "faults")}, and a task that cannot be used needs no image. First "
                + $"fault: {taskSet.Faults.First(fault => !fault.IsWarning)}"));
        var images = new OwnImages(engine);
        IReadOnlyList<OwnImage> own = await images.ListAsync(taskSet.Tasks, cancellationToken);
        await new ImagePruning(images, output).RunAsync(own, parsed.GetValue(s_dryRun), cancellationToken);
        return ExitCodes.Ok;
    }

    /// <summary>The tasks that the command line selects.</summary>
    public static IReadOnlyList<CodingTask> TasksOf(ParseResult parsed)
    {
        CaseSelection selection = RunOptions.SelectionOf(parsed);
        Shard? shard = parsed.GetValue(ImageTransferVerbs.Part);
        return [.. Load(parsed).Select(new TaskFilter(selection.Repos, selection.Tasks, [], Subset: null))
            .Select(pair => pair.Task).Distinct()
            .Where(task => shard is null || Shard.NumberByHash(task.ToString(), shard.Count) == shard.Number)];
    }

    /// <summary>The engine that answers, once the verb's wishes for its set-up are done.</summary>
    public static async Task<EngineClient> ConnectAsync(ParseResult parsed, EngineWish unsaid, CancellationToken cancellationToken)
    {
        EngineState state = await EngineSetup.EnsureAsync(parsed, unsaid, cancellationToken);
        state.Require("images");
        return await EngineProbe.ConnectAsync(cancellationToken);
    }

    private static TaskSet Load(ParseResult parsed)
    {
        var taskSet = TaskSetLoader.Load(parsed.GetValue(RunOptions.Tasks) ?? Path.Combine(Project.Find().Folder, "tasks"));
        // To a folder that holds no task, or is the wrong one, every image would be foreign.
        _ = taskSet.Select(TaskFilter.All);
        return taskSet;
    }
}
