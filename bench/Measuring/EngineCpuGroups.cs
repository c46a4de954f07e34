using System.Globalization;

namespace Tandem.Bench.Measuring;

/// <summary>
/// Control groups that count the processor time of an engine of its own, to the nanosecond and whatever else the machine does: one group
/// for dockerd and what it starts (above all itself anew, to pack and unpack archives), one for its containerd and what that starts (shims,
/// runc), one above all containers. A process counts in the group of the one that started it, also when it has ended or was left by its
/// parent, so nothing is lost between two looks.
/// <para>
/// What is not quite right: runc moves itself into the container's group before it becomes the container's first process, so some 20 ms a
/// start and an exec count as the container's and not as the engine's; both sides of a comparison have that alike. What the kernel does in
/// threads of its own (taking namespaces and control groups down, writing back) is in no group. Needs the first version of control groups,
/// with <c>cpuacct</c>, and root.
/// </para>
/// <para>
/// Checked against two other counts over 20 sandboxes: dockerd's own in <c>/proc/PID/stat</c>, with its children that have ended, is the
/// same (1,940 ms); <c>perf stat</c> on the two trees of processes found 8 % less in each. Shims are nobody's children, and their own part,
/// two thirds of containerd's group, would be missing from <c>/proc/PID/stat</c>.
/// </para>
/// </summary>
internal sealed class EngineCpuGroups : IDisposable
{
    private const string Controller = "cpuacct";
    private const string EngineName = "dockerd";
    private const string ContainerdName = "containerd";
    private const string ContainersName = "containers";
    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"tandem-bench-{Environment.ProcessId}");
    private readonly string _folder;

    /// <exception cref="IOException">The groups cannot be made.</exception>
    public EngineCpuGroups()
    {
        _folder = Path.Combine(Hierarchies().FirstOrDefault(one => one.Controllers.Contains(Controller)).Folder
            ?? throw new IOException(WhyNot), _name);
        foreach (string name in (string[])[EngineName, ContainerdName, ContainersName])
            Directory.CreateDirectory(Path.Combine(_folder, name));
    }

    /// <summary>Why this host has none; null if it has.</summary>
    public static string? WhyNot { get; } =
        Hierarchies().Any(one => one.Controllers.Contains(Controller))
            ? null : $"It needs the first version of control groups, with {Controller}.";

    /// <summary>Goes before the engine's command: starts it in its group.</summary>
    public IReadOnlyList<string> Launcher => ["/bin/sh", "-c", """echo $$ >"$0" && exec "$@" """, ProcessesOf(EngineName)];

    /// <summary>Options for dockerd: its containers go into their group.</summary>
    public IReadOnlyList<string> EngineOptions => ["--cgroup-parent", $"/{_name}/{ContainersName}"];

    /// <summary>The engine's containerd has been started: from now on it counts by itself.</summary>
    public void TakeContainerd(int pid) => File.WriteAllText(ProcessesOf(ContainerdName), pid.ToString(CultureInfo.InvariantCulture));

    /// <summary>What was used so far.</summary>
    public CpuUse Read() =>
        new(ReadMs(EngineName), ReadMs(ContainerdName), ReadMs(ContainersName), Environment.CpuUsage.TotalTime.TotalMilliseconds);

    /// <summary>Removes the groups, in the other hierarchies too; the engine must have ended.</summary>
    public void Dispose()
    {
        foreach ((string mount, _) in Hierarchies())
        {
            string group = Path.Combine(mount, _name);
            if (!Directory.Exists(group))
                continue;
            foreach (string child in Directory.EnumerateDirectories(group))
                Directory.Delete(child);
            Directory.Delete(group);
        }
    }

    private static IEnumerable<(string Folder, string[] Controllers)> Hierarchies() => !File.Exists("/proc/mounts")
        ? []
        : File.ReadLines("/proc/mounts").Select(line => line.Split(' ')).Where(mount => mount[2] is "cgroup" or "cgroup2")
        .Select(mount => (mount[1], mount[3].Split(',')));

    private string ProcessesOf(string group) => Path.Combine(_folder, group, "cgroup.procs");

    private double ReadMs(string group) =>
        long.Parse(File.ReadAllText(Path.Combine(_folder, group, "cpuacct.usage")), CultureInfo.InvariantCulture) / 1e6;
}

/// <summary>Processor time so far, milliseconds.</summary>
/// <param name="EngineMs">dockerd and what it starts.</param>
/// <param name="ContainerdMs">containerd, shims, runc.</param>
/// <param name="ContainersMs">What runs in containers.</param>
/// <param name="OurMs">This process.</param>
internal readonly record struct CpuUse(double EngineMs, double ContainerdMs, double ContainersMs, double OurMs)
{
    /// <summary>All of the engine.</summary>
    public double WholeEngineMs => EngineMs + ContainerdMs;

    public static CpuUse operator -(CpuUse later, CpuUse earlier) => new(
        later.EngineMs - earlier.EngineMs, later.ContainerdMs - earlier.ContainerdMs, later.ContainersMs - earlier.ContainersMs,
            later.OurMs - earlier.OurMs);
}
