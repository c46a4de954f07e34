using System.Globalization;
using Tandem.Harness.Processes;

namespace Tandem.Harness.Admission;

/// <summary>
/// Lets attempts begin only while the host has memory and disk for them: with many at once, a number of cases alone says little about what
/// they use. One is always let in, so that a run on a small host goes on and its faults get their own names. Safe for concurrent use.
/// </summary>
/// <param name="read">Free memory and free disk in bytes; null where unknown.</param>
/// <param name="clock">Time between two looks.</param>
/// <param name="notice">Called when attempts have to wait, once for each time.</param>
internal sealed class HostRoom(Func<(long? Memory, long? Disk)> read, TimeProvider clock, Action<string> notice)
{
    /// <summary>Memory to be left free for what runs already, bytes.</summary>
    public const long MemoryKept = 512L << 20;

    /// <summary>Disk to be left free for records and artifacts, bytes.</summary>
    public const long DiskKept = 512L << 20;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly Lock _lock = new();
    private int _inside;
    private bool _isTold;

    /// <summary>The room of this host, and of the disk that a store is on.</summary>
    public static HostRoom Of(string storeFolder, TimeProvider clock, Action<string> notice) =>
        new(() => (HostFacts.FreeMemoryBytes(), HostFacts.FreeDiskBytes(storeFolder)), clock, notice);

    /// <summary>Waits until there is room; the place is given back by disposing it.</summary>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            (long? memory, long? disk) = read();
            bool isLow = memory < MemoryKept || disk < DiskKept;
            lock (_lock)
            {
                if (_inside == 0 || !isLow)
                {
                    _isTold &= isLow;
                    _inside++;
                    return new Place(this);
                }
                if (!_isTold)
                {
                    notice(string.Create(
                        CultureInfo.InvariantCulture,
                        $"waiting: the host has {(memory ?? 0) >> 20} MiB of memory and {(disk ?? 0) >> 20} MiB of disk free; further "
                            + $"attempts begin when at least {MemoryKept >> 20} and {DiskKept >> 20} MiB are ('./run.sh doctor' says "
                            + $"how many at once are safe)"));
                }
                _isTold = true;
            }
            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    private sealed class Place(HostRoom room) : IDisposable
    {
        private int _isLeft;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isLeft, 1) != 0)
                return;
            lock (room._lock)
                room._inside--;
        }
    }
}
