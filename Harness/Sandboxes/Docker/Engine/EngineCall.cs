namespace Tandem.Harness.Sandboxes.Docker.Engine;

/// <summary>One call to the engine: its limit, and what its failures mean.</summary>
/// <param name="What">What is being done, for messages: "starting sandbox 1234".</param>
internal sealed record EngineCall(string What)
{
    /// <summary>The limit of calls that should be done in milliseconds, generous for an engine under load.</summary>
    public static readonly TimeSpan ShortLimit = TimeSpan.FromSeconds(30);

    /// <summary>The limit of calls that create, start, stop and remove: the engine does these one after the other.</summary>
    public static readonly TimeSpan LongLimit = TimeSpan.FromMinutes(2);

    /// <summary>Covers the whole exchange; past it the engine counts as not answering.</summary>
    public TimeSpan Limit { get; init; } = ShortLimit;

    /// <summary>The class of a 404.</summary>
    public SandboxFault NotFound { get; init; } = SandboxFault.Lost;
}
