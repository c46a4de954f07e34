using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Harness.Admission;

/// <content>Faults that all workers of an experiment meet, wherever they are: one of them tries whether it is cured, for all.</content>
internal sealed partial class CircuitBreaker
{
    private string? _othersPause;
    private bool _isOutageKnown;

    /// <summary>Called when this process meets a fault that all workers of the experiment meet, with its words, and with null when it is
    /// cured.</summary>
    public Action<string?>? OnOutage { get; set; }

    /// <summary>Begins no attempt while another worker has met a fault that all meet, and tries whether it is cured.</summary>
    /// <param name="reason">The fault; null if there is none.</param>
    public void PauseFor(string? reason)
    {
        lock (_lock)
        {
            if ((reason is null) == (_othersPause is null))
                return;
            _othersPause = reason;
            notice(reason is null ? "the other worker's fault is cured; the run goes on"
                : $"paused: another worker meets a fault that all would meet: {reason}. It tries whether it is cured; this one waits.");
            if (reason is null)
                Ring();
        }
    }

    private void LetOthersKnow(RunError error)
    {
        // Others have an engine, a disk and a memory of their own.
        if (error.Class is not (ErrorClass.ModelTransport or ErrorClass.RateLimit or ErrorClass.NoWork))
            return;
        _isOutageKnown = true;
        OnOutage?.Invoke($"{EnumNames.NameOf(error.Class)}: {FirstLine(error.Message)}");
    }

    private void LetOthersGoOn()
    {
        if (_isOutageKnown)
            OnOutage?.Invoke(null);
        _isOutageKnown = false;
    }
}
