using System.Globalization;

namespace Tandem.Cli.Setup;

/// <summary>What the kernel knows about a process (Linux).</summary>
internal static class HostProcess
{
    /// <summary>The name of a living process (<c>/proc/PID/comm</c>, at most 15 characters); null if there is none of this number, or it is
    /// a zombie.</summary>
    public static string? NameOfLiving(int pid, string procFolder = "/proc")
    {
        string folder = Path.Combine(procFolder, pid.ToString(CultureInfo.InvariantCulture));
        try
        {
            // The state follows the name, which stands in parentheses and may hold any character.
            string stat = File.ReadAllText(Path.Combine(folder, "stat"));
            string state = stat[(stat.LastIndexOf(')') + 1)..].TrimStart();
            return state.StartsWith('Z') || state.StartsWith('X') ? null : File.ReadAllText(Path.Combine(folder, "comm")).TrimEnd('\n');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
