using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

/// <summary>What Docker.DotNet does not read: the docker CLI's files, the words of a refusal, and a build's progress as BuildKit gives
/// it.</summary>
[JsonSerializable(typeof(CliConfig))]
[JsonSerializable(typeof(CliLogins))]
[JsonSerializable(typeof(HelperAnswer))]
[JsonSerializable(typeof(ContextMeta))]
[JsonSerializable(typeof(EngineMessage))]
[JsonSerializable(typeof(ProgressLine))]
internal sealed partial class EngineJson : JsonSerializerContext;

internal sealed record CliConfig([property: JsonPropertyName("currentContext")] string? CurrentContext);

/// <summary>The logins in the docker CLI's configuration. A class, as those below, since a record prints its members.</summary>
internal sealed class CliLogins
{
    [JsonPropertyName("auths")]
    public Dictionary<string, CliLogin>? Entries { get; init; }

    /// <summary>The helper of each registry that has one of its own.</summary>
    [JsonPropertyName("credHelpers")]
    public Dictionary<string, string>? Helpers { get; init; }

    /// <summary>The helper of all other registries.</summary>
    [JsonPropertyName("credsStore")]
    public string? Store { get; init; }
}

internal sealed class CliLogin
{
    /// <summary>User and password with a colon between, in base64.</summary>
    [JsonPropertyName("auth")]
    public string? Auth { get; init; }

    [JsonPropertyName("username")]
    public string? Username { get; init; }

    [JsonPropertyName("password")]
    public string? Password { get; init; }

    [JsonPropertyName("identitytoken")]
    public string? IdentityToken { get; init; }

    [JsonPropertyName("registrytoken")]
    public string? RegistryToken { get; init; }

    /// <summary>With a helper, the CLI leaves entries without content.</summary>
    public bool IsEmpty => new[] { Auth, Username, IdentityToken, RegistryToken }.All(string.IsNullOrEmpty);
}

/// <summary>What a credential helper prints.</summary>
internal sealed class HelperAnswer
{
    public string? Username { get; init; }

    public string? Secret { get; init; }
}

internal sealed record ContextMeta(ContextEndpoints? Endpoints);

internal sealed record ContextEndpoints([property: JsonPropertyName("docker")] ContextEndpoint? Docker);

internal sealed record ContextEndpoint(string? Host, bool SkipTLSVerify);

internal sealed record EngineMessage([property: JsonPropertyName("message")] string? Message);

/// <summary>One line of what a build prints; errors come this way too, although the status is 200. BuildKit's <c>aux</c> is a text, the
/// classic builder's an object.</summary>
internal sealed record ProgressLine(
    [property: JsonPropertyName("stream")] string? Stream,
    [property: JsonPropertyName("status")] string? Status,
    [property: JsonPropertyName("id")] string? Id,
    [property: JsonPropertyName("error")] string? Error,
    [property: JsonPropertyName("aux")] JsonElement? Aux);
