using Tandem.Records.Runs;

namespace Tandem.Harness.Admission;

/// <summary>Lets an attempt begin: money, then the bounds of the run, then the circuit breaker, then room on the host. Safe for concurrent
/// use.</summary>
/// <param name="budget">The money; null where nothing costs any.</param>
/// <param name="breaker">Pauses or ends the run.</param>
/// <param name="room">Memory and disk of the host; null for what needs none worth counting.</param>
/// <param name="whyNot">Why no attempt may begin at this moment, for one that pays (true) or not (false); null if it may.</param>
internal sealed class AdmissionControl(IBudget? budget, CircuitBreaker breaker, HostRoom? room, Func<bool, string?> whyNot)
{
    /// <summary>Waits until the attempt may begin, or says why it may not. Dispose the result when the case goes on.</summary>
    /// <param name="price">The most that it may pay; null if it pays nobody.</param>
    /// <param name="subject">What it is an attempt at: the id of a case or a judgement.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<Admittance> EnterAsync(Price? price, string subject, CancellationToken cancellationToken)
    {
        var admittance = new Admittance(breaker);
        bool isPaid = price is not null;
        try
        {
            if (price is Price most && budget is not null)
                (admittance.Money, admittance.Refusal) = await budget.ReserveAsync(most, subject, cancellationToken);
            // While it waited for money, the run's time may have passed, or another case may have met a fault that stops all.
            admittance.Refusal ??= whyNot(isPaid);
            if (admittance.Refusal is not null)
                return admittance;
            admittance.IsProbe = await breaker.EnterAsync(cancellationToken);
            admittance.Refusal = whyNot(isPaid);
            if (admittance.Refusal is null && room is not null)
                admittance.Place = await room.EnterAsync(cancellationToken);
            return admittance;
        }
        catch
        {
            admittance.Dispose();
            throw;
        }
    }
}

/// <summary>An attempt's leave to begin, or why it has none. Disposing gives back what it holds.</summary>
internal sealed class Admittance(CircuitBreaker breaker) : IDisposable
{
    private bool _isReported;

    /// <summary>Why the attempt may not begin; null if it may.</summary>
    public string? Refusal { get; set; }

    /// <summary>Whether the attempt probes if a fault of all is cured.</summary>
    public bool IsProbe { get; set; }

    internal IDisposable? Money { get; set; }

    internal IDisposable? Place { get; set; }

    /// <summary>The attempt has its record: its place on the host is free. Its money stays reserved until the case goes on.</summary>
    public void Report(RunRecord record)
    {
        Place?.Dispose();
        _isReported = true;
        breaker.Report(record, IsProbe);
    }

    /// <summary>What asked a model by itself has come to its end. One that was interrupted says nothing, and is not reported.</summary>
    public void Report(string id, ErrorClass? error, string? message)
    {
        _isReported = true;
        breaker.Report(id, error, message, IsProbe);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Place?.Dispose();
        if (!_isReported)
            breaker.GiveUp(IsProbe);
        Money?.Dispose();
    }
}
