using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Cases;

namespace Tandem.Harness.TaskSets;

/// <summary>What a <c>taskset.json</c> says; every member has a default, and without the file CooperBench's naming and rules
/// hold.</summary>
public sealed record TaskSetOptions
{
    /// <summary>The set's name in records; default is the folder's name.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// Name of a task's image; <c>{name}</c> is the repository's folder without <c>_task</c> and with '-' for '_', <c>{id}</c> the task's
    /// number. A set that names its images has them built from its Dockerfiles, unless <see cref="PullImages"/>; default is upstream's
    /// published <c>akhatua/cooperbench-{name}:task{id}</c>.
    /// </summary>
    public string? Image { get; init; }

    /// <summary>Whether images are published and pulled first; default false if <see cref="Image"/> is given, else true.</summary>
    public bool? PullImages { get; init; }

    /// <summary>Reach of the agents' sandboxes; default bridge.</summary>
    public SandboxNetwork AgentNetwork { get; init; } = SandboxNetwork.Bridge;

    /// <summary>Reach of the evaluation's sandbox; default bridge, since most of CooperBench's runners install packages.</summary>
    public SandboxNetwork EvaluationNetwork { get; init; } = SandboxNetwork.Bridge;

    /// <summary>The language of each repository, by folder name.</summary>
    public IReadOnlyDictionary<string, string> Languages { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether the scripts take their paths from TANDEM_REPO and TANDEM_PATCHES, so that they run without a container; default
    /// false.</summary>
    public bool AllowProcessSandbox { get; init; }

    /// <summary>
    /// Whether each feature's tests run in a fresh sandbox; default false: they run in one after the other, and what the tests of one leave
    /// outside the repository is there for the next. It is part of the tasks' digests, for verdicts may differ.
    /// </summary>
    public bool SandboxPerFeature { get; init; }

    /// <summary>Bounds of the runs.</summary>
    public TaskSetLimits Limits { get; init; } = new();

    internal bool BuildsImages => !(PullImages ?? Image is null);

    internal string ImageName(string repo, int taskId) => (Image ?? "akhatua/cooperbench-{name}:task{id}")
        .Replace("{name}", repo.Replace("_task", "", StringComparison.Ordinal).Replace('_', '-'), StringComparison.Ordinal)
        .Replace("{id}", taskId.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    internal string? LanguageOf(string repo) => Languages.TryGetValue(repo, out string? language) ? language : null;

    internal static TaskSetOptions Read(string file)
    {
        using FileStream stream = File.OpenRead(file);
        JsonNode? root = JsonNode.Parse(stream, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
        return root is JsonObject ? root.Deserialize<TaskSetOptions>(ConfigurationJson.Options)!
            : throw new JsonException("The file must hold one JSON object.");
    }

    /// <summary>The rules for a dataset without a <c>taskset.json</c>: upstream's.</summary>
    internal static TaskSetOptions CooperBench { get; } = new() { Languages = CooperBenchRepos.Languages };
}

/// <summary>Bounds that a task set gives.</summary>
/// <param name="RunnerSeconds">One run of <c>runner.sh</c>; default 600, as upstream's.</param>
public sealed record TaskSetLimits(int RunnerSeconds = 600);
