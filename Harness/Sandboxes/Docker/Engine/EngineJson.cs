using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

/// <summary>The few messages of the Engine's API that are used, compiled in. The engine's are larger: what is not named here is not read.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(CliConfig))]
[JsonSerializable(typeof(ContextMeta))]
[JsonSerializable(typeof(EngineMessage))]
[JsonSerializable(typeof(EngineVersion))]
[JsonSerializable(typeof(ContainerRequest))]
[JsonSerializable(typeof(CreatedReply))]
[JsonSerializable(typeof(ContainerReply))]
[JsonSerializable(typeof(List<ContainerSummary>))]
[JsonSerializable(typeof(ExecCreateRequest))]
[JsonSerializable(typeof(ExecStartRequest))]
[JsonSerializable(typeof(ExecReply))]
[JsonSerializable(typeof(ImageReply))]
[JsonSerializable(typeof(List<ImageSummary>))]
[JsonSerializable(typeof(DiskUsage))]
[JsonSerializable(typeof(NetworkRequest))]
[JsonSerializable(typeof(List<NetworkReply>))]
[JsonSerializable(typeof(EngineEvent))]
[JsonSerializable(typeof(ProgressLine))]
[JsonSerializable(typeof(PathStat))]
[JsonSerializable(typeof(Dictionary<string, string[]>))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class EngineJson : JsonSerializerContext;

internal sealed record CliConfig([property: JsonPropertyName("currentContext")] string? CurrentContext);

internal sealed record ContextMeta(ContextEndpoints? Endpoints);

internal sealed record ContextEndpoints([property: JsonPropertyName("docker")] ContextEndpoint? Docker);

internal sealed record ContextEndpoint(string? Host, bool SkipTLSVerify);

internal sealed record EngineMessage([property: JsonPropertyName("message")] string? Message);

internal sealed record EngineVersion(string? Version, string? ApiVersion, string? Os, string? Arch);

internal sealed record ContainerRequest
{
    public required string Image { get; init; }

    public required IReadOnlyList<string> Entrypoint { get; init; }

    public required IReadOnlyList<string> Env { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required string WorkingDir { get; init; }

    public required HostConfig HostConfig { get; init; }

    /// <summary>The engine does not set up the network namespace, in which there is then nothing but the loopback.</summary>
    public bool NetworkDisabled { get; init; }

    public bool OpenStdin { get; init; } = true;

    public bool StdinOnce { get; init; } = true;

    public bool AttachStdin { get; init; } = true;

    public bool AttachStdout { get; init; } = true;

    public HealthCheck Healthcheck { get; init; } = new(["NONE"]);
}

internal sealed record HealthCheck(IReadOnlyList<string> Test);

internal sealed record HostConfig
{
    public required long Memory { get; init; }

    /// <summary>Memory and swap together: the same as <see cref="Memory"/> is no swap.</summary>
    public required long MemorySwap { get; init; }

    public required long PidsLimit { get; init; }

    public required long NanoCpus { get; init; }

    public required string NetworkMode { get; init; }

    public required IReadOnlyList<string> CapAdd { get; init; }

    public IReadOnlyList<string> CapDrop { get; init; } = ["ALL"];

    public IReadOnlyList<string> SecurityOpt { get; init; } = ["no-new-privileges"];

    public bool Init { get; init; } = true;

    public LogConfig LogConfig { get; init; } = new("none");
}

internal sealed record LogConfig(string Type);

internal sealed record CreatedReply(string Id);

internal sealed record ContainerReply(string Id, ContainerState State);

internal sealed record ContainerState(string? Status, bool Running, bool Paused, bool OOMKilled, int ExitCode, string? StartedAt, string? Error);

internal sealed record ContainerSummary(string Id, string? State, Dictionary<string, string>? Labels, string? ImageID = null);

internal sealed record ExecCreateRequest
{
    public required IReadOnlyList<string> Cmd { get; init; }

    public IReadOnlyList<string>? Env { get; init; }

    public string? User { get; init; }

    public string? WorkingDir { get; init; }

    public bool AttachStdin { get; init; }

    public bool AttachStdout { get; init; } = true;

    public bool AttachStderr { get; init; } = true;
}

internal sealed record ExecStartRequest(bool Detach, bool Tty);

/// <param name="Running">Whether its process lives.</param>
/// <param name="ExitCode">Null while it runs.</param>
/// <param name="Pid">0 if it was never started.</param>
internal sealed record ExecReply(bool Running, int? ExitCode, int Pid);

internal sealed record ImageReply(string Id);

/// <summary>An image among others: <c>Created</c> in seconds since 1970, sizes in bytes; <c>Size</c> holds the layers that others share, too, <c>SharedSize</c> is negative or null where these were not added up.</summary>
internal sealed record ImageSummary(string Id, List<string>? RepoTags, long Created, long Size, long? SharedSize, Dictionary<string, string>? Labels);

/// <summary>What images take: <c>LayersSize</c> in bytes, each layer once.</summary>
internal sealed record DiskUsage(long? LayersSize, List<ImageSummary>? Images);

internal sealed record NetworkRequest(
    string Name, bool CheckDuplicate, string Driver, Ipam IPAM, Dictionary<string, string> Options, Dictionary<string, string> Labels);

internal sealed record Ipam(IReadOnlyList<IpamPool> Config);

internal sealed record IpamPool(string Subnet);

internal sealed record NetworkReply(string Id, Dictionary<string, string>? Options);

internal sealed record EngineEvent(string? Action, EngineActor? Actor);

internal sealed record EngineActor(Dictionary<string, string>? Attributes);

/// <summary>One line of what a pull, build or import prints; errors come this way too, although the status is 200.</summary>
internal sealed record ProgressLine(
    [property: JsonPropertyName("stream")] string? Stream,
    [property: JsonPropertyName("status")] string? Status,
    [property: JsonPropertyName("id")] string? Id,
    [property: JsonPropertyName("error")] string? Error,
    [property: JsonPropertyName("aux")] JsonElement? Aux);

/// <param name="Size">In bytes.</param>
/// <param name="Mode">Go's file mode: the type is in the upper bits.</param>
internal sealed record PathStat(
    [property: JsonPropertyName("size")] long Size,
    [property: JsonPropertyName("mode")] uint Mode);
