using System.Globalization;

namespace Tandem.Harness.Admission;

/// <summary>What happens while the store cannot be written.</summary>
internal sealed partial class CircuitBreaker
{
    /// <summary>Writes to the store. While that fails, the run is paused and it is tried again, with growing pauses; it must do no harm
    /// twice.</summary>
    /// <exception cref="StoreUnwritableException">The run's patience is at its end; it is stopped.</exception>
    public async Task KeepAsync(Action write, CancellationToken cancellationToken)
    {
        for (TimeSpan pause = FirstPause; ; pause = Longer(pause))
        {
            try
            {
                write();
                StoreIsWritten();
                return;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                StoreIsNotWritten(exception);
            }
            await Task.Delay(pause, clock, cancellationToken);
        }
    }

    private void StoreIsWritten()
    {
        lock (_lock)
        {
            if (_unwritableSince is not long since)
                return;
            _unwritableSince = null;
            notice(string.Create(CultureInfo.InvariantCulture,
                $"the store can be written again after {clock.GetElapsedTime(since).TotalSeconds:0} s; the run goes on"));
            Ring();
        }
    }

    private void StoreIsNotWritten(Exception exception)
    {
        string fault = FirstLine(exception.Message);
        lock (_lock)
        {
            if (_unwritableSince is not long since)
            {
                _unwritableSince = since = clock.GetTimestamp();
                if (!_isStopped)
                {
                    notice(string.Create(
                        CultureInfo.InvariantCulture,
                        $"paused: the store cannot be written: {fault}. No further attempt begins, and what is done waits to be kept; it "
                            + $"is tried every {FirstPause.TotalSeconds} to {LongestPause.TotalSeconds} s, for {settings.PatienceMinutes} "
                            + $"minutes."));
                }
            }
            if (!_isStopped && clock.GetElapsedTime(since) < TimeSpan.FromMinutes(settings.PatienceMinutes))
                return;
        }
        halt(string.Create(CultureInfo.InvariantCulture, $"the store cannot be written, for {settings.PatienceMinutes} minutes: {fault}"));
        throw new StoreUnwritableException(
            $"The store cannot be written: {fault}. Make room or correct the fault, then start the same command again: "
            + $"{words.NextStart}.", exception);
    }
}
