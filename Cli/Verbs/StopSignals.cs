using System.Runtime.InteropServices;
using Tandem.Cli.Running;

namespace Tandem.Cli.Verbs;

/// <summary>What SIGINT (Ctrl-C) and SIGTERM do in every verb: the first one asks the verb to end in good order, a further SIGINT ends the
/// program at once with <see cref="ExitCodes.Interrupted"/>. A further SIGTERM changes nothing: engines such as Slurm send it to every
/// process of a job, and the job's script passes it on besides.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _first = new();
    private readonly Action<int> _exit;
    private readonly PosixSignalRegistration[] _signals;
    private int _count;

    /// <param name="exit">Ends the program with an exit code; null is the runtime's own way.</param>
    public StopSignals(Action<int>? exit = null)
    {
        _exit = exit ?? Environment.Exit;
        _signals = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            Come(context.Signal);
        }))];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _first.Token;

    /// <summary>Takes one signal.</summary>
    internal void Come(PosixSignal signal = PosixSignal.SIGINT)
    {
        if (signal == PosixSignal.SIGTERM && Volatile.Read(ref _count) > 0)
            return;
        switch (Interlocked.Increment(ref _count))
        {
            case 1:
                // Not here: what the verb does upon it must not fail in the signal's own thread.
                _ = _first.CancelAsync();
                break;
            case 2 when StopPresses.IsAny:
                // The run kills its test host, prints what is done, and ends by itself.
                break;
            default:
                _exit(ExitCodes.Interrupted);
                break;
        }
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals)
            signal.Dispose();
    }
}
