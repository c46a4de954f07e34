namespace Tandem.Harness.Gateway.Dialects;

/// <summary>What a path of a dialect is for.</summary>
internal enum RouteKind
{
    /// <summary>A model is to answer.</summary>
    Call,

    /// <summary>The tokens of a request are to be counted; nothing is paid.</summary>
    CountTokens,

    /// <summary>Which models there are.</summary>
    Models,

    /// <summary>Whether somebody answers.</summary>
    Probe,
}

/// <summary>A request's purpose, by method and path.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="UpstreamPath">The path behind the upstream's base address; empty where the gateway answers by itself.</param>
/// <param name="Model">The model, where the path names it.</param>
/// <param name="Streams">Whether the path asks for a stream; null where the body says it.</param>
internal sealed record GatewayRoute(RouteKind Kind, string UpstreamPath, string? Model = null, bool? Streams = null);
