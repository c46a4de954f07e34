using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.Sandboxes.Docker.Sessions;

/// <summary>
/// A process of the engine's own: for commands with an input, another user, or a death wish. Slower than a session (about 50 ms), but its
/// exit code comes from the engine.
/// </summary>
internal sealed class PlainExec(EngineClient engine, TimeProvider time)
{
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);
    private const int MostQuietWaits = 10;
    private const int MostCodeReads = 40;
    private const int MostSilences = 3;
    private static readonly TimeSpan CodePause = TimeSpan.FromMilliseconds(25);

    /// <summary>Runs one. Before it is started, <paramref name="beforeStart"/> calls it off; later, <paramref name="abort"/> closes the
    /// channel, which kills nothing.</summary>
    public async Task<CommandEnd> RunAsync(
        string containerId, ContainerExecCreateParameters request, byte[]? stdin, CommandOutput output, CancellationToken beforeStart,
            CancellationToken abort)
    {
        string execId;
        ProcessStream stream;
        try
        {
            execId = await engine.CreateExecAsync(containerId, request, beforeStart);
            beforeStart.ThrowIfCancellationRequested();
        }
        catch (OperationCanceledException)
        {
            return new CommandEnd.NeverBegan("it was called off");
        }
        catch (SandboxException exception)
        {
            return new CommandEnd.NeverBegan(exception.Message);
        }

        try
        {
            stream = await engine.StartExecAsync(execId, abort);
        }
        catch (Exception exception) when (exception is SandboxException or OperationCanceledException)
        {
            return await JudgeRefusedStartAsync(execId, exception);
        }

        using (stream)
        {
            using var done = CancellationTokenSource.CreateLinkedTokenSource(abort);
            Task feeding = stdin is null ? Task.CompletedTask : FeedAsync(stream, stdin, done.Token);
            Task<bool> reading = ReadAsync(stream, output, done.Token);
            await WaitForEndAsync(execId, reading, output, abort);
            // A process that has ended leaves its input unread, and the writer would wait for ever.
            await done.CancelAsync();
            await feeding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            bool isCut = await reading;
            return abort.IsCancellationRequested ? new CommandEnd.ChannelLost("its channel was closed", execId, IsCut: true)
                : await ReadCodeAsync(execId, isCut, abort);
        }
    }

    private static async Task FeedAsync(ProcessStream stream, byte[] stdin, CancellationToken cancellationToken)
    {
        if (stdin.Length > 0)
            await stream.WriteAsync(stdin, cancellationToken);
        stream.EndInput();
    }

    /// <returns>Whether the connection broke before the end of the output.</returns>
    private static async Task<bool> ReadAsync(ProcessStream stream, CommandOutput output, CancellationToken cancellationToken)
    {
        try
        {
            while (await stream.ReadAsync(cancellationToken) is { } piece)
                output.Add(piece.IsStderr, piece.Bytes);
            return false;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception exception) when (EngineErrors.IsConnection(exception))
        {
            // What the end means is asked of the engine.
            return true;
        }
    }

    /// <summary>Waits for the end of the output, or for the end of the process where a child of it holds the output open.</summary>
    private async Task WaitForEndAsync(string execId, Task reading, CommandOutput output, CancellationToken abort)
    {
        for (TimeSpan pause = FirstLook; !reading.IsCompleted && !abort.IsCancellationRequested;
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks)))
        {
            await PauseAsync(reading, pause, abort);
            if (reading.IsCompleted || await IsRunningAsync(execId))
                continue;
            long before = -1;
            for (int wait = 0; wait < MostQuietWaits && !reading.IsCompleted && before != output.TotalBytes; wait++)
            {
                before = output.TotalBytes;
                await PauseAsync(reading, Quiet, abort);
            }
            return;
        }
    }

    private async Task PauseAsync(Task reading, TimeSpan pause, CancellationToken abort) =>
        await Task.WhenAny(reading, Task.Delay(pause, time, abort));

    private async Task<bool> IsRunningAsync(string execId)
    {
        try
        {
            return (await engine.InspectExecAsync(execId, CancellationToken.None)).Running;
        }
        catch (SandboxException exception)
        {
            return EngineErrors.IsSilence(exception);
        }
    }

    /// <summary>A process may close its output and work on: then its end is waited for.</summary>
    private async Task<CommandEnd> ReadCodeAsync(string execId, bool isCut, CancellationToken abort)
    {
        string why = "the engine does not say how it ended";
        int silences = 0;
        for (int read = 0; read < MostCodeReads || !(isCut || abort.IsCancellationRequested); read++)
        {
            try
            {
                ContainerExecInspectResponse reply = await engine.InspectExecAsync(execId, CancellationToken.None);
                if (reply is { Running: false, Pid: 0 })
                    return new CommandEnd.NotStarted("The engine could not start the program");
                if (reply is { Running: false, ExitCode: { } code })
                    return new CommandEnd.Exited((int)code, OutOfMemory: false);
            }
            catch (SandboxException exception)
            {
                why = exception.Message;
                if (!EngineErrors.IsSilence(exception) || ++silences == MostSilences)
                    break;
            }
            await Task.Delay(read < MostCodeReads ? CodePause : LongestPause, time, abort)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        return new CommandEnd.ChannelLost(why, execId, IsCut: true);
    }

    /// <summary>Newer engines refuse the start of what they cannot run; older ones print the reason into the output.</summary>
    private async Task<CommandEnd> JudgeRefusedStartAsync(string execId, Exception exception)
    {
        if (exception is SandboxException { Fault: SandboxFault.Engine } refusal && EngineErrors.StatusOf(refusal) is not null
            && !await IsRunningAsync(execId))
            return new CommandEnd.NotStarted(refusal.Message);
        return new CommandEnd.ChannelLost(exception.Message, execId, IsCut: true);
    }
}
