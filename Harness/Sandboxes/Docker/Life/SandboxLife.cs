using System.Globalization;
using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Sandboxes.Docker.Sessions;

namespace Tandem.Harness.Sandboxes.Docker.Life;

/// <summary>
/// One container from its creation to its removal: the dead man's switch, the sessions of the present start, restarts, and the question
/// what has become of it. Each start is a generation; whatever belongs to an earlier one is dead. Safe for concurrent use.
/// </summary>
internal sealed class SandboxLife : IAsyncDisposable
{
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RestartLimit = TimeSpan.FromSeconds(60);
    // The engine ends our connections before it writes its own books.
    private static readonly TimeSpan StopNotice = TimeSpan.FromMilliseconds(300);
    private readonly EngineClient _engine;
    private readonly SandboxContainer _container;
    private readonly SandboxRemoval _removal;
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeToLive;
    private readonly SemaphoreSlim _startGate = new(1, 1);
    private readonly SandboxMeter _meter = new();
    private DeadMansSwitch? _switch;
    private DateTimeOffset _startedAt;
    private string? _lost;

    private SandboxLife(EngineClient engine, SandboxRemoval removal, TimeProvider time, SandboxContainer container,
        DateTimeOffset startedAt, TimeSpan timeToLive)
    {
        _engine = engine;
        _container = container;
        _removal = removal;
        _time = time;
        _timeToLive = timeToLive;
        _startedAt = startedAt;
        _switch = container.Switch;
        Id = container.Id;
        Generation = 1;
        Sessions = new ShellSessionPool(engine, Id, time);
        Sessions.OpenAhead();
    }

    public string Id { get; }

    /// <summary>How often it has been started.</summary>
    public int Generation { get; private set; }

    /// <summary>The sessions of the present start.</summary>
    public ShellSessionPool Sessions { get; private set; }

    /// <summary>Why it is gone for good, null while it is not.</summary>
    public string? Lost => _lost;

    /// <summary>Set once it has turned out that the image's shell cannot keep a session.</summary>
    public bool SessionsAreUnusable { get; set; }

    /// <summary>What it used over all its starts; all null if it is lost.</summary>
    public Task<SandboxUsage> ReadUsageAsync(CancellationToken cancellationToken) =>
        _lost is null ? _meter.ReadAsync(Sessions, cancellationToken) : Task.FromResult(SandboxUsage.Unknown);

    /// <summary>Processes killed for want of memory in the present start, null if that is not known.</summary>
    public Task<int?> CountOomKillsAsync() => SandboxMeter.CountOomKillsAsync(Sessions);

    /// <summary>Creates a container, starts it with our hand on its switch, and begins to open a session.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="removal">Removes it in the end, also if this fails.</param>
    /// <param name="time">The clock.</param>
    /// <param name="container">Not created yet.</param>
    /// <param name="timeToLive">After this time it stops by itself.</param>
    /// <param name="cancellationToken">Gives up; a creation that is under way is waited for.</param>
    /// <exception cref="SandboxException">It cannot be created or started; nothing is left of it.</exception>
    public static async Task<SandboxLife> StartAsync(
        EngineClient engine, SandboxRemoval removal, TimeProvider time, SandboxContainer container, TimeSpan timeToLive,
            CancellationToken cancellationToken)
    {
        try
        {
            DateTimeOffset startedAt = time.GetUtcNow();
            await container.StartAsync(cancellationToken);
            return new SandboxLife(engine, removal, time, container, startedAt, timeToLive);
        }
        catch
        {
            await removal.RemoveAsync(container);
            container.Switch?.Dispose();
            throw;
        }
    }

    /// <summary>Kills everything in it and starts it again; files stay. Does nothing if that has happened since
    /// <paramref name="generation"/>.</summary>
    /// <exception cref="SandboxException">It cannot be started again.</exception>
    public Task RestartAsync(int generation, CancellationToken cancellationToken) => BeginGenerationAsync(
        generation,
        async () =>
        {
            await _meter.CloseStartAsync(Sessions);
            Sessions.Dispose();
            await _engine.RestartContainerAsync(Id, () => ReplaceSwitchAsync(cancellationToken), RestartLimit, cancellationToken);
        },
        cancellationToken);

    /// <summary>What has become of it since <paramref name="generation"/>. Waits for a restart that is under way.</summary>
    public async Task<SandboxCondition> ExamineAsync(int generation)
    {
        await _startGate.WaitAsync(CancellationToken.None);
        try
        {
            if (_lost is not null)
                return new SandboxCondition.Lost(_lost);
            if (Generation != generation)
                return new SandboxCondition.Restarted();
            ContainerInspectResponse container = await _engine.InspectContainerAsync(Id, LookLimit, CancellationToken.None);
            State state = container.State
                ?? throw new SandboxException(SandboxFault.Engine, "The engine does not say what state the sandbox is in.");
            return _lost is not null ? new SandboxCondition.Lost(_lost) : await JudgeAsync(state);
        }
        catch (SandboxException exception)
        {
            bool isSilence = exception is { Fault: SandboxFault.Engine, InnerException: OperationCanceledException };
            return _lost is null && isSilence ? new SandboxCondition.Silent(exception.Message)
                : new SandboxCondition.Lost(_lost ?? exception.Message);
        }
        finally
        {
            _startGate.Release();
        }
    }

    /// <summary>As <see cref="ExamineAsync"/>, for a channel that has just ended: gives the engine the moment it needs to notice that the
    /// whole sandbox has.</summary>
    public async Task<SandboxCondition> ExamineAfterEndAsync(int generation)
    {
        if (_switch is { } held)
            await Task.WhenAny(held.Stopped, Task.Delay(StopNotice, _time, CancellationToken.None));
        return await ExamineAsync(generation);
    }

    /// <summary>Starts it again after it was killed from inside. Does nothing if that has happened since
    /// <paramref name="generation"/>.</summary>
    /// <exception cref="SandboxException">It cannot be started again.</exception>
    public Task ReviveAsync(int generation, CancellationToken cancellationToken) => BeginGenerationAsync(
        generation,
        async () =>
        {
            Sessions.Dispose();
            await ReplaceSwitchAsync(cancellationToken);
            await _engine.StartContainerAsync(Id, cancellationToken);
        },
        cancellationToken);

    /// <summary>Marks it as gone; the first reason stays.</summary>
    public void GiveUp(string why) => Interlocked.CompareExchange(ref _lost, why, null);

    /// <summary>Lets go of the switch, as our death would: for tests.</summary>
    internal void LetGo() => _switch?.Dispose();

    /// <summary>Removes it, whatever state it is in. Does not throw: what cannot be removed now is removed later.</summary>
    public async ValueTask DisposeAsync()
    {
        GiveUp("it has been removed");
        // Where the engine is gone, letting go of the switch stops it.
        await _removal.RemoveAsync(_container);
        _switch?.Dispose();
        Sessions.Dispose();
    }

    private async Task BeginGenerationAsync(int generation, Func<Task> start, CancellationToken cancellationToken)
    {
        await _startGate.WaitAsync(cancellationToken);
        try
        {
            if (_lost is not null)
                throw new SandboxException(SandboxFault.Lost, $"The sandbox is lost: {_lost}.");
            if (Generation != generation)
                return;
            _startedAt = _time.GetUtcNow();
            await start();
            Sessions = new ShellSessionPool(_engine, Id, _time);
            Generation++;
            Sessions.OpenAhead();
        }
        finally
        {
            _startGate.Release();
        }
    }

    private async Task ReplaceSwitchAsync(CancellationToken cancellationToken)
    {
        DeadMansSwitch? old = _switch;
        _switch = await DeadMansSwitch.HoldAsync(_engine, Id, cancellationToken);
        old?.Dispose();
    }

    private async Task<SandboxCondition> JudgeAsync(State state)
    {
        if (state.Paused)
            return new SandboxCondition.Lost("somebody has paused it");
        if (state.Running)
            return _switch is { Stopped.IsCompleted: false } ? new SandboxCondition.Running()
                : new SandboxCondition.Lost("somebody has restarted it");
        if (state.OOMKilled)
            return new SandboxCondition.KilledFromInside(OutOfMemory: true);
        if (_time.GetUtcNow() - _startedAt >= _timeToLive)
            return new SandboxCondition.Lost("its time to live ran out");
        // 0: the main process read the end of its input, so our hand slipped off the switch.
        return state.ExitCode == 0 || await WasKilledFromOutsideAsync(StartOf(state))
            ? new SandboxCondition.Lost($"it has stopped with exit code {state.ExitCode} {state.Error}".TrimEnd())
            : new SandboxCondition.KilledFromInside(OutOfMemory: false);
    }

    /// <summary>When its main process was last started, by the engine's own clock: what the engine did before belongs to our restart of it,
    /// a kill as any other.</summary>
    private DateTimeOffset StartOf(State state) =>
        DateTimeOffset.TryParse(state.StartedAt, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset startedAt)
            && startedAt > DateTimeOffset.UnixEpoch ? startedAt : _startedAt;

    /// <summary>A process inside that kills all others and somebody who kills the container leave the same exit code; only the latter is an
    /// event of the engine. An engine that remembers no end at all was itself restarted.</summary>
    private async Task<bool> WasKilledFromOutsideAsync(DateTimeOffset startedAt)
    {
        IReadOnlyList<Message> events = await _engine
            .GetEventsAsync(Id, startedAt, _time.GetUtcNow(), ["die", "kill", "stop"], CancellationToken.None);
        return !events.Any(one => one.Action == "die") || events.Any(one => one.Action is "kill" or "stop");
    }
}
