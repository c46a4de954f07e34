using System.Text.RegularExpressions;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.Sandboxes.Docker.Life;

/// <summary>What a sandbox asks of the engine.</summary>
internal static partial class ContainerDefinition
{
    // What package managers and chown in images need; the engine's default set has twice as many. No NET_RAW: sandboxes of one network must not speak below IP.
    private static readonly string[] Capabilities = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETUID", "SETGID", "KILL"];

    /// <summary>The container's name; sandboxes are told apart from other people's containers at a glance.</summary>
    /// <exception cref="ArgumentException">The name is not safe.</exception>
    public static string NameOf(SandboxSpec spec) => SafeName().IsMatch(spec.Name)
        ? "tandem-" + spec.Name
        : throw new ArgumentException($"A sandbox's name has 1 to 60 letters, digits, '_' and '-', and does not begin with '-'; '{spec.Name}' is none.", nameof(spec));

    /// <summary>The whole request.</summary>
    /// <param name="spec">What is asked for.</param>
    /// <param name="egressId">The network for <see cref="SandboxNetwork.Bridge"/>; null is no network.</param>
    /// <param name="now">The time.</param>
    public static ContainerRequest Of(SandboxSpec spec, string? egressId, DateTimeOffset now) => new()
    {
        Image = spec.Image.Reference,
        Entrypoint = DeadMansSwitch.MainProcess(spec.TimeToLive),
        Env = [.. spec.Environment.Select(variable => $"{variable.Key}={variable.Value}")],
        Labels = SandboxLabels.Of(spec.Owner, now + spec.TimeToLive),
        WorkingDir = DockerSandbox.RepoFolder,
        // The mode "none" alone has the engine set up a network of nothing, by another start of itself: half the time of a start and of a restart. What that would leave in /etc/hosts, the session writes.
        NetworkDisabled = egressId is null,
        HostConfig = new HostConfig
        {
            Memory = spec.Limits.MemoryBytes,
            MemorySwap = spec.Limits.MemoryBytes,
            PidsLimit = spec.Limits.Pids,
            NanoCpus = (long)(spec.Limits.Cpus * 1e9),
            NetworkMode = egressId ?? "none",
            CapAdd = Capabilities,
        },
    };

    [GeneratedRegex("^[A-Za-z0-9_][A-Za-z0-9_-]{0,59}$", RegexOptions.CultureInvariant)]
    private static partial Regex SafeName();
}
