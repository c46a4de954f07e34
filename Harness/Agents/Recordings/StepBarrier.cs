namespace Tandem.Harness.Agents.Recordings;

/// <summary>Where the agents of a case that is taken up again wait until each has caught up with its recording: then nothing is paid for if
/// one of them cannot.</summary>
internal sealed class StepBarrier(IEnumerable<string> agentIds)
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _behind = [.. agentIds];
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The agent has caught up; returns when all have, or have ended.</summary>
    public Task WaitForOthersAsync(string agentId, CancellationToken cancellationToken)
    {
        Leave(agentId);
        return _open.Task.WaitAsync(cancellationToken);
    }

    /// <summary>The agent has caught up, or has ended.</summary>
    public void Leave(string agentId)
    {
        lock (_lock)
        {
            _behind.Remove(agentId);
            if (_behind.Count == 0)
                _open.TrySetResult();
        }
    }
}

/// <summary>What the agents of an attempt do again.</summary>
/// <param name="Recording">What earlier agents did.</param>
/// <param name="IsResumed">Whether they go on by themselves behind its end; else it is all there is.</param>
/// <param name="Barrier">Where they wait for each other before the first goes on.</param>
internal sealed record Replay(Recording Recording, bool IsResumed, StepBarrier Barrier);
