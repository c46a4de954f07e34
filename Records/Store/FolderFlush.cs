using System.Runtime.InteropServices;

namespace Tandem.Records.Store;

/// <summary>
/// Makes the names in a folder as durable as the files: on Unix a file that was flushed and renamed may still have its old name, or none,
/// after a power failure. The base library opens no folders.
/// </summary>
public static class FolderFlush
{
    private const int ReadOnly = 0; // O_RDONLY
    private const int DeviceError = 5; // EIO

    /// <summary>Flushes a folder. Where the system cannot (Windows, some network shares) nothing is done: names are then as durable as it
    /// makes them.</summary>
    /// <exception cref="IOException">The device failed.</exception>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        int descriptor = Open(folder, ReadOnly);
        if (descriptor < 0)
            return;
        try
        {
            if (Sync(descriptor) != 0 && Marshal.GetLastPInvokeError() == DeviceError)
                throw new IOException($"The folder {folder} could not be flushed to disk.");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>Whether the system can flush a file system as a whole.</summary>
    internal static bool CanFlushAll => OperatingSystem.IsLinux();

    /// <summary>Flushes all that was written to a folder's file system, names included: one wait for many files.</summary>
    /// <returns>False where the system has no such call: then each file is to be flushed by itself.</returns>
    /// <exception cref="IOException">The device failed.</exception>
    internal static bool TryFlushAll(string folder)
    {
        if (!CanFlushAll)
            return false;
        int descriptor = Open(folder, ReadOnly);
        if (descriptor < 0)
            return false;
        try
        {
            if (SyncAll(descriptor) == 0)
                return true;
            return Marshal.GetLastPInvokeError() == DeviceError
                ? throw new IOException($"What was written to {folder} could not be flushed to disk.") : false;
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [DllImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SyncAll(int descriptor);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Sync(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
