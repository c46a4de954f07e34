namespace Tandem.Harness.Tests.Messaging;

/// <summary>A clock that is a second later each time it is asked.</summary>
internal sealed class SteppedClock : TimeProvider
{
    private int _asked;

    public static DateTimeOffset Start { get; } = new(2026, 5, 1, 10, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => After(Interlocked.Increment(ref _asked));

    /// <summary>What it says when asked for that time, from 1.</summary>
    public static DateTimeOffset After(int asked) => Start.AddSeconds(asked);
}
