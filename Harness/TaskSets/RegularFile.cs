using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Tandem.Harness.TaskSets;

/// <summary>Separates files from what only looks like one: whoever opens a FIFO waits until somebody else opens its other end, perhaps for
/// ever.</summary>
internal static class RegularFile
{
    /// <summary>What to say of one that is none.</summary>
    public const string WhyNot = "It is a FIFO or a socket, not a file.";

    private const int NonBlockingOnLinux = 0x800; // O_NONBLOCK
    private const int NonBlockingOnMac = 0x4;
    private const int NoSuchDevice = 6; // ENXIO: a socket, or a FIFO that nobody reads

    /// <summary>The FIFOs and sockets of a folder, all the way down; links are not followed.</summary>
    public static IEnumerable<string> NotIn(string folder) => new DirectoryInfo(folder)
        .EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
        .Where(file => file.Length == 0 && !Is(file.FullName))
        .Select(file => file.FullName);

    /// <summary>Whether something that is there can be read from its begin to its end. What may not be opened is for its reader to
    /// report.</summary>
    public static bool Is(string path)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
            return true;
        int descriptor = Open(path, OperatingSystem.IsLinux() ? NonBlockingOnLinux : NonBlockingOnMac);
        if (descriptor < 0)
            return Marshal.GetLastPInvokeError() != NoSuchDevice;
        using var stream = new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Read, bufferSize: 0);
        return stream.CanSeek;
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
}
