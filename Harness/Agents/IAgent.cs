using Tandem.Harness.Agents.Defined;
using Tandem.Harness.Agents.Definitions;
using Tandem.Harness.Agents.Shell;
using Tandem.Harness.Agents.Simulated;
using Tandem.Harness.Configuration;
using Tandem.Records.Runs;

namespace Tandem.Harness.Agents;

/// <summary>
/// A coding agent. It works only through its <see cref="AgentContext"/>; the harness takes its patch from the sandbox whatever happens, and
/// decides the outcome's class: a limit ends it by <see cref="AgentLimitException"/>, a lost sandbox by
/// <see cref="Sandboxes.SandboxException"/>, and any other exception means that the agent itself crashed.
/// </summary>
public interface IAgent
{
    /// <summary>Works on the task until it is done or ended.</summary>
    Task<AgentEnd> RunAsync(AgentContext context, CancellationToken cancellationToken);
}

/// <summary>How an agent came to its own end.</summary>
/// <param name="Status"><see cref="AgentStatus.Submitted"/>, or <see cref="AgentStatus.Error"/> where the agent itself gives up on a fault
/// of its own.</param>
/// <param name="Error">What went wrong; null if nothing.</param>
public sealed record AgentEnd(AgentStatus Status, string? Error = null)
{
    /// <summary>It handed in its work.</summary>
    public static AgentEnd Submitted { get; } = new(AgentStatus.Submitted);
}

/// <summary>A limit of the agent was reached.</summary>
/// <param name="limit">See <see cref="Limit"/>.</param>
/// <param name="detail">See <see cref="Detail"/>.</param>
public sealed class AgentLimitException(string limit, string? detail = null)
    : Exception($"The agent reached its limit of {limit}.")
{
    /// <summary><c>steps</c>, <c>cost</c>, <c>tokens</c>, <c>wall_clock</c>, <c>context</c>, <c>refused</c>,
    /// <c>request_too_large</c>, <c>unusable_answers</c> or <c>its own</c>.</summary>
    public string Limit { get; } = limit;

    /// <summary>What the endpoint said; null where there is nothing to add.</summary>
    public string? Detail { get; } = detail;
}

/// <summary>A kind of agent, as experiments name it.</summary>
/// <param name="Kind">Its name in settings, records and traits.</param>
/// <param name="Description">One sentence for lists and reports.</param>
/// <param name="IsSimulated">Whether it only simulates an agent.</param>
/// <param name="NeedsIsolation">Whether it may run only in sandboxes that wall it off.</param>
/// <param name="CostsMoney">Whether its model calls cost money, so that it needs a budget.</param>
/// <param name="Create">Makes one for one agent of one case.</param>
public sealed record AgentKind(string Kind, string Description, bool IsSimulated, bool NeedsIsolation, bool CostsMoney, Func<IAgent> Create)
{
    /// <summary>
    /// Whether agents that can write to each other take their steps in turn, so that the same messages meet the same steps every time. For
    /// deterministic agents: it makes a case repeatable at the price of doing one thing at a time. Default false.
    /// </summary>
    public bool TakesTurns { get; init; }

    /// <summary>Whether it asks the experiment's model, so that it needs a model's name and key. Default false.</summary>
    public bool UsesModel { get; init; }

    /// <summary>Whether it writes to teammates by the commands <c>send_message</c> and <c>read_messages</c> in its sandbox. Default false:
    /// by <see cref="AgentContext.SendAsync"/> alone.</summary>
    public bool TalksByCommands { get; init; }

    /// <summary>Whether it is a single command, which may take all the agent's time. Default false.</summary>
    public bool IsOneCommand { get; init; }

    /// <summary>Whether it does again what an earlier trajectory holds, and nothing else. Default false.</summary>
    public bool IsReplay { get; init; }

    /// <summary>Reads its prompts; null for an agent without any.</summary>
    internal Func<AgentSettings, ShellPrompts>? ReadPrompts { get; init; }

    /// <summary>The file that says what it is; null for agents that are part of the harness.</summary>
    internal AgentDefinition? Definition { get; init; }

    /// <summary>The model of the recording that it does again; null where the experiment's counts.</summary>
    internal ModelSettings? RecordedModel { get; init; }

    /// <summary>Whether an interrupted attempt can be taken up from its trajectory: all that it decides by, it asks the model
    /// for.</summary>
    public bool CanResume => UsesModel;
}

/// <summary>The kinds of agents there are.</summary>
public static class AgentCatalog
{
    /// <summary>All kinds, in the order in which lists show them.</summary>
    public static IReadOnlyList<AgentKind> All { get; } =
    [
        new("simulated", "simulates an agent at no cost: gold patches, weakened by chance, with real commands and messages",
            IsSimulated: true, NeedsIsolation: false, CostsMoney: false, () => new SimulatedAgent()) { TakesTurns = true },
        new("shell", "a coding agent with one tool, a shell, that asks the experiment's model", IsSimulated: false, NeedsIsolation: true,
            CostsMoney: true, () => new ShellAgent())
        {
            UsesModel = true,
            TalksByCommands = true,
            ReadPrompts = settings => ShellPrompts.Of(settings, "prompts/shell"),
        },
        new("replay", "does again what a recorded trajectory of the shell agent holds, by real commands and at no cost", IsSimulated: false,
            NeedsIsolation: false, CostsMoney: false, () => new ShellAgent())
        {
            TalksByCommands = true,
            IsReplay = true,
            ReadPrompts = settings => ShellPrompts.Of(settings, "prompts/shell"),
        },
        new("command", "runs a command-line agent that the task's image holds", IsSimulated: false, NeedsIsolation: true, CostsMoney: true,
            () => new CommandAgent())
        {
            TalksByCommands = true,
            IsOneCommand = true,
            ReadPrompts = settings => ShellPrompts.Of(settings, "prompts/command"),
        },
        new("oracle", "applies the gold patches: solo the combined one, a teammate its feature's", IsSimulated: false,
            NeedsIsolation: false, CostsMoney: false, () => new OracleAgent()),
        new("nop", "does nothing", IsSimulated: false, NeedsIsolation: false, CostsMoney: false, () => new NopAgent()),
    ];

    /// <summary>The names of all kinds, for messages.</summary>
    internal static string Names => string.Join(", ", [.. All.Select(kind => kind.Kind), .. AgentDefinitions.OfProject.Names]);

    /// <summary>What is wrong with the agent that an experiment asks for; empty if there is such a kind.</summary>
    /// <exception cref="SettingsException">The definition of that name cannot be used.</exception>
    public static IEnumerable<string> Faults(ExperimentConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return Find(configuration.Agent) is null ? [$"agent.kind: there is no agent '{configuration.Agent.Kind}'; there are {Names}."] : [];
    }

    /// <summary>The kind of that name: built in, else by a definition; null if there is none.</summary>
    /// <exception cref="SettingsException">The definition of that name cannot be used.</exception>
    public static AgentKind? Find(string kind)
    {
        AgentKind? builtIn = All.FirstOrDefault(k => k.Kind == kind);
        if (builtIn is not null && AgentDefinitions.OfProject is { } definitions && definitions.Has(kind))
            throw new SettingsException(Path.Combine(definitions.Folder, kind),
                [$"'{kind}' is an agent of the harness; give the definition's folder another name."]);
        return builtIn ?? DefinedAgents.Find(kind);
    }

    /// <summary>The kind that an experiment's settings ask for; null if there is none.</summary>
    /// <exception cref="SettingsException">The definition of that name cannot be used.</exception>
    public static AgentKind? Find(AgentSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        AgentKind? kind = Find(settings.Kind);
        return kind is { IsReplay: true } ? DefinedAgents.ReplayOf(settings) ?? kind : kind;
    }
}
