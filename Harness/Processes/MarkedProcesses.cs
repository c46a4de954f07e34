using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Tandem.Harness.Processes;

/// <summary>Finds processes by an entry of the environment they were started with, and kills them. Works on Linux; elsewhere nothing is
/// found.</summary>
internal static class MarkedProcesses
{
    private const int SigKill = 9;
    private const int SigTerm = 15;
    private const int MaxEnvironmentBytes = 8 << 20;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(5);

    /// <summary>Kills a process, its group, and whatever else carries the marker.</summary>
    public static async Task KillTreeAsync(Process leader, string entry)
    {
        if (OperatingSystem.IsLinux())
        {
            // The group at one stroke, so that it cannot fork away from the search; no such group if it does not lead one.
            if (!leader.HasExited)
                _ = Kill(-leader.Id, SigKill);
            await KillAllAsync(entry);
        }
        if (!leader.HasExited)
            leader.Kill(entireProcessTree: true);
    }

    /// <summary>Sends SIGTERM to a process alone.</summary>
    /// <returns>Whether it could be sent.</returns>
    public static bool AskToEnd(Process process) => !OperatingSystem.IsWindows() && !process.HasExited && Kill(process.Id, SigTerm) == 0;

    /// <summary>Kills every process with the entry (<c>NAME=value</c>) in its environment, again and again until there is none, for at most
    /// 5 seconds.</summary>
    /// <returns>Whether none is left.</returns>
    public static async Task<bool> KillAllAsync(string entry)
    {
        long began = Stopwatch.GetTimestamp();
        // A process shows no environment for the instant in which it becomes another program: only a second look proves that there is none.
        int cleanLooks = 0;
        while (true)
        {
            int killed = 0;
            foreach (int pid in Find(entry))
                killed += Kill(pid, SigKill) == 0 ? 1 : 0;
            cleanLooks = killed == 0 ? cleanLooks + 1 : 0;
            if (cleanLooks == 2)
                return true;
            if (Stopwatch.GetElapsedTime(began) > s_bound)
                return false;
            await Task.Delay(5);
        }
    }

    /// <summary>The process numbers with the entry in their environment, but for our own; those that may not be read are not
    /// found.</summary>
    public static IReadOnlyList<int> Find(string entry)
    {
        if (!OperatingSystem.IsLinux())
            return [];
        byte[] wanted = Encoding.UTF8.GetBytes($"\0{entry}\0");
        byte[] buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        var found = new List<int>();
        try
        {
            foreach (string folder in Directory.EnumerateDirectories("/proc"))
            {
                if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                    && pid > 1 && pid != Environment.ProcessId
                    && ReadEnvironment(folder + "/environ", ref buffer).IndexOf(wanted) >= 0)
                {
                    found.Add(pid);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return found;
    }

    /// <summary>The entries with a NUL before each and after the last; empty if the process is gone, a zombie, the kernel's own or another
    /// user's.</summary>
    private static ReadOnlySpan<byte> ReadEnvironment(string path, ref byte[] buffer)
    {
        try
        {
            using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(path);
            buffer[0] = 0;
            int length = 1;
            while (RandomAccess.Read(file, buffer.AsSpan(length), length - 1) is > 0 and int count)
            {
                length += count;
                if (length == buffer.Length && length < MaxEnvironmentBytes)
                    Grow(ref buffer);
            }
            return buffer.AsSpan(0, length);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }

    private static void Grow(ref byte[] buffer)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);
}
