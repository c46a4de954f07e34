using System.Collections.Concurrent;

namespace Tandem.Harness.Tests.Models;

/// <summary>A clock on which an hour passes in a few seconds, for pauses and limits in front of real connections. It notes what it was
/// asked to wait.</summary>
/// <param name="factor">How much faster than the system's it goes.</param>
internal sealed class FastClock(int factor = 1000) : TimeProvider
{
    private readonly long _start = System.GetTimestamp();
    private readonly DateTimeOffset _epoch = new(2026, 5, 1, 10, 0, 0, TimeSpan.Zero);

    /// <summary>The waits, of this clock's time.</summary>
    public ConcurrentQueue<TimeSpan> Waits { get; } = new();

    public override long TimestampFrequency => System.TimestampFrequency / factor;

    public override DateTimeOffset GetUtcNow() => _epoch + GetElapsedTime(_start);

    public override long GetTimestamp() => System.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Note(dueTime);
        return new Timer(this, System.CreateTimer(callback, state, Scaled(dueTime), Scaled(period)));
    }

    private void Note(TimeSpan dueTime)
    {
        if (dueTime > TimeSpan.Zero)
            Waits.Enqueue(dueTime);
    }

    private TimeSpan Scaled(TimeSpan time) => time <= TimeSpan.Zero ? time : time / factor;

    private sealed class Timer(FastClock clock, ITimer timer) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            clock.Note(dueTime);
            return timer.Change(clock.Scaled(dueTime), clock.Scaled(period));
        }

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
