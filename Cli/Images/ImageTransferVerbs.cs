using System.CommandLine;
using System.CommandLine.Parsing;
using Tandem.Cli.Setup;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.TaskSets;
using Tandem.Harness.TaskSets.Images;
using Tandem.Records.Cases;

namespace Tandem.Cli.Images;

/// <summary><c>images push</c>, <c>images export</c> and <c>images import</c>: one image of a task for all hosts, by a registry or by
/// files.</summary>
internal static class ImageTransferVerbs
{
    // The engine and the disk are busy with one image already; a second one fills the waits.
    private const int MostTransfers = 2;

    /// <summary>The registry that hosts share; the verbs take it instead of the variable.</summary>
    public static readonly Option<ImageRegistry?> Registry = new("--registry")
    {
        Description = "The registry that hosts share: what its names begin with, as registry.example.org/team/tandem [default: "
            + $"${ImageRegistry.Variable}]",
        HelpName = "prefix",
        CustomParser = result => Read(result, ImageRegistry.Parse),
    };

    /// <summary>A part of the tasks, for hosts that share the work.</summary>
    public static readonly Option<Shard?> Part = new("--shard")
    {
        Description = "Only one part of the tasks, as in 3/16: the same one on every host, by a hash of the task's name",
        HelpName = "n/count",
        CustomParser = result => Read(result, Shard.Parse),
    };

    private static readonly Option<bool> s_replace = new("--replace")
    {
        Description = "Replace another image that the registry has for a task. Hosts that have that one keep it",
    };

    private static readonly Argument<string> s_folder = new("dir") { Description = "The folder of the tars" };

    public static IEnumerable<Command> Create()
    {
        Command push = new Command("push", "Give the images of a task set to a registry, from which all hosts take them")
            .With(Registry, RunOptions.Tasks, RunOptions.Repo, RunOptions.Task, Part, s_replace, CommonOptions.Verbose);
        push.SetAction(PushAsync);
        Command export = new Command("export", "Write the images of a task set into a folder, a tar for each, for hosts without a registry")
            .With(RunOptions.Tasks, RunOptions.Repo, RunOptions.Task, Part, CommonOptions.Verbose);
        export.Arguments.Add(s_folder);
        export.SetAction(ExportAsync);
        Command import = new Command("import", "Check and load the images of such a folder; they then serve in the place of own ones")
            .With(RunOptions.Tasks, RunOptions.Repo, RunOptions.Task, CommonOptions.Verbose);
        import.Arguments.Add(s_folder);
        import.SetAction(ImportAsync);
        return [push, export, import];
    }

    /// <summary>The registry that the command line names, else the variable; null if neither does.</summary>
    public static ImageRegistry? RegistryOf(ParseResult parsed) => parsed.GetValue(Registry) ?? ImageRegistry.OfEnvironment();

    private static async Task<int> PushAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        ImageRegistry registry = RegistryOf(parsed) ?? throw new UsageException(
            $"images push: which registry? Name it with --registry PREFIX, or in the variable {ImageRegistry.Variable}.");
        IReadOnlyList<CodingTask> tasks = ImagesVerb.TasksOf(parsed);
        using EngineClient engine = await ImagesVerb.ConnectAsync(parsed, EngineWish.Look, cancellationToken);
        var pusher = new ImagePusher(engine, RegistryLogins.OfUser(TimeProvider.System), TimeProvider.System);
        bool replaces = parsed.GetValue(s_replace);
        return await Lines(parsed, "pushed", "present").RunAsync(tasks, MostTransfers, async (task, token) =>
        {
            PushedImage pushed = await pusher.PushAsync(registry, task.Image, replaces, token);
            return new TaskLine(pushed.WasThere ? "present" : "pushed", pushed.Reference);
        }, cancellationToken) ? ExitCodes.Ok : ExitCodes.Red;
    }

    private static async Task<int> ExportAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        IReadOnlyList<CodingTask> tasks = ImagesVerb.TasksOf(parsed);
        using EngineClient engine = await ImagesVerb.ConnectAsync(parsed, EngineWish.Look, cancellationToken);
        var archive = new ImageArchive(engine, Path.GetFullPath(parsed.GetRequiredValue(s_folder)), TimeProvider.System);
        return await Lines(parsed, "exported", "present").RunAsync(tasks, MostTransfers, async (task, token) => new TaskLine(
            await archive.ExportAsync(task, token) == ArchiveOutcome.Done ? "exported" : "present", NameOf(task)), cancellationToken)
            ? ExitCodes.Ok : ExitCodes.Red;
    }

    private static async Task<int> ImportAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string folder = Path.GetFullPath(parsed.GetRequiredValue(s_folder));
        if (!Directory.Exists(folder))
            throw new UsageException($"images import: there is no folder {folder}.");
        IReadOnlyList<CodingTask> tasks = ImagesVerb.TasksOf(parsed);
        using EngineClient engine = await ImagesVerb.ConnectAsync(parsed, EngineWish.Look, cancellationToken);
        var archive = new ImageArchive(engine, folder, TimeProvider.System);
        TaskLines lines = Lines(parsed, "imported", "present", "absent");
        bool noneFailed = await lines.RunAsync(tasks, MostTransfers, async (task, token) => new TaskLine(
            await archive.ImportAsync(task, token) switch
            {
                ArchiveOutcome.Done => "imported",
                ArchiveOutcome.Present => "present",
                ArchiveOutcome.Absent => "absent",
                var other => throw new InvalidOperationException($"Unknown outcome {other}."),
            }, NameOf(task)), cancellationToken);
        if (lines["absent"] < tasks.Count)
            return noneFailed ? ExitCodes.Ok : ExitCodes.Red;
        await parsed.InvocationConfiguration.Error.WriteLineAsync(
            $"{folder} holds no image of these tasks. `./run.sh images export DIR` writes them on a host that has them.");
        return ExitCodes.Red;
    }

    private static TaskLines Lines(ParseResult parsed, params string[] counts) =>
        new(parsed.InvocationConfiguration.Output, TimeProvider.System, counts);

    private static string NameOf(CodingTask task) => ImageName.SharedReferenceOf(task.Image);

    private static T? Read<T>(ArgumentResult result, Func<string, T> parse)
        where T : class
    {
        try
        {
            return parse(result.Tokens[0].Value);
        }
        catch (FormatException exception)
        {
            result.AddError($"{((OptionResult)result.Parent!).Option.Name}: {exception.Message}");
            return null;
        }
    }
}
