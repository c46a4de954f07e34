using System.Text.Json;
using System.Text.Json.Serialization;
using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Json;

namespace Tandem.Harness.Agents.Definitions;

/// <summary>What <c>agents/NAME/agent.json</c> says of a command-line agent: how its programs are installed, how it is started, and how it
/// is read. Texts may hold values in braces: see <see cref="DefinitionValues"/>.</summary>
internal sealed record AgentDefinition
{
    /// <summary>The name of its folder.</summary>
    [JsonIgnore]
    public string Name { get; init; } = "";

    /// <summary>SHA-256 of the file's text with line feeds as line ends, lower-case hex.</summary>
    [JsonIgnore]
    public string Digest { get; init; } = "";

    /// <summary>One sentence for people, with the version.</summary>
    public required string Description { get; init; }

    /// <summary>How it speaks to its model.</summary>
    public required ModelDialect Dialect { get; init; }

    /// <summary>What happens to a request that names another model than the experiment's. Default refuse.</summary>
    public OtherModels OtherModels { get; init; } = OtherModels.Refuse;

    /// <summary>How its programs come into a volume.</summary>
    public required AgentInstall Install { get; init; }

    /// <summary>The program and its arguments; no shell reads them.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>What it reads. Default the prompt.</summary>
    public AgentStdin Stdin { get; init; } = AgentStdin.Prompt;

    /// <summary>Variables added to the sandbox's own.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Files that it finds, by their absolute paths: a text, or a JSON object.</summary>
    public IReadOnlyDictionary<string, JsonElement> Files { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>How it sends and gets messages.</summary>
    public AgentMessages Messages { get; init; } = new();

    /// <summary>How it goes on from its own session; null if it cannot.</summary>
    public AgentResume? Resume { get; init; }

    /// <summary>Absolute paths of files and folders of its own: session and log, as far as they are needed to go on from it.</summary>
    public IReadOnlyList<string> Keep { get; init; } = [];

    /// <summary>By which line of its output it says that it failed; null if its exit code alone says so.</summary>
    public AgentFailure? Failure { get; init; }

    /// <summary>What exit codes mean; default 0 is <c>Submitted</c>, every other <c>Error</c>.</summary>
    public IReadOnlyDictionary<string, ExitMeaning> ExitCodes { get; init; } = new Dictionary<string, ExitMeaning>();

    /// <summary>How the engine makes its programs.</summary>
    [JsonIgnore]
    public ProgramRecipe Recipe => new(Name, Install.Run, Install.Check, Install.Says) { SizeMb = Install.SizeMb };

    /// <summary>Digest of what decides over its programs alone: a definition that changes elsewhere needs no new ones.</summary>
    [JsonIgnore]
    public string RecipeDigest => Recipe.Digest;
}

/// <summary>What happens to a request that names another model than the experiment's.</summary>
[JsonConverter(typeof(StrictEnumConverter<OtherModels>))]
internal enum OtherModels
{
    /// <summary>It is refused.</summary>
    [JsonStringEnumMemberName("refuse")]
    Refuse,

    /// <summary>The experiment's model takes its place.</summary>
    [JsonStringEnumMemberName("map")]
    Map,
}

/// <summary>What an agent reads from its standard input.</summary>
[JsonConverter(typeof(StrictEnumConverter<AgentStdin>))]
internal enum AgentStdin
{
    /// <summary>The prompt, byte by byte.</summary>
    [JsonStringEnumMemberName("prompt")]
    Prompt,

    /// <summary>Nothing: it is at its end at once.</summary>
    [JsonStringEnumMemberName("none")]
    None,
}
