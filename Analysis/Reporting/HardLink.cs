using System.Runtime.InteropServices;

namespace Tandem.Analysis.Reporting;

/// <summary>Gives a file a second name, which costs no byte. The framework cannot.</summary>
internal static class HardLink
{
    /// <returns>False where the file system, or Windows, does not let us; the caller then writes the file.</returns>
    public static bool TryCreate(string source, string target) => !OperatingSystem.IsWindows() && Link(source, target) == 0;

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string source, [MarshalAs(UnmanagedType.LPUTF8Str)] string target);
}
