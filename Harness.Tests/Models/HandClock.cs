namespace Tandem.Harness.Tests.Models;

/// <summary>A clock that goes on only by hand.</summary>
internal sealed class HandClock : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Timer> _timers = [];
    private TimeSpan _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now.Ticks;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + _now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        lock (_lock)
            _timers.Add(timer);
        return timer;
    }

    /// <summary>Lets time pass, and whatever is due happen.</summary>
    public void Advance(TimeSpan time)
    {
        _now += time;
        Timer[] due;
        lock (_lock)
            due = [.. _timers.Where(timer => timer.Due <= _now)];
        foreach (Timer timer in due)
            timer.Fire();
    }

    private sealed class Timer(HandClock clock, Action callback) : ITimer
    {
        public TimeSpan Due { get; private set; }

        public void Fire()
        {
            Due = TimeSpan.MaxValue;
            callback();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime < TimeSpan.Zero ? TimeSpan.MaxValue : clock._now + dueTime;
            return true;
        }

        public void Dispose() => Due = TimeSpan.MaxValue;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
