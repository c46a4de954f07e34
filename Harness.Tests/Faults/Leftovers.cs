using System.Diagnostics;
using System.Globalization;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Xunit;

namespace Tandem.Harness.Tests.Faults;

/// <summary>Looks for whatever may be left of sandboxes, on the engine and on the host.</summary>
internal static class Leftovers
{
    /// <summary>The one network that is made on demand and stays.</summary>
    private const string SharedNetwork = "tandem-egress";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    /// <summary>Fails unless everything has gone: processes take a moment after the engine has answered.</summary>
    public static async Task NoneAsync(EngineClient engine, IReadOnlyCollection<string> stores,
        IReadOnlyCollection<string> ids, string mark)
    {
        long began = Stopwatch.GetTimestamp();
        while (true)
        {
            List<string> left = await FindAsync(engine, stores, ids, mark);
            if (left.Count == 0)
                return;
            if (Stopwatch.GetElapsedTime(began) > s_limit)
                Assert.Fail("Something is left: " + string.Join("; ", left));
            await Task.Delay(100, CancellationToken.None);
        }
    }

    /// <summary>What there is just now, in words.</summary>
    public static async Task<List<string>> FindAsync(EngineClient engine, IReadOnlyCollection<string> stores,
        IReadOnlyCollection<string> ids, string mark)
    {
        var left = new List<string>();
        foreach (string store in stores)
            left.AddRange((await engine.ListContainersAsync([$"tandem.store={store}"], CancellationToken.None))
                .Select(container => $"container {container.ID} ({container.State})"));
        left.AddRange((await NetworksAsync(engine)).Where(name => name.StartsWith("tandem", StringComparison.Ordinal)
            && name != SharedNetwork).Select(name => $"network {name}"));
        left.AddRange(MarkedProcesses.Find(mark).Select(Describe));
        left.AddRange(OfContainers(ids).Select(Describe));
        return left;
    }

    /// <summary>The names of all networks.</summary>
    public static async Task<List<string>> NetworksAsync(EngineClient engine) =>
        [.. (await engine.ListNetworksAsync(label: null, CancellationToken.None)).Select(network => network.Name)];

    /// <summary>Processes of the host in a container's control groups, whatever they did to their environment, and those that serve it from
    /// outside.</summary>
    private static IEnumerable<int> OfContainers(IReadOnlyCollection<string> ids)
    {
        if (!OperatingSystem.IsLinux() || ids.Count == 0)
            yield break;
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && pid != Environment.ProcessId)
            {
                string traces = Read(folder + "/cgroup") + Read(folder + "/cmdline");
                if (ids.Any(id => traces.Contains(id, StringComparison.Ordinal)))
                    yield return pid;
            }
        }
    }

    private static string Describe(int pid) => $"process {pid} ({Read($"/proc/{pid}/cmdline").Replace('\0', ' ')})";

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
