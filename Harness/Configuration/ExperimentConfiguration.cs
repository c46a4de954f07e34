using System.Text.Json.Serialization;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Cases;
using Tandem.Records.Json;

namespace Tandem.Harness.Configuration;

/// <summary>The choice that an experiment is: immutable, validated when it was read, saved as used.</summary>
public sealed record ExperimentConfiguration
{
    /// <summary>The experiment's name, a safe path segment.</summary>
    public required string Name { get; init; }

    /// <summary>Which tasks.</summary>
    public TaskSettings Tasks { get; init; } = new();

    /// <summary>Which settings; default all that the harness has.</summary>
    public IReadOnlyList<Setting> Settings { get; init; } = [Setting.Solo, Setting.CoopComm, Setting.CoopNocomm];

    /// <summary>The seeds of each setting, by its name; default 0, 1, 2 for solo and 0 for the others.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<int>> Seeds { get; init; } = new Dictionary<string, IReadOnlyList<int>>();

    /// <summary>Who works.</summary>
    public AgentSettings Agent { get; init; } = new();

    /// <summary>Which model, for agents that use one.</summary>
    public ModelSettings Model { get; init; } = new();

    /// <summary>What ends an agent.</summary>
    public LimitSettings Limits { get; init; } = new();

    /// <summary>Where things run.</summary>
    public SandboxSettings Sandbox { get; init; } = new();

    /// <summary>Who reads the runs afterwards; never changes a run.</summary>
    public JudgeSettings Judges { get; init; } = new();

    /// <summary>How the matrix is run; never changes a result.</summary>
    public RunSettings Run { get; init; } = new();

    /// <summary>The seeds of a setting.</summary>
    public IReadOnlyList<int> SeedsOf(Setting setting) =>
        Seeds.TryGetValue(EnumNames.NameOf(setting), out IReadOnlyList<int>? seeds) ? seeds : setting == Setting.Solo ? [0, 1, 2] : [0];
}

/// <summary>Which tasks.</summary>
public sealed record TaskSettings
{
    /// <summary>The task set's folder; a relative path starts at the project's folder. Default the built-in <c>tasks</c>.</summary>
    public string Path { get; init; } = "tasks";

    /// <summary>A subset of it; null is all of it.</summary>
    public string? Subset { get; init; }
}

/// <summary>Who works.</summary>
public sealed record AgentSettings
{
    /// <summary>The kind of agent.</summary>
    public string Kind { get; init; } = "oracle";

    /// <summary>For the simulated agent: the probability, 0 to 1, that its work on a feature turns out right, for all features alike; null
    /// is a skill of each feature's own.</summary>
    public double? Skill { get; init; }

    /// <summary>For the shell, replay and command agents: the folder of their prompts; a relative path starts at the project's folder. Null
    /// is the built-in one: <c>prompts/command</c> for the command agent, else <c>prompts/shell</c>.</summary>
    public string? Prompts { get; init; }

    /// <summary>For the shell agent: characters of a command's output that the model is shown, head and tail, 200 to 1000000; default
    /// 10000.</summary>
    public int OutputCharacters { get; init; } = 10_000;

    /// <summary>For the replay agent: what to do again, an experiment's folder in a store, or a folder with <c>CASE
    /// ID/trajectory.jsonl</c>; a relative path starts at the project's folder.</summary>
    public string? Recording { get; init; }

    /// <summary>Whether agents of several cases in a row that end without tokens and without a change count as they are. Default false:
    /// they are taken for an outage.</summary>
    public bool MayIdle { get; init; }

    /// <summary>For command-line agents by definition: whether they may use what reaches beyond their model, by way of its provider: web
    /// search, code execution, remote servers of tools, content by its address. Default false.</summary>
    public bool AllowsReach { get; init; }

    /// <summary>For the command agent: what it runs.</summary>
    public CommandSettings? Command { get; init; }
}

/// <summary>What ends an agent. Each makes it <c>LimitsExceeded</c>; its patch is still taken.</summary>
public sealed record LimitSettings
{
    /// <summary>Steps of one agent, 1 to 10000; default 100.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>Minutes of wall clock of one agent, above 0 to 1440; default 10.</summary>
    public double AgentMinutes { get; init; } = 10;

    /// <summary>Seconds of one command of an agent, above 0 to 86400; default 120. The command is killed, the agent goes on.</summary>
    public double CommandSeconds { get; init; } = 120;

    /// <summary>USD of one case, all agents together, above 0; default 3.</summary>
    public decimal CaseCostUsd { get; init; } = 3;

    /// <summary>Tokens of one agent, input and output; null is no bound.</summary>
    public long? Tokens { get; init; }

    /// <summary>Answers in a row without a call that can be run, after which a <c>shell</c> agent ends, 1 to 10000; default 5. Each is paid
    /// for nothing.</summary>
    public int UnusableAnswers { get; init; } = 5;

    /// <summary>USD of the whole experiment, or <c>unlimited</c>; null is not said, and then no agent that costs money is
    /// started.</summary>
    public CostLimit? MaxCostUsd { get; init; }
}

/// <summary>Who reads the runs afterwards. A judge is reached as the experiment's model is: endpoint, key, limits and prices are those of
/// <see cref="ModelSettings"/>.</summary>
public sealed record JudgeSettings
{
    /// <summary>The judge where none is named: a model, one of <see cref="Aliases"/>, or <c>builtin:rules</c>; null is none.</summary>
    public string? Default { get; init; }

    /// <summary>Short names for models. The name that one stands for is in each judgement's record.</summary>
    public IReadOnlyDictionary<string, string> Aliases { get; init; } = new Dictionary<string, string>();

    /// <summary>0 to 2; null is not sent.</summary>
    public double? Temperature { get; init; }

    /// <summary>Tokens of one answer, 1 to 10000000; null is not sent.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>As the model knows it, for example <c>low</c>; null is not sent.</summary>
    public string? ReasoningEffort { get; init; }

    /// <summary>USD that one judgement may cost, its reminder included: so much is reserved before it begins; above 0, default
    /// 0.5.</summary>
    public decimal JudgementCostUsd { get; init; } = 0.5m;
}

/// <summary>Where things run.</summary>
public sealed record SandboxSettings
{
    /// <summary>Default <c>auto</c>: the engine if one answers, else the process sandbox.</summary>
    public SandboxChoice Provider { get; init; } = SandboxChoice.Auto;

    /// <summary>Reach of the agents' sandboxes; null is what the task set says.</summary>
    public SandboxNetwork? AgentNetwork { get; init; }

    /// <summary>Reach of the evaluation's sandbox; null is what the task set says.</summary>
    public SandboxNetwork? EvaluationNetwork { get; init; }

    /// <summary>Memory of one sandbox in MiB, 64 to 1048576; default 2048.</summary>
    public int MemoryMb { get; init; } = 2048;

    /// <summary>Processes of one sandbox, 16 to 100000; default 512.</summary>
    public int Pids { get; init; } = 512;

    /// <summary>Processors of one sandbox, 0.1 to 1024; default 1.</summary>
    public double Cpus { get; init; } = 1;

    /// <summary>MiB that one sandbox may write beside its image, where the engine can limit that; 0 to 16777216, 0 is no limit; default
    /// 20480.</summary>
    public int DiskMb { get; init; } = 20_480;
}

/// <summary>Which kind of sandbox.</summary>
[JsonConverter(typeof(StrictEnumConverter<SandboxChoice>))]
public enum SandboxChoice
{
    /// <summary>The engine if one answers, else the process sandbox where the tasks and the agent allow it.</summary>
    [JsonStringEnumMemberName("auto")]
    Auto,

    /// <summary>The Docker engine.</summary>
    [JsonStringEnumMemberName("docker")]
    Docker,

    /// <summary>Plain processes of the host, without isolation.</summary>
    [JsonStringEnumMemberName("process")]
    Process,
}

/// <summary>A bound on money, or the word <c>unlimited</c>.</summary>
/// <param name="Usd">The bound in USD; null is unlimited.</param>
[JsonConverter(typeof(CostLimitJsonConverter))]
public sealed record CostLimit(decimal? Usd);
