namespace Tandem.Harness.Sandboxes.Docker.Engine;

/// <summary>One request to the engine.</summary>
/// <param name="Method">GET, HEAD, POST, PUT or DELETE.</param>
/// <param name="Path">After the version, starting with a slash, escaped.</param>
/// <param name="What">What is being done, for messages: "starting container 1234".</param>
internal sealed record EngineCall(HttpMethod Method, string Path, string What)
{
    /// <summary>The limit of calls that should be done in milliseconds, generous for an engine under load.</summary>
    public static readonly TimeSpan ShortLimit = TimeSpan.FromSeconds(30);

    /// <summary>The limit of calls that create, start, stop and remove: the engine does these one after the other.</summary>
    public static readonly TimeSpan LongLimit = TimeSpan.FromMinutes(2);

    /// <summary>The body.</summary>
    public HttpContent? Content { get; init; }

    /// <summary>Headers beside the usual ones.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>Then the engine counts as not answering. Covers the whole exchange.</summary>
    public TimeSpan Limit { get; init; } = ShortLimit;

    /// <summary>The class of a 404.</summary>
    public SandboxFault NotFound { get; init; } = SandboxFault.Lost;
}
