using System.Globalization;
using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.Agents.Definitions;

/// <summary>What the names in braces of a definition stand for in one agent's sandbox.</summary>
internal sealed record DefinitionValues
{
    /// <summary>All names, as definitions write them.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["programs", "home", "repo", "agent_id", "model", "port", "token", "url", "mcp_url", "prompt_file", "context_tokens"];

    /// <summary>Those whose values are numbers: in a file of JSON, a text that is such a name alone becomes a number.</summary>
    public static IReadOnlyList<string> Numbers { get; } = ["port", "context_tokens"];

    /// <summary>A folder for the agent's own files, outside the repository; it can be written.</summary>
    public required string Home { get; init; }

    /// <summary>The repository's work tree.</summary>
    public required string Repo { get; init; }

    /// <summary>The model, as the experiment names it.</summary>
    public required string Model { get; init; }

    /// <summary>Where its model answers, on the sandbox's loopback.</summary>
    public required int Port { get; init; }

    /// <summary>What it shows as its key; worth nothing outside its sandbox.</summary>
    public required string Token { get; init; }

    /// <summary>Where the server of its message tools is; empty where the setting has no messages.</summary>
    public string McpUrl { get; init; } = "";

    /// <summary><c>solo</c>, <c>agent1</c>, <c>agent2</c>, ...</summary>
    public required string AgentId { get; init; }

    /// <summary>A file with the prompt.</summary>
    public required string PromptFile { get; init; }

    /// <summary>How many tokens the model's context holds.</summary>
    public required int ContextTokens { get; init; }

    /// <summary>The value of a name.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such name.</exception>
    public string ValueOf(string name) => name switch
    {
        "programs" => ProgramVolume.Folder,
        "home" => Home,
        "repo" => Repo,
        "model" => Model,
        "port" => Port.ToString(CultureInfo.InvariantCulture),
        "token" => Token,
        "url" => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}"),
        "mcp_url" => McpUrl,
        "agent_id" => AgentId,
        "prompt_file" => PromptFile,
        "context_tokens" => ContextTokens.ToString(CultureInfo.InvariantCulture),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such value."),
    };
}
