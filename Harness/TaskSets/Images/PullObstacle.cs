namespace Tandem.Harness.TaskSets.Images;

/// <summary>What an engine's words say about why a pull failed; it passes on nothing else.</summary>
internal static class PullObstacle
{
    private static readonly string[] SignsOfSilence =
    [
        "dial tcp", "no such host", "i/o timeout", "connection refused", "network is unreachable", "no route to host", "Client.Timeout",
        "TLS handshake timeout", "proxyconnect",
    ];

    // Registries word it as they like, and engines pass it on: "unauthorized: incorrect username or password", "pull access denied for x",
    // "denied: Permission ...", "Head ...: denied", "unexpected status from HEAD request to ...: 403 Forbidden".
    private static readonly string[] SignsOfRefusal =
    [
        "no basic auth credentials", "unauthorized", "not authorized", "authentication required", "authorization failed",
        "access denied", "denied:", ": denied", "403 forbidden", "docker login",
    ];

    private static readonly string[] SignsOfRateLimit = ["toomanyrequests", "too many requests", "rate limit", "429"];

    private static readonly string[] SignsOfAbsence =
        ["manifest unknown", "name unknown", "not found", "does not exist", "no such image", "no matching manifest", "invalid reference"];

    private static readonly string[] SignsOfOtherPlatforms = ["no matching manifest", "platform"];

    /// <summary>Whether the registry was not reached. To take a refusal for silence would build what could be pulled; the other way round
    /// costs a wait.</summary>
    public static bool IsSilence(string? why) => Has(why, SignsOfSilence);

    /// <summary>Whether it asks for another login. Registries say so of images that do not exist, too.</summary>
    public static bool IsRefusal(string? why) => !IsRateLimit(why) && Has(why, SignsOfRefusal);

    /// <summary>Whether it asks for a pause.</summary>
    public static bool IsRateLimit(string? why) => Has(why, SignsOfRateLimit);

    /// <summary>Whether what is there is for other machines.</summary>
    public static bool IsOtherPlatform(string? why) => Has(why, SignsOfOtherPlatforms);

    /// <summary>Whether the same pull fails until a person changes something. What is not understood may pass.</summary>
    public static bool IsLasting(string? why) =>
        !IsSilence(why) && !IsRateLimit(why) && (Has(why, SignsOfAbsence) || Has(why, SignsOfRefusal));

    private static bool Has(string? why, string[] signs) =>
        why is not null && signs.Any(sign => why.Contains(sign, StringComparison.OrdinalIgnoreCase));
}
