using System.Globalization;

namespace Tandem.Harness.Processes;

/// <summary>What this host has left; null where that is unknown.</summary>
internal static class HostFacts
{
    /// <summary>Memory that programs can take without pushing anything out, bytes.</summary>
    public static long? FreeMemoryBytes()
    {
        const string memory = "/proc/meminfo";
        string? line = File.Exists(memory)
            ? File.ReadLines(memory).FirstOrDefault(l => l.StartsWith("MemAvailable:", StringComparison.Ordinal)) : null;
        return long.TryParse(line?.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(1), NumberStyles.None,
            CultureInfo.InvariantCulture, out long kilobytes) ? kilobytes * 1024 : null;
    }

    /// <summary>Bytes that are free on the disk of a folder.</summary>
    public static long? FreeDiskBytes(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
