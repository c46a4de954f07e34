using System.Globalization;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Sandboxes.Docker.Life;
using Tandem.Harness.Sandboxes.Docker.Sessions;

namespace Tandem.Harness.Sandboxes.Docker.Commands;

/// <summary>
/// One command from the request to its result: has it started, watches its limits and the sandbox meanwhile, and sees to it that nothing of
/// it lives on when it is cut short.
/// </summary>
internal sealed class CommandRun : IDisposable
{
    private const int MostStarts = 3;
    private static readonly TimeSpan WatchPause = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan EndAfterKill = TimeSpan.FromSeconds(2);
    private readonly EngineClient _engine;
    private readonly TimeProvider _time;
    private readonly SandboxLife _life;
    private readonly ExecRequest _request;
    private readonly CommandOutput _output;
    private readonly CommandStart _start;
    private readonly CommandJudge _judge;
    private readonly string _marker = Guid.NewGuid().ToString("N");
    private readonly CancellationTokenSource _beforeStart = new();
    private readonly CancellationTokenSource _abort = new();

    public CommandRun(EngineClient engine, TimeProvider time, SandboxLife life, ExecRequest request)
    {
        _engine = engine;
        _time = time;
        _life = life;
        _request = request;
        _output = new CommandOutput(request);
        _start = new CommandStart(engine, time, life, request, _marker, _output);
        _judge = new CommandJudge(engine, time, life, _output, KillMarkedAsync);
    }

    /// <exception cref="OperationCanceledException">The token was cancelled; what the command started has been killed.</exception>
    public async Task<ExecResult> RunAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_request.TimeLimit, _time);
        for (int start = 1; ; start++)
        {
            int generation = _life.Generation;
            Task<CommandEnd> work = _start.RunAsync(_beforeStart.Token, _abort.Token);
            if (await WaitAsync(work, generation, limit.Token, cancellationToken) is { } cut)
                return await CutShortAsync(work, generation, cut, cancellationToken);
            CommandEnd end;
            try
            {
                end = await work;
            }
            catch
            {
                // The caller's callback threw: its exception is passed on, its command is not left behind.
                await KillAsync(work, generation);
                throw;
            }
            if (await _judge.JudgeAsync(end, generation, canStartAgain: start < MostStarts) is { } result)
                return result;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _beforeStart.Dispose();
        _abort.Dispose();
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
            int silences = 0;
            while (true)
            {
                Task first = await Task.WhenAny(work, cancelled.Task, timedOut.Task, _output.PassedBound,
                    Task.Delay(WatchPause, _time, watching.Token));
                if (_output.PassedBound.IsCompleted)
                    return new Cut(ExecOutcome.TooMuchOutput, $"It printed more than {_request.MaxOutputBytes} bytes and was killed");
                if (first == work)
                    return null;
                if (first == cancelled.Task)
                    return new Cut(null, "It was cancelled");
                if (first == timedOut.Task)
                {
                    string limitText = _request.TimeLimit.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
                    return new Cut(ExecOutcome.TimedOut, $"Its time limit of {limitText} s ran out; all that it started was killed");
                }

                SandboxCondition condition = await _life.ExamineAsync(generation);
                silences = condition is SandboxCondition.Silent ? silences + 1 : 0;
                if (condition is SandboxCondition.Silent silent && !_life.IsToBeAskedAgain(silent, silences))
                    condition = new SandboxCondition.Lost(silent.Why);
                if (condition is not SandboxCondition.Lost loss || work.IsCompleted)
                    continue;
                _life.GiveUp(loss.Why, loss.FromInside);
                return new Cut(_life.HowLost, loss.Why);
            }
        }
        finally
        {
            await watching.CancelAsync();
        }
    }

    private async Task<ExecResult> CutShortAsync(Task work, int generation, Cut cut, CancellationToken cancellationToken)
    {
        bool isLoss = cut.Outcome is ExecOutcome.SandboxLost or ExecOutcome.SandboxBroken;
        string? how = isLoss ? null : await KillAsync(work, generation);
        await _abort.CancelAsync();
        await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return _life.Lost is { } lost && !isLoss
            ? _judge.Result(_life.HowLost, null, $"{cut.Detail}, and then the sandbox was lost: {lost}")
            : _judge.Result(cut.Outcome ?? ExecOutcome.SandboxLost, null, cut.Detail + how);
    }

    /// <summary>The ladder: everything with the marker; if that does not end it, everything in the sandbox; if that does not work, the
    /// sandbox.</summary>
    /// <returns>A note on what it took beyond the first step.</returns>
    private async Task<string?> KillAsync(Task work, int generation)
    {
        await _beforeStart.CancelAsync();
        // Twice: it may have been on its way in during the first.
        for (int attempt = 0; attempt < 2 && _life.Generation == generation && _life.Lost is null; attempt++)
        {
            bool noneLeft = await KillMarkedAsync();
            await Task.WhenAny(work, Task.Delay(EndAfterKill, _time, CancellationToken.None));
            if (noneLeft && work.IsCompleted)
                return null;
        }
        try
        {
            await _life.RestartAsync(generation, CancellationToken.None);
            return ", with everything else in the sandbox";
        }
        catch (SandboxException exception)
        {
            _life.GiveUp($"what a command had started could not be killed ({exception.Message})", exception.Fault == SandboxFault.Broken);
            await _life.DisposeAsync();
            return null;
        }
    }

    private Task<bool> KillMarkedAsync() => MarkerKill.KillAsync(_engine, _time, _life.Id, _request.User, _marker);

    /// <summary>What cut a command short; no outcome is cancellation.</summary>
    private sealed record Cut(ExecOutcome? Outcome, string Detail);
}
