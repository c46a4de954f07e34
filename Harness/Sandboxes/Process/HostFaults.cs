using Tandem.Harness.Processes;

namespace Tandem.Harness.Sandboxes.Process;

/// <summary>Classes what went wrong on the host by facts, not by the text of an error.</summary>
internal static class HostFaults
{
    private const long FullBelowBytes = 1 << 20;

    /// <summary>A fault of the disk if next to nothing is free where <paramref name="folder"/> is, else of the engine, which here is the
    /// host.</summary>
    public static SandboxException ToSandboxException(string what, string folder, Exception? inner, string? evidence = null)
    {
        long? free = HostFacts.FreeDiskBytes(folder);
        string message = $"{what}: {evidence ?? inner?.Message}";
        return free < FullBelowBytes
            ? new SandboxException(SandboxFault.Disk, $"{message} Only {free} bytes are free in {folder}.", inner)
            : new SandboxException(SandboxFault.Engine, message, inner);
    }
}
