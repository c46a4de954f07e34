using System.Diagnostics;
using System.Globalization;

namespace Tandem.Harness.Processes;

/// <summary>
/// The one door to child processes of the host. Whatever the child does, the call ends: within the time limit and a few seconds for killing
/// and draining. On Linux a child gets a session of its own and a marker in its environment, by which everything it started is found and
/// killed; a descendant that leaves the session and clears its environment escapes. Elsewhere the tree is killed as far as the runtime
/// knows it.
/// </summary>
public static class ChildProcess
{
    /// <summary>The variable that marks what a command started; its value is unique for each command.</summary>
    public const string MarkerVariable = "TANDEM_EXEC";

    private static readonly TimeSpan s_deathBound = TimeSpan.FromSeconds(5);

    /// <summary>Runs a command to its end. A command that fails, cannot be started or runs out of time is a result, not an
    /// exception.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; what the command started has been killed.</exception>
    public static async Task<ChildResult> RunAsync(ChildCommand command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        cancellationToken.ThrowIfCancellationRequested();
        long started = Stopwatch.GetTimestamp();
        string marker = Guid.NewGuid().ToString("N");
        using Process? process = ChildStart.TryStart(command, marker, out string? whyNot);
        if (process is null)
            return new ChildResult(command.ToString(), ChildOutcome.NotStarted, null, CapturedOutput.Empty,
                CapturedOutput.Empty, Stopwatch.GetElapsedTime(started), whyNot);

        using var streams = new ChildStreams(process, command);
        using var limit = new CancellationTokenSource(command.TimeLimit);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token, streams.Refused);
        bool wasStopped = !await ExitsAsync(process, stop.Token);
        if (wasStopped && cancellationToken.IsCancellationRequested && command.Grace > TimeSpan.Zero && MarkedProcesses.AskToEnd(process))
        {
            using var grace = CancellationTokenSource.CreateLinkedTokenSource(command.Hurry);
            grace.CancelAfter(command.Grace);
            await ExitsAsync(process, grace.Token);
        }
        if (wasStopped)
        {
            await MarkedProcesses.KillTreeAsync(process, $"{MarkerVariable}={marker}");
            using var bound = new CancellationTokenSource(s_deathBound);
            await ExitsAsync(process, bound.Token);
        }
        await streams.DrainAsync(isHeldOpen: () => !OperatingSystem.IsLinux()
            || MarkedProcesses.Find($"{MarkerVariable}={marker}").Count > 0);

        TimeSpan duration = Stopwatch.GetElapsedTime(started);
        if (wasStopped)
            cancellationToken.ThrowIfCancellationRequested();
        streams.ThrowIfCallbackFailed();
        (ChildOutcome outcome, string? detail) = (streams.IsTooMuch, wasStopped) switch
        {
            (true, _) =>
                (ChildOutcome.TooMuchOutput,
                string.Create(CultureInfo.InvariantCulture, $"printed more than {command.MaxOutputBytes} bytes and was killed")),
            (false, true) =>
                (ChildOutcome.TimedOut, string.Create(CultureInfo.InvariantCulture,
                $"did not end within {command.TimeLimit.TotalSeconds:0.###} s and was killed")),
            (false, false) => (ChildOutcome.Exited, null),
        };
        return new ChildResult(
            command.ToString(), outcome, outcome == ChildOutcome.Exited ? process.ExitCode
                : null, streams.Stdout, streams.Stderr, duration, detail);
    }

    private static async Task<bool> ExitsAsync(Process process, CancellationToken giveUp)
    {
        try
        {
            await process.WaitForExitAsync(giveUp);
            return true;
        }
        catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
        {
            return false;
        }
    }
}
