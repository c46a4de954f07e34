namespace Tandem.Harness.Messaging;

/// <summary>
/// Lets the agents of a case begin their steps in turn, always in the same order. What was written in one step then meets the same step of
/// its recipient every time, whatever the machine is doing: a case of deterministic agents that talk is the same again.
/// </summary>
internal sealed class StepTurns(IReadOnlyList<string> agentIds)
{
    private readonly Lock _lock = new();
    private readonly List<string> _ring = [.. agentIds];
    private readonly Dictionary<string, TaskCompletionSource> _waiting = [];
    private int _at;
    private bool _isTaken;

    /// <summary>Ends the agent's turn, if it has it, and waits for its next one.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; the agent must leave, or the others wait for ever.</exception>
    public Task NextAsync(string agentId, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_ring.Contains(agentId))
                throw new InvalidOperationException($"{agentId} takes no turns, or none any more.");
            if (_isTaken && _ring[_at] == agentId)
                (_at, _isTaken) = ((_at + 1) % _ring.Count, false);
            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting[agentId] = turn;
            LetGo();
            return turn.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The agent takes no turn any more.</summary>
    public void Leave(string agentId)
    {
        lock (_lock)
        {
            int place = _ring.IndexOf(agentId);
            if (place < 0)
                return;
            _ring.RemoveAt(place);
            _waiting.Remove(agentId);
            _isTaken &= place != _at;
            if (place < _at)
                _at--;
            if (_at == _ring.Count)
                _at = 0;
            LetGo();
        }
    }

    private void LetGo()
    {
        if (_isTaken || _ring.Count == 0 || !_waiting.Remove(_ring[_at], out TaskCompletionSource? turn))
            return;
        _isTaken = true;
        turn.SetResult();
    }
}
