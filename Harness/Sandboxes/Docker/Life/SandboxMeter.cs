using System.Globalization;
using Tandem.Harness.Sandboxes.Docker.Sessions;

namespace Tandem.Harness.Sandboxes.Docker.Life;

/// <summary>
/// What a sandbox used, read from its control groups from inside, which takes a millisecond (the engine's own statistics take one to two
/// seconds). Control groups die with each start, so what an earlier start used is added.
/// </summary>
internal sealed class SandboxMeter
{
    private SandboxUsage _earlier = SandboxUsage.Unknown;

    /// <summary>Reads it; all null if the sandbox is lost.</summary>
    public async Task<SandboxUsage> ReadAsync(ShellSessionPool sessions, CancellationToken cancellationToken) =>
        await ReadPresentAsync(sessions, cancellationToken) is { } present ? Add(_earlier, present)
            : SandboxUsage.Unknown;

    /// <summary>Takes down what the present start used, before it ends.</summary>
    public async Task CloseStartAsync(ShellSessionPool sessions)
    {
        if (await ReadPresentAsync(sessions, CancellationToken.None) is { } present)
            _earlier = Add(_earlier, present);
    }

    /// <summary>Processes killed for want of memory in the present start, null if that is not known.</summary>
    public static async Task<int?> CountOomKillsAsync(ShellSessionPool sessions) =>
        (await ReadPresentAsync(sessions, CancellationToken.None))?.OomKills;

    /// <summary>Reads the session's answer: <c>name=value</c> pairs, without those that the host does not know.</summary>
    internal static SandboxUsage Parse(string answer)
    {
        var values = new Dictionary<string, long>();
        foreach (string pair in answer.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = pair.Split('=', 2);
            if (parts.Length == 2 && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long value))
                values.TryAdd(parts[0], value);
        }
        return new SandboxUsage(
            Value("peak"),
            Value("cpu_ns") / 1e9 ?? Value("cpu_us") / 1e6,
            Value("throttled_ns") / 1e9 ?? Value("throttled_us") / 1e6,
            (int?)Value("oom"));

        long? Value(string name) => values.TryGetValue(name, out long value) ? value : null;
    }

    private static Task<SandboxUsage?> ReadPresentAsync(ShellSessionPool sessions, CancellationToken cancellationToken) =>
        sessions.AskAsync(static async (session, token) =>
            Parse(await session.AskUsageAsync(token)), cancellationToken);

    private static SandboxUsage Add(SandboxUsage one, SandboxUsage two) => new(
        one.PeakMemoryBytes is null || two.PeakMemoryBytes is null ? one.PeakMemoryBytes ?? two.PeakMemoryBytes
            : Math.Max(one.PeakMemoryBytes.Value, two.PeakMemoryBytes.Value),
        Sum(one.CpuSeconds, two.CpuSeconds),
        Sum(one.ThrottledSeconds, two.ThrottledSeconds),
        (int?)Sum(one.OomKills, two.OomKills));

    private static double? Sum(double? one, double? two) => one is null ? two : two is null ? one : one + two;
}
