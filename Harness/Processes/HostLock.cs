namespace Tandem.Harness.Processes;

/// <summary>One holder per host: a file opened without sharing. The kernel frees it when the holder's process ends, however it ends; the
/// file stays, since another may be waiting for it.</summary>
internal static class HostLock
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Waits for the lock of a name, in the temporary folder, as long as it takes. A lock that another user made cannot be opened:
    /// then the work is done without it.</summary>
    public static Task<IDisposable?> AcquireAsync(string name, TimeProvider time, CancellationToken cancellationToken) => AcquireAsync(
        Path.Combine(Path.GetTempPath(), $"tandem-{name}.lock"), TimeSpan.MaxValue, () => { }, time, cancellationToken);

    /// <summary>Waits for a lock file.</summary>
    /// <param name="path">The file; made if it is not there.</param>
    /// <param name="bound">How long to wait.</param>
    /// <param name="whenWaiting">Called once if somebody else holds it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>To be disposed; null if it was not free within the bound, or may not be opened.</returns>
    public static async Task<IDisposable?> AcquireAsync(string path, TimeSpan bound, Action whenWaiting, TimeProvider time,
        CancellationToken cancellationToken)
    {
        long began = time.GetTimestamp();
        for (bool hasWaited = false; ; hasWaited = true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (UnauthorizedAccessException)
            {
                return null;
            }
            catch (IOException) when (File.Exists(path))
            {
                if (time.GetElapsedTime(began) > bound)
                    return null;
            }
            if (!hasWaited)
                whenWaiting();
            await Task.Delay(s_pause, time, cancellationToken);
        }
    }
}
