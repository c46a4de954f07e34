using System.Text.Json.Serialization;
using Tandem.Records.Json;

namespace Tandem.Harness.Sandboxes;

/// <summary>What a sandbox is made of and bounded by.</summary>
public sealed record SandboxSpec
{
    /// <summary>What <see cref="ISandboxProvider.PrepareImageAsync"/> gave.</summary>
    public required SandboxImage Image { get; init; }

    /// <summary>Unique name; letters, digits, '_' and '-', at most 60. It is journalled before the sandbox is made, so that it can be found
    /// after a crash.</summary>
    public required string Name { get; init; }

    /// <summary>Whose sandbox it is.</summary>
    public required SandboxOwner Owner { get; init; }

    /// <summary>No network unless the task set says so.</summary>
    public SandboxNetwork Network { get; init; } = SandboxNetwork.None;

    /// <summary>Bounds on memory, processes, processors and disk.</summary>
    public SandboxLimits Limits { get; init; } = new();

    /// <summary>After this time the sandbox stops by itself, even if the harness is gone or hangs. Above the case's own limits. Default one
    /// hour.</summary>
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The programs of an agent, to be read at <see cref="ProgramVolume.Folder"/>; null is none. What
    /// <see cref="ISandboxProvider.PrepareProgramsAsync"/> gave.</summary>
    public ProgramVolume? Programs { get; init; }

    /// <summary>Whether the programs can be written: where they are made.</summary>
    internal bool MakesPrograms { get; init; }

    /// <summary>Variables that every command sees. Never a secret.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}

/// <summary>Whose sandbox it is; becomes the labels by which the next start finds what a dead process left.</summary>
/// <param name="Store">The store's identity (a digest of its absolute path, so that no path leaves the host).</param>
/// <param name="Experiment">The experiment's name, or what stands for it (<c>verify</c>, <c>bench</c>, a test's name).</param>
/// <param name="Case">The case id, or what stands for it.</param>
/// <param name="Attempt">The attempt's id.</param>
/// <param name="Role">What it serves: an agent's id, or <c>evaluation</c>.</param>
public sealed record SandboxOwner(string Store, string Experiment, string Case, string Attempt, string Role);

/// <summary>Reach of a sandbox, as files name it.</summary>
[JsonConverter(typeof(StrictEnumConverter<SandboxNetwork>))]
public enum SandboxNetwork
{
    /// <summary>Loopback only.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>Outwards, through the engine's NAT; sandboxes do not reach each other.</summary>
    [JsonStringEnumMemberName("bridge")]
    Bridge,
}

/// <summary>Bounds of one sandbox.</summary>
public sealed record SandboxLimits
{
    /// <summary>Memory without swap, in bytes; default 2 GiB.</summary>
    public long MemoryBytes { get; init; } = 2L << 30;

    /// <summary>Processes and threads; default 512.</summary>
    public int Pids { get; init; } = 512;

    /// <summary>Processors, in fractions; default 1.</summary>
    public double Cpus { get; init; } = 1;

    /// <summary>What may be written beside the image, in bytes, where the engine can limit that; null is no bound. Default null.</summary>
    public long? DiskBytes { get; init; }
}

/// <summary>Where things are inside a sandbox.</summary>
/// <param name="Repo">The repository's work tree.</param>
/// <param name="Patches">Where the runner looks for patches.</param>
/// <param name="Scratch">A folder outside the repository for files of the harness.</param>
public sealed record SandboxPaths(string Repo, string Patches, string Scratch)
{
    /// <summary>The file by which an agent may hand in a patch of its own making; outside the repository.</summary>
    public string SubmissionFile => Scratch + "/submission.patch";
}

/// <summary>A file on its way in.</summary>
/// <param name="Path">Absolute path inside.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="Executable">Mode 0755 if true, else 0644.</param>
public sealed record SandboxFile(string Path, ReadOnlyMemory<byte> Content, bool Executable = false);

/// <summary>What a task's image is made from.</summary>
/// <param name="Name">The image's reference, for example <c>akhatua/cooperbench-click:task2068</c>.</param>
/// <param name="BuildFolder">The task's folder, whose Dockerfile builds it where it can be neither found nor pulled; null if there is
/// none.</param>
/// <param name="BuildDigest">
/// Digest of the folder's build inputs where the image is only ever built here: it becomes part of the tag, so that a changed task is never
/// run on an old image. Null for published images, which are pulled first.
/// </param>
/// <param name="AllowsProcessSandbox">Whether the task set says that its scripts take their paths from variables.</param>
/// <param name="IsBuildInput">Which files and folders below the folder (relative, with '/') the build may see; null is all. What it may not
/// see, no Dockerfile can put where an agent works.</param>
public sealed record SandboxImageSource(string Name, string? BuildFolder, string? BuildDigest, bool AllowsProcessSandbox, Func<string,
    bool>? IsBuildInput = null);

/// <summary>A usable image.</summary>
/// <param name="Reference">What the sandbox is created from.</param>
/// <param name="Id">The engine's digest of its content, or of the build folder for the process sandbox; for the record.</param>
public sealed record SandboxImage(string Reference, string Id);

/// <summary>What a provider's sandboxes can do.</summary>
[Flags]
public enum SandboxAbilities
{
    /// <summary>Runs commands and moves files.</summary>
    None = 0,

    /// <summary>Files, processes and network are walled off from the host; agents that are not ours may run.</summary>
    Isolation = 1,

    /// <summary>Memory, processes and processors are bounded.</summary>
    Limits = 2,

    /// <summary>Commands can run as another user.</summary>
    Users = 4,
}

/// <summary>What a sandbox used; null where the host does not know.</summary>
/// <param name="PeakMemoryBytes">Highest memory in use.</param>
/// <param name="CpuSeconds">Processor time, all cores added.</param>
/// <param name="ThrottledSeconds">Time in which its processor limit held it back.</param>
/// <param name="OomKills">Processes killed for want of memory.</param>
public sealed record SandboxUsage(long? PeakMemoryBytes, double? CpuSeconds, double? ThrottledSeconds, int? OomKills)
{
    /// <summary>Nothing known.</summary>
    public static SandboxUsage Unknown { get; } = new(null, null, null, null);
}

/// <summary>One line of a sweep.</summary>
/// <param name="Id">The sandbox.</param>
/// <param name="Owner">Case and role, as far as its labels say.</param>
/// <param name="Removed">Whether it was removed.</param>
/// <param name="Reason">Why, or why not.</param>
public sealed record SweptSandbox(string Id, string Owner, bool Removed, string Reason);
