namespace Tandem.Harness.Admission;

/// <summary>The money that this process holds for what has begun and has no record yet. One process may run agents and judges of one
/// experiment at once: who shares one of these sees what the other has open. Safe for concurrent use.</summary>
public sealed class Reservations
{
    private readonly Lock _lock = new();
    private int _open;
    private decimal _usd;
    private TaskCompletionSource _returned = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Holds money until the result is disposed. Where it would do if what is open left enough of its own, that is waited
    /// for.</summary>
    /// <param name="usd">How much.</param>
    /// <param name="whyNot">Why it may not be held, given how many reservations are open and their sum in USD; null if it may.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The reservation, or why there is none.</returns>
    internal async Task<(IDisposable? Reservation, string? Refusal)> TakeAsync(decimal usd, Func<int, decimal, string?> whyNot,
        CancellationToken cancellationToken)
    {
        while (true)
        {
            Task returned;
            lock (_lock)
            {
                string? refusal = whyNot(_open, _usd);
                if (refusal is null)
                {
                    _open++;
                    _usd += usd;
                    return (new Reservation(this, usd), null);
                }
                if (_open == 0 || whyNot(0, 0) is not null)
                    return (null, refusal);
                returned = _returned.Task;
            }
            await returned.WaitAsync(cancellationToken);
        }
    }

    private void Return(decimal usd)
    {
        lock (_lock)
        {
            _open--;
            _usd -= usd;
            _returned.SetResult();
            _returned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private sealed class Reservation(Reservations all, decimal usd) : IDisposable
    {
        private int _isReturned;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isReturned, 1) == 0)
                all.Return(usd);
        }
    }
}
