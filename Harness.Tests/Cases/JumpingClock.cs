namespace Tandem.Harness.Tests.Cases;

/// <summary>The system's clock, whose time of day can be set; timers and durations go on as they do.</summary>
internal sealed class JumpingClock : TimeProvider
{
    private TimeSpan _offset;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _offset;

    /// <summary>Sets the time of day forward, or back.</summary>
    public void Jump(TimeSpan by) => _offset += by;
}
