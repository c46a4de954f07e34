namespace Tandem.Harness.Agents;

/// <summary>
/// The wall clock of one agent. Time in which the model's endpoint let it wait (pauses after faults, the queue for a request) is not the
/// agent's and does not count; nor does catching up with a recording. Used by one agent's loop at a time.
/// </summary>
internal sealed class AgentWatch : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly TimeSpan _limit;
    private readonly CancellationTokenSource _source;
    private TimeSpan _before;
    private long? _started;

    public AgentWatch(TimeProvider clock, TimeSpan limit)
    {
        (_clock, _limit, _started) = (clock, limit, clock.GetTimestamp());
        _source = new CancellationTokenSource(limit, clock);
        Token = _source.Token;
    }

    /// <summary>Cancelled when the time is up.</summary>
    public CancellationToken Token { get; }

    /// <summary>What was counted so far.</summary>
    public TimeSpan Elapsed => _before + (_started is long started ? _clock.GetElapsedTime(started) : TimeSpan.Zero);

    public void Pause()
    {
        (_before, _started) = (Elapsed, null);
        _source.CancelAfter(Timeout.InfiniteTimeSpan);
    }

    /// <summary>Counts on, with this much more of what passed in the pause.</summary>
    public void GoOn(TimeSpan added) => GoOnFrom(_before + added);

    /// <summary>Counts this much of the pause, which lasts on.</summary>
    public void Add(TimeSpan counted)
    {
        _before += counted;
        if (_before >= _limit)
            _source.CancelAfter(TimeSpan.Zero);
    }

    /// <summary>Counts on from a time that was worked before.</summary>
    public void GoOnFrom(TimeSpan worked)
    {
        (_before, _started) = (worked, _clock.GetTimestamp());
        _source.CancelAfter(worked >= _limit ? TimeSpan.Zero : _limit - worked);
    }

    public void Dispose() => _source.Dispose();
}
