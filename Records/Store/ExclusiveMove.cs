using System.Runtime.InteropServices;

namespace Tandem.Records.Store;

/// <summary>
/// Gives a file its name only if no other has it, whoever tries at the same moment. <see cref="File.Move(string, string, bool)"/> does not
/// on Unix: it looks first and renames then, and a rename replaces what came in between.
/// </summary>
internal static class ExclusiveMove
{
    private const int FileExists = 17; // EEXIST, the same on Linux and macOS

    /// <summary>Moves a file within its file system.</summary>
    /// <returns>False if the target exists; the source then stays.</returns>
    public static bool TryMove(string source, string target)
    {
        if (!OperatingSystem.IsWindows())
        {
            if (Link(source, target) == 0)
            {
                File.Delete(source);
                return true;
            }
            if (Marshal.GetLastPInvokeError() == FileExists)
                return false;
            // A file system without hard links (FAT, some network shares): the best there is.
        }
        try
        {
            File.Move(source, target, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(target))
        {
            return false;
        }
    }

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string source, [MarshalAs(UnmanagedType.LPUTF8Str)] string target);
}
