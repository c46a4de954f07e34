using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

/// <summary>What Docker.DotNet does not read: the docker CLI's files, the words of a refusal, and a build's progress as BuildKit gives it.</summary>
[JsonSerializable(typeof(CliConfig))]
[JsonSerializable(typeof(ContextMeta))]
[JsonSerializable(typeof(EngineMessage))]
[JsonSerializable(typeof(ProgressLine))]
internal sealed partial class EngineJson : JsonSerializerContext;

internal sealed record CliConfig([property: JsonPropertyName("currentContext")] string? CurrentContext);

internal sealed record ContextMeta(ContextEndpoints? Endpoints);

internal sealed record ContextEndpoints([property: JsonPropertyName("docker")] ContextEndpoint? Docker);

internal sealed record ContextEndpoint(string? Host, bool SkipTLSVerify);

internal sealed record EngineMessage([property: JsonPropertyName("message")] string? Message);

/// <summary>One line of what a build prints; errors come this way too, although the status is 200. BuildKit's <c>aux</c> is a text, the classic builder's an object.</summary>
internal sealed record ProgressLine(
    [property: JsonPropertyName("stream")] string? Stream,
    [property: JsonPropertyName("status")] string? Status,
    [property: JsonPropertyName("id")] string? Id,
    [property: JsonPropertyName("error")] string? Error,
    [property: JsonPropertyName("aux")] JsonElement? Aux);
