namespace Tandem.Harness.Gateway.Calls;

/// <summary>
/// One call's answer on its way to the agent. The call writes, whoever asked reads. It goes on when its reader hangs up, so that what is
/// paid is known; who asks the same again reads it from the begin.
/// </summary>
internal sealed class Exchange
{
    private readonly Lock _lock = new();
    private readonly List<byte[]> _pieces = [];
    private readonly TaskCompletionSource<ExchangeHead> _head = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Status and type, once they are known.</summary>
    public Task<ExchangeHead> Head => _head.Task;

    /// <summary>Whether the answer broke off: its reader's connection must break off, too.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Whether nothing more comes.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Whether some reader has had all of it.</summary>
    public bool IsDelivered { get; private set; }

    public void Begin(ExchangeHead head) => _head.TrySetResult(head);

    public void Append(byte[] piece)
    {
        lock (_lock)
            _pieces.Add(piece);
        Ring();
    }

    /// <summary>Nothing more comes.</summary>
    public void End(bool isCut)
    {
        lock (_lock)
            (IsOver, IsCut) = (true, isCut);
        _head.TrySetResult(new ExchangeHead(0, ""));
        Ring();
    }

    /// <summary>Hands everything on, as it comes.</summary>
    /// <param name="write">Takes a piece.</param>
    /// <param name="onSilence">Called when nothing has come for a while.</param>
    /// <param name="silence">That while.</param>
    /// <param name="cancellationToken">The reader has hung up.</param>
    public async Task CopyAsync(Func<ReadOnlyMemory<byte>, Task> write, Func<Task> onSilence, TimeSpan silence,
        CancellationToken cancellationToken)
    {
        int next = 0;
        while (true)
        {
            byte[][] pieces;
            Task changed;
            bool isOver;
            lock (_lock)
            {
                pieces = [.. _pieces.Skip(next)];
                (changed, isOver) = (_changed.Task, IsOver);
            }
            foreach (byte[] piece in pieces)
                await write(piece);
            next += pieces.Length;
            if (pieces.Length > 0)
                continue;
            if (isOver)
            {
                IsDelivered = !IsCut;
                return;
            }
            try
            {
                await changed.WaitAsync(silence, cancellationToken);
            }
            catch (TimeoutException)
            {
                await onSilence();
            }
        }
    }

    private void Ring()
    {
        TaskCompletionSource rung;
        lock (_lock)
            (rung, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        rung.TrySetResult();
    }
}

/// <summary>How an answer begins.</summary>
/// <param name="Status">Of HTTP; 0 if there is none, since the connection breaks off.</param>
/// <param name="ContentType">Its type.</param>
internal sealed record ExchangeHead(int Status, string ContentType);
