using System.Globalization;
using System.Runtime.InteropServices;
using Tandem.Bench.Sandboxes;
using Tandem.Harness.Telemetry;

namespace Tandem.Bench.Reporting;

/// <summary>Where and when something was measured: without it a number says nothing.</summary>
internal static class Surroundings
{
    /// <summary>In a few lines of Markdown.</summary>
    /// <param name="engine">The engine's description; null where none is used.</param>
    /// <param name="runs">How many rounds counted.</param>
    /// <param name="warmsUp">Whether one that did not count came first.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<string> DescribeAsync(string? engine, int runs, bool warmsUp, CancellationToken cancellationToken)
    {
        string? cli = engine is null ? null : await DockerCli.VersionAsync(cancellationToken);
        IEnumerable<string?> parts =
        [
            $"{TimeProvider.System.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC",
            string.Create(CultureInfo.InvariantCulture,
                $"{Processor()}, {Environment.ProcessorCount} processors, "
                + $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30):0.0} GiB"),
            $"{RuntimeInformation.OSDescription.Trim()}",
            RuntimeInformation.FrameworkDescription,
            engine,
            cli is null ? null : $"docker CLI {cli}",
            $"Tandem {Version()}",
            Load() is string load ? $"load before {load}" : null,
            string.Create(CultureInfo.InvariantCulture, $"{runs} round{(runs == 1 ? "" : "s")}{(warmsUp ? " after a warm-up" : "")}"),
        ];
        return string.Join("; ", parts.OfType<string>());
    }

    /// <summary>The version with the first digits of its commit.</summary>
    private static string Version()
    {
        string[] parts = Instrumentation.HarnessVersion.Split('+', 2);
        return parts.Length == 2 && parts[1].Length > 10 ? $"{parts[0]}+{parts[1][..10]}" : Instrumentation.HarnessVersion;
    }

    private static string Processor()
    {
        const string file = "/proc/cpuinfo";
        string? line = File.Exists(file)
            ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString()
            : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }

    /// <summary>Runnable processes on average over the last minute: above the number of processors, others were at work.</summary>
    private static string? Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : null;
}
