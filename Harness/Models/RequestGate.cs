namespace Tandem.Harness.Models;

/// <summary>
/// One rate limit for all cases of a process. How many requests may be under way at once shrinks when the endpoint says that there are too
/// many, by half and at most once per round trip, and grows by about one per round trip of successes; while the endpoint asks for a pause,
/// nobody starts. Those who wait go in the order in which they came.
/// </summary>
/// <param name="most">Requests at once at the beginning and at most, from 1.</param>
/// <param name="clock">The time of pauses.</param>
internal sealed class RequestGate(int most, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(1);

    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource<Pass>> _waiting = new();
    private readonly long _start = clock.GetTimestamp();
    private readonly int _all = most;
    private int _most = most;
    private double _limit = most;
    private int _underWay;
    private int _halvings;
    private TimeSpan _pausedUntil = TimeSpan.MinValue;
    private ITimer? _timer;

    /// <summary>Requests that may be under way at once now.</summary>
    public int Limit
    {
        get
        {
            lock (_lock)
                return (int)_limit;
        }
    }

    private TimeSpan Now => clock.GetElapsedTime(_start);

    /// <summary>Waits for a place; the pass gives it back when it is disposed of.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled while waiting.</exception>
    public async Task<Pass> EnterAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var place = new TaskCompletionSource<Pass>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
            _waiting.Enqueue(place);
        Admit();
        using CancellationTokenRegistration registration = cancellationToken
            .UnsafeRegister(static (waiting, token) => ((TaskCompletionSource<Pass>)waiting!).TrySetCanceled(token), place);
        return await place.Task;
    }

    /// <summary>Called when this process is asked for a pause, with its length.</summary>
    public Action<TimeSpan>? OnPause { get; set; }

    /// <summary>Lets nobody start for a time; a longer pause that holds already stays.</summary>
    /// <param name="time">How long.</param>
    /// <param name="isOwn">Whether this process was asked for it, and not another worker.</param>
    public void Pause(TimeSpan time, bool isOwn = true)
    {
        lock (_lock)
            _pausedUntil = TimeSpan.FromTicks(Math.Max(_pausedUntil.Ticks, (Now + time).Ticks));
        if (isOwn)
            OnPause?.Invoke(time);
    }

    /// <summary>Keeps to an equal part of the requests at once, where several workers ask the same endpoint; at least one.</summary>
    public void ShareAmong(int workers)
    {
        lock (_lock)
        {
            int part = Math.Max(1, _all / Math.Max(1, workers));
            if (part == _most)
                return;
            // What was not yet reached by growing is still to be reached.
            _limit = _limit >= _most ? part : Math.Min(_limit, part);
            _most = part;
        }
        Admit();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _timer?.Dispose();
            while (_waiting.TryDequeue(out TaskCompletionSource<Pass>? place))
                place.TrySetException(new ObjectDisposedException(nameof(ModelConnection)));
        }
    }

    private void Admit()
    {
        lock (_lock)
        {
            TimeSpan pause = _pausedUntil == TimeSpan.MinValue ? TimeSpan.Zero : _pausedUntil - Now;
            if (pause > TimeSpan.Zero)
            {
                // A timer may come a moment early: it then sets itself again, and never for nothing.
                _timer ??= clock.CreateTimer(static gate => ((RequestGate)gate!).Admit(), this, Timeout.InfiniteTimeSpan,
                    Timeout.InfiniteTimeSpan);
                _timer.Change(pause < s_tick ? s_tick : pause, Timeout.InfiniteTimeSpan);
                return;
            }
            while (_underWay < (int)_limit && _waiting.TryDequeue(out TaskCompletionSource<Pass>? place))
            {
                // A place whose owner has gone is not taken.
                if (place.TrySetResult(new Pass(this, _halvings)))
                    _underWay++;
            }
        }
    }

    private void Leave()
    {
        lock (_lock)
            _underWay--;
        Admit();
    }

    private void Grow()
    {
        lock (_lock)
            _limit = Math.Min(_most, _limit + 1 / _limit);
    }

    private void Shrink(int halvingsBefore)
    {
        lock (_lock)
        {
            // The other requests of the same crowd say nothing new.
            if (halvingsBefore != _halvings)
                return;
            _halvings++;
            _limit = Math.Max(1, _limit / 2);
        }
    }

    /// <summary>A place among the requests under way.</summary>
    internal sealed class Pass(RequestGate gate, int halvings) : IDisposable
    {
        private int _left;

        /// <summary>The endpoint answered.</summary>
        public void Succeeded() => gate.Grow();

        /// <summary>The endpoint said that there are too many requests.</summary>
        public void Throttled() => gate.Shrink(halvings);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
                gate.Leave();
        }
    }
}
