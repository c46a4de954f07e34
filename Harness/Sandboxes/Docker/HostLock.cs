namespace Tandem.Harness.Sandboxes.Docker;

/// <summary>Keeps two processes of one host from doing the same expensive thing at once. The kernel lets go of it when its holder
/// dies.</summary>
internal sealed class HostLock : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);
    private readonly FileStream? _file;

    private HostLock(FileStream? file) => _file = file;

    /// <summary>Waits for the lock of that name.</summary>
    public static async Task<HostLock> AcquireAsync(string name, TimeProvider time, CancellationToken cancellationToken)
    {
        string path = Path.Combine(Path.GetTempPath(), $"tandem-{name}.lock");
        while (true)
        {
            try
            {
                return new HostLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (UnauthorizedAccessException)
            {
                // Another user's: better without a lock than not at all.
                return new HostLock(null);
            }
            catch (IOException) when (File.Exists(path))
            {
                await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Lets go; the file stays, since another may be waiting for it.</summary>
    public void Dispose() => _file?.Dispose();
}
