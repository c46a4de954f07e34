using System.Runtime.InteropServices;

namespace Tandem.Cli.Running;

/// <summary>The signals that ask a run to stop. The first is the command line's own, which ends the run gently; a further SIGINT, here,
/// ends it at once. A further SIGTERM changes nothing.</summary>
internal sealed class StopPresses : IDisposable
{
    private readonly CancellationTokenSource _hurry = new();
    private readonly PosixSignalRegistration[] _signals;
    private int _presses;
    private static int s_alive;

    /// <param name="say">Prints what the first press does.</param>
    public StopPresses(Action<string> say)
    {
        Interlocked.Increment(ref s_alive);
        _signals = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            if (Interlocked.Increment(ref _presses) == 1)
                say("Stopping: no further case starts, and running cases are recorded as interrupted. Ctrl-C again stops at once; the next "
                    + "run then removes the sandboxes.");
            else if (context.Signal == PosixSignal.SIGINT)
                _ = _hurry.CancelAsync();
        }))];
    }

    /// <summary>Whether a run of this process ends itself at the second signal.</summary>
    public static bool IsAny => Volatile.Read(ref s_alive) > 0;

    /// <summary>Cancelled by the second press.</summary>
    public CancellationToken Hurry => _hurry.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals)
            signal.Dispose();
        _hurry.Dispose();
        Interlocked.Decrement(ref s_alive);
    }
}
