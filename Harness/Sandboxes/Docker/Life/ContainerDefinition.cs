using System.Globalization;
using System.Text.RegularExpressions;
using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes.Docker.Sessions;

namespace Tandem.Harness.Sandboxes.Docker.Life;

/// <summary>What a sandbox asks of the engine.</summary>
internal static partial class ContainerDefinition
{
    // What package managers and chown in images need; the engine's default set has twice as many. No NET_RAW: sandboxes of one network must
    // not speak below IP.
    private static readonly string[] Capabilities = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETUID", "SETGID", "KILL"];

    /// <summary>The container's name; people see at a glance that it is a sandbox.</summary>
    /// <exception cref="ArgumentException">The name is not safe.</exception>
    public static string NameOf(SandboxSpec spec) => SafeName().IsMatch(spec.Name)
        ? "tandem-" + spec.Name
        : throw new ArgumentException(
        $"A sandbox's name has 1 to 60 letters, digits, '_' and '-', and does not begin with '-'; '{spec.Name}' is none.", nameof(spec));

    /// <summary>Writes the whole request over what Testcontainers has filled in, but for its labels, beside which ours stand.</summary>
    /// <param name="request">The request.</param>
    /// <param name="spec">What is asked for.</param>
    /// <param name="egressId">The network for <see cref="SandboxNetwork.Bridge"/>; null is no network.</param>
    /// <param name="now">The time.</param>
    public static void Fill(CreateContainerParameters request, SandboxSpec spec, string? egressId, DateTimeOffset now)
    {
        request.Name = NameOf(spec);
        request.Image = spec.Image.Reference;
        request.Entrypoint = [.. DeadMansSwitch.MainProcess(spec.TimeToLive)];
        request.Env = [.. spec.Environment.Select(variable => $"{variable.Key}={variable.Value}")];
        request.Labels ??= new Dictionary<string, string>();
        foreach ((string name, string value) in SandboxLabels.Of(spec.Owner, now + spec.TimeToLive))
            request.Labels[name] = value;
        request.WorkingDir = ContainerFolders.Repo;
        request.AttachStdin = request.AttachStdout = request.OpenStdin = request.StdinOnce = true;
        request.Healthcheck = new HealthcheckConfig { Test = ["NONE"] };
        // The mode "none" alone has the engine set up a network of nothing, by another start of itself: half the time of a start and of a
        // restart. What that would leave in /etc/hosts, the session writes.
        request.NetworkDisabled = egressId is null;
        request.HostConfig = new HostConfig
        {
            Memory = spec.Limits.MemoryBytes,
            MemorySwap = spec.Limits.MemoryBytes,
            PidsLimit = spec.Limits.Pids,
            NanoCPUs = (long)(spec.Limits.Cpus * 1e9),
            NetworkMode = egressId ?? "none",
            CapAdd = Capabilities,
            CapDrop = ["ALL"],
            SecurityOpt = ["no-new-privileges"],
            Init = true,
            Mounts = MountsOf(spec),
            LogConfig = new LogConfig { Type = "none" },
            StorageOpt = spec.Limits.DiskBytes is long bytes
                ? new Dictionary<string, string> { ["size"] = bytes.ToString(CultureInfo.InvariantCulture) } : null,
        };
    }

    // Of a volume that has gone the engine would make an empty one, filled with what the image has there.
    private static Mount[]? MountsOf(SandboxSpec spec) => spec.Programs is not { } programs ? null :
    [
        new Mount
        {
            Type = "volume",
            Source = programs.Name,
            Target = ProgramVolume.Folder,
            ReadOnly = !spec.MakesPrograms,
            VolumeOptions = new VolumeOptions { NoCopy = true },
        },
    ];

    [GeneratedRegex("^[A-Za-z0-9_][A-Za-z0-9_-]{0,59}$", RegexOptions.CultureInvariant)]
    private static partial Regex SafeName();
}
