using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Serialization;

namespace Tandem.Records.Runs;

/// <summary>
/// Which process wrote an intent or made a sandbox, so that a later one can prove it dead. A process number alone proves nothing: numbers
/// are used again, differ between pid namespaces, and say nothing about another host.
/// </summary>
/// <param name="Host">The machine's name.</param>
/// <param name="BootId">The kernel's id of this boot (<c>/proc/sys/kernel/random/boot_id</c>), empty where there is none.</param>
/// <param name="PidNamespace">The pid namespace (<c>/proc/self/ns/pid</c>), empty where there is none.</param>
/// <param name="Pid">The process number within that namespace.</param>
/// <param name="StartTime">Start of the process: clock ticks since boot on Linux (field 22 of <c>/proc/PID/stat</c>), else UTC ticks; 0 if
/// unknown.</param>
public sealed record ProcessIdentity(string Host, string BootId, string PidNamespace, int Pid, long StartTime)
{
    private const long UnknownStartTime = 0;

    [JsonIgnore]
    public static ProcessIdentity Current { get; } = ReadCurrent();

    /// <summary>True only if it is certain that the process is gone: same host, and another boot, or the same pid namespace and no process
    /// of that number and start time.</summary>
    [JsonIgnore]
    public bool IsProvenDead
    {
        get
        {
            if (!string.Equals(Host, Current.Host, StringComparison.Ordinal))
                return false;
            if (BootId.Length > 0 && Current.BootId.Length > 0 && !string.Equals(BootId, Current.BootId, StringComparison.Ordinal))
                return true;
            if (!string.Equals(PidNamespace, Current.PidNamespace, StringComparison.Ordinal))
                return false;
            try
            {
                long? running = StartTimeOf(Pid);
                return running is null || (StartTime != UnknownStartTime && running != StartTime);
            }
            catch (Exception exception) when (CannotTell(exception))
            {
                return false;
            }
        }
    }

    /// <summary>The identity in one line, for labels: parts joined by <c>|</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Host}|{BootId}|{PidNamespace}|{Pid}|{StartTime}");

    /// <summary>Reads what <see cref="ToString"/> wrote; null if it is something else.</summary>
    public static ProcessIdentity? TryParse(string? text)
    {
        string[] parts = text?.Split('|') ?? [];
        return parts.Length == 5
            && int.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
            && long.TryParse(parts[4], NumberStyles.None, CultureInfo.InvariantCulture, out long start)
            ? new ProcessIdentity(parts[0], parts[1], parts[2], pid, start)
            : null;
    }

    private static ProcessIdentity ReadCurrent()
    {
        int pid = Environment.ProcessId;
        long startTime;
        try
        {
            startTime = StartTimeOf(pid) ?? UnknownStartTime;
        }
        catch (Exception exception) when (CannotTell(exception))
        {
            startTime = UnknownStartTime;
        }
        return new ProcessIdentity(Environment.MachineName, ReadLine("/proc/sys/kernel/random/boot_id"),
            LinkTarget("/proc/self/ns/pid"), pid, startTime);
    }

    /// <summary>When a process started; null only if it is certain that none of that number runs. Throws what <see cref="CannotTell"/>
    /// names if that cannot be seen.</summary>
    private static long? StartTimeOf(int pid)
    {
        try
        {
            if (!OperatingSystem.IsLinux())
            {
                using var process = Process.GetProcessById(pid);
                return process.StartTime.ToUniversalTime().Ticks;
            }
            // The program's name stands in parentheses and may hold any byte, so fields are counted from the last one: state is the first
            // after it.
            string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            bool isZombie = fields[0] is "Z" or "X";
            return isZombie ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (Exception exception)
            when (exception is FileNotFoundException or DirectoryNotFoundException or ArgumentException or InvalidOperationException)
        {
            // A system that hides other users' processes (hidepid) shows no such file for a living one; a signal still finds it.
            return OperatingSystem.IsLinux()
                && Exists(pid) ? throw new UnauthorizedAccessException($"Process {pid} is hidden.", exception) : null;
        }
    }

    private static bool Exists(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static bool CannotTell(Exception exception) => exception is IOException or UnauthorizedAccessException or Win32Exception;

    private static string ReadLine(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string LinkTarget(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget ?? "";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
