namespace Tandem.Cli.Setup;

/// <summary>One holder per host: a file opened without sharing. The kernel lets go of it when the process ends, however it ends; the file
/// stays.</summary>
internal static class HostLock
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Waits until the lock is ours.</summary>
    /// <param name="path">The file; made if it is not there.</param>
    /// <param name="bound">How long to wait.</param>
    /// <param name="whenWaiting">Called once if somebody else holds it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>To be disposed; null if it was not free within the bound.</returns>
    public static async Task<IDisposable?> AcquireAsync(string path, TimeSpan bound, Action whenWaiting, TimeProvider time,
        CancellationToken cancellationToken)
    {
        long began = time.GetTimestamp();
        bool hasWaited = false;
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                if (time.GetElapsedTime(began) > bound)
                    return null;
            }
            if (!hasWaited)
                whenWaiting();
            hasWaited = true;
            await Task.Delay(s_pause, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
