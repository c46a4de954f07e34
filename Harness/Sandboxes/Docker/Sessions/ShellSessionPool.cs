using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.Sandboxes.Docker.Sessions;

/// <summary>
/// The shell sessions of one start of a sandbox: one for a usual sandbox, more when several commands run at once, or when a background
/// child still holds the channels of an earlier command. Safe for concurrent use.
/// </summary>
internal sealed class ShellSessionPool(EngineClient engine, string containerId, TimeProvider time) : IDisposable
{
    private const int MostIdle = 4;
    // A usual command's session settles within a millisecond of its end. Beyond this a background child is at work, and a new session costs
    // 50 ms.
    private static readonly TimeSpan LeastGrace = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan MostGrace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(5);
    private readonly Lock _gate = new();
    private readonly List<ShellSession> _resting = [];
    private readonly List<ShellSession> _busyWithChildren = [];
    private Task<ShellSession>? _openedAhead;
    private bool _isClosed;
    private long _lastOpeningTicks;

    /// <summary>
    /// Ends, never with an error, when the engine has begun to start the first session's shell, or that failed. The engine unpacks archives
    /// under the container's lock and looks at the container before it starts a process: an archive that comes first holds the session up
    /// until it is unpacked, one that comes after this does not.
    /// </summary>
    public Task FirstIsUnderWay { get; private set; } = Task.CompletedTask;

    /// <summary>Begins to open the first session, so that it is there when the first command comes.</summary>
    public void OpenAhead()
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<ShellSession> opening = OpenAsync(CancellationToken.None, started.SetResult);
        FirstIsUnderWay = Task.WhenAny(started.Task, opening);
        _ = opening.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted,
            TaskScheduler.Default);
        _openedAhead = opening;
    }

    /// <summary>Takes a session that can run a command, opening one if there is none.</summary>
    /// <exception cref="SandboxException">The engine refused.</exception>
    /// <exception cref="SessionException">No session can be opened.</exception>
    public async Task<ShellSession> RentAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _openedAhead, null) is { } ahead)
            return await TakeAheadAsync(ahead, cancellationToken);
        if (TryRent() is { } session)
            return session;
        Task[] settling = Settling();
        if (settling.Length > 0)
        {
            await Task.WhenAny([.. settling, Task.Delay(Grace(), time, cancellationToken)]);
            if (TryRent() is { } settled)
                return settled;
            RetireUnsettled();
        }
        return await OpenAsync(cancellationToken);
    }

    /// <param name="question">What to ask.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null if there is no answer: no session can be opened, the sandbox is lost, or it took too long.</returns>
    public async Task<T?> AskAsync<T>(Func<ShellSession, CancellationToken, Task<T?>> question, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(AskLimit, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        ShellSession? session = null;
        try
        {
            session = await RentAsync(linked.Token);
            return await question(session, linked.Token);
        }
        catch (Exception exception) when (exception is SandboxException or SessionException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return default;
        }
        finally
        {
            if (session is not null)
                Return(session);
        }
    }

    /// <summary>Gives a session back after its command.</summary>
    public void Return(ShellSession session)
    {
        lock (_gate)
        {
            bool hasEnded = session.Settled is { IsCompletedSuccessfully: true, Result: false };
            if (!_isClosed && !hasEnded && _resting.Count < MostIdle)
                _resting.Add(session);
            else if (!_isClosed && !session.Settled.IsCompleted)
                _busyWithChildren.Add(session);
            else
                session.Dispose();
        }
    }

    /// <summary>Closes all sessions; those that are rented are closed when they come back.</summary>
    public void Dispose()
    {
        ShellSession[] sessions;
        lock (_gate)
        {
            _isClosed = true;
            sessions = [.. _resting, .. _busyWithChildren];
            _resting.Clear();
            _busyWithChildren.Clear();
        }
        foreach (ShellSession session in sessions)
            session.Dispose();
        if (Interlocked.Exchange(ref _openedAhead, null) is { } ahead)
            _ = ahead.ContinueWith(static task => task.Result.Dispose(), CancellationToken.None,
                TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
    }

    /// <summary>Takes a session only if one is free at this moment.</summary>
    private ShellSession? TryRent()
    {
        lock (_gate)
        {
            foreach (List<ShellSession> sessions in (ReadOnlySpan<List<ShellSession>>)[_resting, _busyWithChildren])
            {
                for (int i = sessions.Count - 1; i >= 0; i--)
                {
                    ShellSession session = sessions[i];
                    if (!session.Settled.IsCompleted)
                        continue;
                    sessions.RemoveAt(i);
                    if (session.Settled is { IsCompletedSuccessfully: true, Result: true })
                        return session;
                    session.Dispose();
                }
            }
            return null;
        }
    }

    /// <summary>
    /// Half of what opening a session last took: a busy machine is slow to settle one, too, and another one makes it busier.
    /// </summary>
    private TimeSpan Grace() =>
        TimeSpan.FromTicks(Math.Clamp(Interlocked.Read(ref _lastOpeningTicks) / 2, LeastGrace.Ticks, MostGrace.Ticks));

    private async Task<ShellSession> OpenAsync(CancellationToken cancellationToken, Action? onStarted = null)
    {
        long began = time.GetTimestamp();
        ShellSession session = await ShellSession.OpenAsync(engine, containerId, time, onStarted, cancellationToken);
        Interlocked.Exchange(ref _lastOpeningTicks, time.GetElapsedTime(began).Ticks);
        if (session.LacksFolders)
        {
            // The image's user is not root: then root makes them, in a process of the engine's.
            var makeFolders = new ContainerExecCreateParameters
            { Cmd = ["/bin/sh", "-c", SessionScript.MakeFolders], User = "0", WorkingDir = "/" };
            var output = new CommandOutput(new ExecRequest { Command = [.. makeFolders.Cmd] });
            await new PlainExec(engine, time).RunAsync(containerId, makeFolders, stdin: null, output, cancellationToken, cancellationToken);
        }
        return session;
    }

    private async Task<ShellSession> TakeAheadAsync(Task<ShellSession> ahead, CancellationToken cancellationToken)
    {
        try
        {
            return await ahead.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            _ = ahead.ContinueWith(task => Return(task.Result), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion,
                TaskScheduler.Default);
            throw;
        }
    }

    private Task[] Settling()
    {
        lock (_gate)
            return [.. _resting.Select(session => session.Settled)];
    }

    private void RetireUnsettled()
    {
        lock (_gate)
        {
            _busyWithChildren.AddRange(_resting.Where(session => !session.Settled.IsCompleted));
            _resting.RemoveAll(session => !session.Settled.IsCompleted);
        }
    }
}
