using Tandem.Harness.Configuration;

namespace Tandem.Harness.Gateway;

/// <summary>What one agent may ask for, and how it is answered.</summary>
internal sealed record GatewayTerms
{
    /// <summary>The protocol that the agent speaks; its upstream speaks the same.</summary>
    public required ModelDialect Dialect { get; init; }

    /// <summary>The experiment's model.</summary>
    public required string Model { get; init; }

    /// <summary>Whether the experiment's model takes the place of any other that a request names; else such a request is refused.</summary>
    public bool MapsModels { get; init; }

    /// <summary>Whether tools and content that reach beyond the model are allowed: the provider's web search, its code execution, remote
    /// servers of tools, content by its address. Default false.</summary>
    public bool AllowsReach { get; init; }

    /// <summary>Whether messages of teammates are put into the prompt of the next call; else they wait until a tool reads them.</summary>
    public bool PutsMessagesIntoPrompt { get; init; } = true;

    /// <summary>Where requests and answers are kept; a folder of this agent's own.</summary>
    public required string Folder { get; init; }
}
