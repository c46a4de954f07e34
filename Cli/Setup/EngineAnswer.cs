using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Cli.Setup;

/// <summary>The result of the search for an engine: an engine that answers, or why there is none.</summary>
/// <param name="Engine">What the engine says of itself; null if none answers.</param>
/// <param name="WhyNot">The places tried and why each failed, in one line; null if one answers.</param>
/// <param name="NamedBy">What names the engine in so many words (<c>DOCKER_HOST</c>, a context of the docker CLI); null if the usual
/// places were tried.</param>
/// <param name="IsForbidden">Whether a socket is there that this user may not open.</param>
/// <param name="IsMisnamed">Whether the address, the context or the certificates that <paramref name="NamedBy"/> names cannot be used: an
/// engine may well run, but nobody can find or trust it.</param>
internal sealed record EngineAnswer(EngineFacts? Engine, string? WhyNot = null, string? NamedBy = null, bool IsForbidden = false,
    bool IsMisnamed = false);

/// <summary>What an engine says of itself. Null where it does not say.</summary>
/// <param name="Version">As <c>20.10.24</c>.</param>
/// <param name="ApiVersion">The version of the API that both sides speak.</param>
/// <param name="Address">Where it listens, and what named that place.</param>
/// <param name="IsLocal">Whether it is reached through a socket of this host.</param>
/// <param name="StorageDriver">As <c>overlay2</c>.</param>
/// <param name="CgroupVersion"><c>1</c> or <c>2</c>.</param>
/// <param name="DataFolder">Where it keeps images and containers, on its own host.</param>
/// <param name="Processors">How many it has.</param>
/// <param name="MemoryBytes">How much it has in all.</param>
internal sealed record EngineFacts(
    string Version,
    string ApiVersion,
    string Address,
    bool IsLocal,
    string? StorageDriver = null,
    string? CgroupVersion = null,
    string? DataFolder = null,
    int? Processors = null,
    long? MemoryBytes = null)
{
    /// <summary>One line: <c>Testcontainers 4.16.0 over Docker 20.10.24, API 1.41, overlay2, cgroup v1</c>, and where, if it is not the
    /// usual place.</summary>
    public override string ToString() =>
        $"{EngineLibraries.Testcontainers} over Docker {Version}, API {ApiVersion}"
        + (StorageDriver is null ? "" : $", {StorageDriver}")
        + (CgroupVersion is null ? "" : $", cgroup v{CgroupVersion}")
        + (Address.EndsWith("(default)", StringComparison.Ordinal) ? "" : $", at {Address}");
}
