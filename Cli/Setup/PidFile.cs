using System.Globalization;

namespace Tandem.Cli.Setup;

/// <summary>
/// A daemon's pid file. A daemon that was killed leaves it behind, and the next one refuses to start as long as the number in it belongs to
/// any process, even a zombie's or a stranger's.
/// </summary>
/// <param name="Path">The file.</param>
/// <param name="Program">The daemon's name, as the kernel knows it (<c>/proc/PID/comm</c>).</param>
internal sealed record PidFile(string Path, string Program)
{
    /// <summary>The number of the daemon if it lives; null if there is no file, or it is stale.</summary>
    /// <param name="procFolder">Where processes are listed.</param>
    public int? LivingPid(string procFolder = "/proc") =>
        ReadNumber() is int pid && HostProcess.NameOfLiving(pid, procFolder) == Program ? pid : null;

    /// <summary>Removes the file if no such daemon lives.</summary>
    /// <returns>Whether it was there and has been removed.</returns>
    public bool RemoveIfStale(string procFolder = "/proc")
    {
        if (!File.Exists(Path) || LivingPid(procFolder) is not null)
            return false;
        File.Delete(Path);
        return true;
    }

    private int? ReadNumber()
    {
        try
        {
            return int.TryParse(File.ReadAllText(Path).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && pid > 0 ? pid : null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
