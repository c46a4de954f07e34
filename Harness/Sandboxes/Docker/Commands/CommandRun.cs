using System.Globalization;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Sandboxes.Docker.Life;

namespace Tandem.Harness.Sandboxes.Docker.Commands;

/// <summary>
/// One command from the request to its result: starts it in a session or as a process of the engine's own, watches its limits and the sandbox, and sees to it that nothing of it lives on when it is cut short.
/// </summary>
internal sealed class CommandRun : IDisposable
{
    private const int SignalCode = 128 + 9;
    private const int MostStarts = 3;
    private const int ForkFailureCode = 2;
    private static readonly TimeSpan WatchPause = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan EndAfterKill = TimeSpan.FromSeconds(2);
    private readonly EngineClient _engine;
    private readonly TimeProvider _time;
    private readonly SandboxLife _life;
    private readonly ExecRequest _request;
    private readonly CommandOutput _output;
    private readonly string _marker = Guid.NewGuid().ToString("N");
    private readonly CancellationTokenSource _beforeStart = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly long _began;

    public CommandRun(EngineClient engine, TimeProvider time, SandboxLife life, ExecRequest request)
    {
        _engine = engine;
        _time = time;
        _life = life;
        _request = request;
        _output = new CommandOutput(request);
        _began = time.GetTimestamp();
    }

    /// <summary>Runs it.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; what the command started has been killed.</exception>
    public async Task<ExecResult> RunAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_request.TimeLimit, _time);
        for (int start = 1; ; start++)
        {
            int generation = _life.Generation;
            Task<CommandEnd> work = StartAsync();
            if (await WaitAsync(work, generation, limit.Token, cancellationToken).ConfigureAwait(false) is { } cut)
                return await CutShortAsync(work, generation, cut, cancellationToken).ConfigureAwait(false);
            CommandEnd end;
            try
            {
                end = await work.ConfigureAwait(false);
            }
            catch
            {
                // The caller's callback threw: its exception is passed on, its command is not left behind.
                await KillAsync(work, generation).ConfigureAwait(false);
                throw;
            }
            if (await JudgeAsync(end, generation, canStartAgain: start < MostStarts).ConfigureAwait(false) is { } result)
                return result;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _beforeStart.Dispose();
        _abort.Dispose();
    }

    private IEnumerable<KeyValuePair<string, string>> Environment => _request.Environment.Append(new(SessionScript.Marker, _marker));

    private string WorkingDirectory => _request.WorkingDirectory ?? DockerSandbox.RepoFolder;

    private bool WantsOwnProcess => _request.OwnProcess || _request.User is not null || _request.Stdin is { IsEmpty: false } || !_request.Environment.Keys.All(SessionScript.CanSet);

    private async Task<CommandEnd> StartAsync()
    {
        if (_life.Lost is { } lost)
            return new CommandEnd.NeverBegan(lost);
        if (WantsOwnProcess || _life.SessionsAreUnusable)
            return await RunOwnProcessAsync().ConfigureAwait(false);
        ShellSessionPool sessions = _life.Sessions;
        ShellSession session;
        try
        {
            session = await sessions.RentAsync(_beforeStart.Token).ConfigureAwait(false);
        }
        catch (SessionException exception) when (exception.IsPermanent)
        {
            _life.SessionsAreUnusable = true;
            return await RunOwnProcessAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SandboxException or SessionException or OperationCanceledException)
        {
            return new CommandEnd.NeverBegan(exception.Message);
        }
        try
        {
            return await session.RunAsync(WorkingDirectory, Environment, _request.Command, _output, _abort.Token).ConfigureAwait(false);
        }
        finally
        {
            sessions.Return(session);
        }
    }

    private async Task<CommandEnd> RunOwnProcessAsync()
    {
        // The engine would make the folder.
        if (_request.WorkingDirectory is { } folder && await _life.Sessions.AskAsync<bool?>(async (session, token) => await session.HasFolderAsync(folder, token).ConfigureAwait(false), mayWait: true, _beforeStart.Token).ConfigureAwait(false) == false)
            return new CommandEnd.NotStarted($"There is no folder {folder}");
        int? oomKills = await _life.CountOomKillsAsync(mayWait: false).ConfigureAwait(false);
        var request = new ExecCreateRequest
        {
            Cmd = _request.Command,
            Env = [.. Environment.Select(variable => $"{variable.Key}={variable.Value}")],
            User = _request.User,
            WorkingDir = WorkingDirectory,
            AttachStdin = _request.Stdin is not null,
        };
        CommandEnd end = await new PlainExec(_engine, _time).RunAsync(_life.Id, request, _request.Stdin, _output, _beforeStart.Token, _abort.Token).ConfigureAwait(false);
        return end is CommandEnd.Exited { Code: not 0 } exited && await _life.CountOomKillsAsync(mayWait: true).ConfigureAwait(false) > oomKills
            ? exited with { OutOfMemory = true }
            : end;
    }

    /// <summary>Waits for the end, and meanwhile for whatever cuts it short.</summary>
    /// <returns>Null if it ended by itself.</returns>
    private async Task<Cut?> WaitAsync(Task work, int generation, CancellationToken limit, CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var timedOut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration onCancel = cancellationToken.Register(cancelled.SetResult);
        using CancellationTokenRegistration onLimit = limit.Register(timedOut.SetResult);
        using var watching = new CancellationTokenSource();
        try
        {
            while (true)
            {
                Task first = await Task.WhenAny(work, cancelled.Task, timedOut.Task, _output.PassedBound, Task.Delay(WatchPause, _time, watching.Token)).ConfigureAwait(false);
                if (_output.PassedBound.IsCompleted)
                    return new Cut(ExecOutcome.TooMuchOutput, $"It printed more than {_request.MaxOutputBytes} bytes and was killed");
                if (first == work)
                    return null;
                if (first == cancelled.Task)
                    return new Cut(null, "It was cancelled");
                if (first == timedOut.Task)
                    return new Cut(ExecOutcome.TimedOut, string.Create(CultureInfo.InvariantCulture, $"Its time limit of {_request.TimeLimit.TotalSeconds:0.###} s ran out; all that it started was killed"));
                if (await _life.ExamineAsync(generation).ConfigureAwait(false) is SandboxCondition.Lost lost && !work.IsCompleted)
                {
                    _life.GiveUp(lost.Why);
                    return new Cut(ExecOutcome.SandboxLost, lost.Why);
                }
            }
        }
        finally
        {
            await watching.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task<ExecResult> CutShortAsync(Task<CommandEnd> work, int generation, Cut cut, CancellationToken cancellationToken)
    {
        string? how = cut.Outcome == ExecOutcome.SandboxLost ? null : await KillAsync(work, generation).ConfigureAwait(false);
        await _abort.CancelAsync().ConfigureAwait(false);
        await ((Task)work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return _life.Lost is { } lost && cut.Outcome != ExecOutcome.SandboxLost
            ? Result(ExecOutcome.SandboxLost, null, $"{cut.Detail}, and then the sandbox was lost: {lost}")
            : Result(cut.Outcome ?? ExecOutcome.SandboxLost, null, cut.Detail + how);
    }

    /// <summary>The ladder: everything with the marker; if that does not end it, everything in the sandbox; if that does not work, the sandbox.</summary>
    /// <returns>A note on what it took beyond the first step.</returns>
    private async Task<string?> KillAsync(Task work, int generation)
    {
        await _beforeStart.CancelAsync().ConfigureAwait(false);
        for (int attempt = 0; attempt < 2 && _life.Generation == generation && _life.Lost is null; attempt++)
        {
            bool noneLeft = await MarkerKill.KillAsync(_engine, _time, _life.Id, _request.User, _marker).ConfigureAwait(false);
            await Task.WhenAny(work, Task.Delay(EndAfterKill, _time, CancellationToken.None)).ConfigureAwait(false);
            if (noneLeft && work.IsCompleted)
                return null;
        }
        try
        {
            await _life.RestartAsync(generation, CancellationToken.None).ConfigureAwait(false);
            return ", with everything else in the sandbox";
        }
        catch (SandboxException exception)
        {
            _life.GiveUp($"what a command had started could not be killed ({exception.Message})");
            await _life.DisposeAsync().ConfigureAwait(false);
            return null;
        }
    }

    /// <returns>Null if it is to be started again.</returns>
    private async Task<ExecResult?> JudgeAsync(CommandEnd end, int generation, bool canStartAgain)
    {
        switch (end)
        {
            case CommandEnd.Exited { Code: SignalCode, OutOfMemory: false } exited when WantsOwnProcess:
                // The engine gives this code, too, to processes that go down with their sandbox.
                return await JudgeLossAsync(generation, "it was killed", mayHaveExited: exited).ConfigureAwait(false);
            case CommandEnd.Exited exited:
                return Result(exited.OutOfMemory ? ExecOutcome.OutOfMemory : ExecOutcome.Exited, exited.Code, exited.OutOfMemory ? "The kernel killed a process of it for want of memory" : null);
            case CommandEnd.NotStarted notStarted:
                return NotStarted(notStarted.Why);
            case CommandEnd.ChannelLost lost:
                return await JudgeLossAsync(generation, lost.Why, mayHaveExited: null, lost.ExecId).ConfigureAwait(false);
            case CommandEnd.NeverBegan never:
                switch (await _life.ExamineAsync(generation).ConfigureAwait(false))
                {
                    case SandboxCondition.Lost lost:
                        return GiveUp(lost.Why);
                    case SandboxCondition.KilledFromInside:
                        if (await ReviveAsync(generation).ConfigureAwait(false) is { } why)
                            return GiveUp(why);
                        return canStartAgain ? null : NotStarted(never.Why);
                    default:
                        return canStartAgain ? null : NotStarted(never.Why);
                }
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>Tells whether only the command went down, or its session, or all of the sandbox.</summary>
    private async Task<ExecResult> JudgeLossAsync(int generation, string why, CommandEnd.Exited? mayHaveExited, string? execId = null)
    {
        switch (await _life.ExamineAfterEndAsync(generation).ConfigureAwait(false))
        {
            case SandboxCondition.Lost lost:
                return GiveUp(lost.Why);
            case SandboxCondition.KilledFromInside inside:
                if (await ReviveAsync(generation).ConfigureAwait(false) is { } failure)
                    return GiveUp(failure);
                return Result(
                    inside.OutOfMemory ? ExecOutcome.OutOfMemory : ExecOutcome.Exited, SignalCode, "Everything in the sandbox was killed from inside; the sandbox was started again");
            case SandboxCondition.Restarted:
                return Result(ExecOutcome.Exited, SignalCode, "It was killed when the sandbox was restarted");
            case SandboxCondition.Running when mayHaveExited is not null:
                return Result(ExecOutcome.Exited, mayHaveExited.Code, null);
            default:
                await MarkerKill.KillAsync(_engine, _time, _life.Id, _request.User, _marker).ConfigureAwait(false);
                return await CodeOfSessionAsync(execId).ConfigureAwait(false) switch
                {
                    ForkFailureCode => NotStarted("No process could be made"),
                    null => Result(ExecOutcome.SandboxLost, null, $"The connection to it broke: {why}"),
                    _ => Result(ExecOutcome.Exited, SignalCode, $"It was killed together with what it ran in: {why}"),
                };
        }
    }

    /// <returns>Null if it lives, or nobody knows.</returns>
    private async Task<int?> CodeOfSessionAsync(string? execId)
    {
        try
        {
            return execId is null ? null : (await _engine.InspectExecAsync(execId, CancellationToken.None).ConfigureAwait(false)).ExitCode;
        }
        catch (SandboxException)
        {
            return null;
        }
    }

    /// <returns>Why it failed, null if it worked.</returns>
    private async Task<string?> ReviveAsync(int generation)
    {
        try
        {
            await _life.ReviveAsync(generation, CancellationToken.None).ConfigureAwait(false);
            return null;
        }
        catch (SandboxException exception)
        {
            return exception.Message;
        }
    }

    private ExecResult GiveUp(string why)
    {
        _life.GiveUp(why);
        return Result(ExecOutcome.SandboxLost, null, why);
    }

    private ExecResult NotStarted(string why)
    {
        string said = _output.Close().Stderr.Text.Trim();
        return Result(ExecOutcome.NotStarted, null, said.Length == 0 ? why : $"{why}: {said}");
    }

    private ExecResult Result(ExecOutcome outcome, int? code, string? detail)
    {
        (CapturedOutput stdout, CapturedOutput stderr) = _output.Close();
        return new ExecResult(outcome, code, stdout, stderr, _time.GetElapsedTime(_began), detail);
    }

    /// <summary>What cut a command short; no outcome is cancellation.</summary>
    private sealed record Cut(ExecOutcome? Outcome, string Detail);
}
