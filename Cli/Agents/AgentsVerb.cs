using System.CommandLine;
using Tandem.Cli.Setup;
using Tandem.Harness.Agents;
using Tandem.Harness.Agents.Definitions;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker;
using Tandem.Harness.TaskSets;
using Tandem.Harness.TaskSets.Images;

namespace Tandem.Cli.Agents;

/// <summary><c>agents</c>: which agents there are, what a definition says, and the programs of those that have some.</summary>
internal static class AgentsVerb
{
    private static readonly Argument<string> s_name = new("name") { Description = "A definition in the folder agents/" };
    private static readonly Argument<string[]> s_names = new("name")
    { Description = "Definitions in the folder agents/", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<bool> s_all = new("--all")
    { Description = "Also those of the definitions that there are: the next run that needs them makes them again" };

    public static Command Create()
    {
        Command list = new Command("list",
            "List the agents: those that are built in, and the command-line agents of the folder agents/ with the state and size of their "
            + "programs [default]").With(CommonOptions.Verbose);
        list.SetAction(ListAsync);
        Command show = new Command("show", "Show what the definition of a command-line agent says, and where its programs are")
            .With(CommonOptions.Verbose);
        show.Arguments.Add(s_name);
        show.SetAction(ShowAsync);
        Command build = new Command("build", "Make the programs of command-line agents ahead of a run, once for each engine")
            .With(CommonOptions.Store, CommonOptions.InstallDocker, CommonOptions.NoInstallDocker, CommonOptions.Verbose);
        build.Arguments.Add(s_names);
        build.SetAction(BuildAsync);
        Command check = new Command("check",
            "Try the definitions of command-line agents: make their programs, and run one case against a scripted model, at no cost")
            .With(RunOptions.Tasks, CommonOptions.Store, CommonOptions.InstallDocker, CommonOptions.NoInstallDocker, CommonOptions.Verbose);
        check.Arguments.Add(s_names);
        check.SetAction(CheckAsync);
        Command clean = new Command("clean", "Remove programs that no definition names any more, and torn ones")
            .With(s_all, CommonOptions.Verbose);
        clean.SetAction(CleanAsync);
        Command verb = new Command("agents", "List the agents, and make or remove the programs of command-line agents")
            .With(CommonOptions.Verbose);
        foreach (Command part in (Command[])[list, show, build, check, clean])
            verb.Subcommands.Add(part);
        verb.SetAction(ListAsync);
        return verb;
    }

    private static AgentDefinitions Definitions => new(Path.Combine(Project.Find().Folder, "agents"));

    private static async Task<int> ListAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        IReadOnlyList<AgentDefinition> definitions = Definitions.All;
        (IReadOnlyList<OwnPrograms>? own, string? whyNot) = await LookAsync(cancellationToken);
        await parsed.InvocationConfiguration.Output.WriteAsync(AgentTable.ToText(definitions, own, whyNot));
        return ExitCodes.Ok;
    }

    private static async Task<int> ShowAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        AgentDefinitions definitions = Definitions;
        AgentDefinition definition = Known(definitions, parsed.GetValue(s_name)!);
        (IReadOnlyList<OwnPrograms>? own, string? whyNot) = await LookAsync(cancellationToken);
        await parsed.InvocationConfiguration.Output.WriteAsync(AgentPage.ToText(definition, definitions.Folder, own, whyNot));
        return ExitCodes.Ok;
    }

    private static async Task<int> BuildAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        AgentDefinitions definitions = Definitions;
        AgentDefinition[] wanted = [.. parsed.GetValue(s_names)!.Distinct().Select(definitions.Find)];
        string store = Project.Find().StoreFolder(parsed.GetValue(CommonOptions.Store));
        DockerSandboxProvider provider = await ConnectAsync(parsed, EngineWish.Unsaid, store, cancellationToken);
        await using (provider)
        {
            var builds = new ProgramBuilds(provider.Programs, parsed.InvocationConfiguration.Output,
                parsed.GetValue(CommonOptions.Verbose));
            return await builds.RunAsync(wanted, cancellationToken) ? ExitCodes.Ok : ExitCodes.Red;
        }
    }

    private static async Task<int> CheckAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        var project = Project.Find();
        AgentDefinition[] wanted = [.. parsed.GetValue(s_names)!.Distinct().Select(name => Known(Definitions, name))];
        TaskSet taskSet = TaskSetLoader.Load(parsed.GetValue(RunOptions.Tasks) ?? project.Tasks);
        string store = project.StoreFolder(parsed.GetValue(CommonOptions.Store));
        DockerSandboxProvider provider = await ConnectAsync(parsed, EngineWish.Unsaid, store, cancellationToken);
        await using (provider)
        {
            var builds = new ProgramBuilds(provider.Programs, output, parsed.GetValue(CommonOptions.Verbose));
            bool allRight = await builds.RunAsync(wanted, cancellationToken);
            foreach (AgentDefinition definition in allRight ? wanted : [])
                allRight &= await new AgentCheck(taskSet, output).RunAsync(definition, provider, cancellationToken);
            return allRight ? ExitCodes.Ok : ExitCodes.Red;
        }
    }

    private static async Task<int> CleanAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        HashSet<string> needed = parsed.GetValue(s_all) ? [] : [.. Definitions.All.Select(one => ProgramStore.VolumeName(one.Recipe))];
        DockerSandboxProvider provider = await ConnectAsync(parsed, EngineWish.Look, storeFolder: null, cancellationToken);
        await using (provider)
        {
            (int removed, long freed, int kept) = (0, 0, 0);
            foreach (OwnPrograms own in await provider.Programs.ListAsync(cancellationToken))
            {
                if (own.Mark is not null && needed.Contains(own.Volume.Name))
                    continue;
                bool isGone = await provider.Programs.TryRemoveAsync(own.Volume, cancellationToken);
                string size = own.Mark is null ? "torn" : AgentTable.Size(own.Mark.Bytes);
                await output.WriteLineAsync(isGone ? $"removed {own.Volume.Name}: {size}"
                    : $"kept {own.Volume.Name}: a container has it, {size}");
                (removed, freed, kept) = (removed + (isGone ? 1 : 0), freed + (isGone ? own.Mark?.Bytes ?? 0 : 0), kept + (isGone ? 0 : 1));
            }
            await output.WriteLineAsync(removed + kept == 0 ? "Nothing to remove."
                : $"Removed the programs of {removed} {(removed == 1 ? "volume" : "volumes")}, {AgentTable.Size(freed)}.");
            return ExitCodes.Ok;
        }
    }

    /// <summary>A definition that an experiment can name; one with the name of an agent of the harness is refused.</summary>
    private static AgentDefinition Known(AgentDefinitions definitions, string name)
    {
        AgentDefinition definition = definitions.Find(name);
        _ = AgentCatalog.Find(name);
        return definition;
    }

    /// <summary>The programs on the engine; null, with the reason, where none answers.</summary>
    private static async Task<(IReadOnlyList<OwnPrograms>? Own, string? WhyNot)> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            DockerSandboxProvider provider = await DockerSandboxes.ConnectAsync(time: null, storeFolder: null, cancellationToken);
            await using (provider)
                return (await provider.Programs.ListAsync(cancellationToken), null);
        }
        catch (SandboxException exception)
        {
            return (null, exception.Message.Split('\n')[0]);
        }
    }

    private static async Task<DockerSandboxProvider> ConnectAsync(ParseResult parsed, EngineWish unsaid, string? storeFolder,
        CancellationToken cancellationToken)
    {
        EngineState state = await EngineSetup.EnsureAsync(parsed, unsaid, cancellationToken);
        state.Require("agents");
        return await DockerSandboxes.ConnectAsync(TimeProvider.System, storeFolder, cancellationToken);
    }
}
