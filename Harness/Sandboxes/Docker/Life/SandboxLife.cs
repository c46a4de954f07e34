using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Sandboxes.Docker.Sessions;

namespace Tandem.Harness.Sandboxes.Docker.Life;

/// <summary>
/// One container from its creation to its removal: the dead man's switch, the sessions of the present start, restarts, and the question
/// what has become of it. Each start is a generation; whatever belongs to an earlier one is dead. Safe for concurrent use.
/// </summary>
internal sealed partial class SandboxLife : IAsyncDisposable
{
    private const int MostRestarts = 3;
    private static readonly TimeSpan RestartLimit = TimeSpan.FromSeconds(60);
    private readonly EngineClient _engine;
    private readonly SandboxContainer _container;
    private readonly SandboxRemoval _removal;
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeToLive;
    private readonly SemaphoreSlim _startGate = new(1, 1);
    private readonly SandboxMeter _meter = new();
    private readonly SandboxEnd _end;
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DeadMansSwitch? _switch;
    private DateTimeOffset _startedAt;
    private SandboxCondition.Lost? _lost;
    private volatile bool _mayHoldAgentCode;

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
        _end = new SandboxEnd(engine, Id, time);
        WatchEnd();
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
    public string? Lost => _lost?.Why;

    /// <summary>Ends, never with an error, when it is gone for good or has been removed.</summary>
    public Task Gone => _gone.Task;

    /// <summary>The outcome of a command in a sandbox that is gone for good.</summary>
    public ExecOutcome HowLost => _lost is { FromInside: true } ? ExecOutcome.SandboxBroken : ExecOutcome.SandboxLost;

    /// <summary>Whether a command has run that an agent's code may have been part of. Before that, nothing that befalls it comes from
    /// inside. It cannot be taken back.</summary>
    public bool MayHoldAgentCode
    {
        get => _mayHoldAgentCode;
        set => _mayHoldAgentCode |= value;
    }

    /// <summary>Makes another sandbox like it and runs a command there: whether the engine is sound. Null where nobody can try.</summary>
    public Func<Task<bool>>? IsEngineSoundAsync { get; init; }

    /// <summary>Bytes that it may write, whether or not the engine can hold it to that: a full disk is its own doing if it wrote more. Null
    /// is no bound.</summary>
    public long? DiskBytes { get; init; }

    /// <summary>Called with a line about an engine that is slow to answer.</summary>
    public Action<string>? OnNotice { get; init; }

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
    /// <param name="diskBytes">See <see cref="DiskBytes"/>.</param>
    /// <param name="isEngineSound">See <see cref="IsEngineSoundAsync"/>.</param>
    /// <param name="onNotice">See <see cref="OnNotice"/>.</param>
    /// <param name="cancellationToken">Gives up; a creation that is under way is waited for.</param>
    /// <exception cref="SandboxException">It cannot be created or started; nothing is left of it.</exception>
    public static async Task<SandboxLife> StartAsync(
        EngineClient engine, SandboxRemoval removal, TimeProvider time, SandboxContainer container, TimeSpan timeToLive,
            long? diskBytes, Func<Task<bool>>? isEngineSound, Action<string>? onNotice, CancellationToken cancellationToken)
    {
        try
        {
            DateTimeOffset startedAt = time.GetUtcNow();
            await container.StartAsync(cancellationToken);
            return new SandboxLife(engine, removal, time, container, startedAt, timeToLive)
            { DiskBytes = diskBytes, IsEngineSoundAsync = isEngineSound, OnNotice = onNotice };
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
    /// <exception cref="SandboxException">It cannot be started again, by the engine's fault or (<see cref="SandboxFault.Broken"/>) by what
    /// ran in it.</exception>
    public Task RestartAsync(int generation, CancellationToken cancellationToken) => BeginGenerationAsync(
        generation,
        async () =>
        {
            await _meter.CloseStartAsync(Sessions);
            Sessions.Dispose();
            await RestartPatientlyAsync(cancellationToken);
        },
        cancellationToken);

    /// <summary>Starts it again after it was killed from inside. Does nothing if that has happened since
    /// <paramref name="generation"/>.</summary>
    /// <exception cref="SandboxException">It cannot be started again, by the engine's fault or (<see cref="SandboxFault.Broken"/>) by what
    /// ran in it.</exception>
    public Task ReviveAsync(int generation, CancellationToken cancellationToken) => BeginGenerationAsync(
        generation,
        async () =>
        {
            Sessions.Dispose();
            // It may run on, deaf: then it is killed first.
            await RestartPatientlyAsync(cancellationToken);
        },
        cancellationToken);

    /// <summary>Marks it as gone; the first reason stays.</summary>
    /// <param name="why">The reason.</param>
    /// <param name="fromInside">Whether what an agent ran in it is to blame.</param>
    public void GiveUp(string why, bool fromInside = false)
    {
        Interlocked.CompareExchange(ref _lost, new SandboxCondition.Lost(why, fromInside && MayHoldAgentCode), null);
        _gone.TrySetResult();
    }

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
                throw LostException();
            if (Generation != generation)
                return;
            _startedAt = _time.GetUtcNow();
            try
            {
                await start();
            }
            catch (SandboxException exception)
            {
                SandboxException blamed = await BlameAsync(exception);
                if (blamed.Fault == SandboxFault.Broken)
                    GiveUp(blamed.Message, fromInside: true);
                throw blamed;
            }
            Sessions = new ShellSessionPool(_engine, Id, _time);
            Generation++;
            Sessions.OpenAhead();
        }
        finally
        {
            _startGate.Release();
        }
    }

    private async Task RestartPatientlyAsync(CancellationToken cancellationToken)
    {
        for (int restart = 1; ; restart++)
        {
            try
            {
                await _engine.RestartContainerAsync(Id, () => ReplaceSwitchAsync(cancellationToken), RestartLimit, cancellationToken);
                return;
            }
            catch (SandboxException exception) when (EngineErrors.IsSilence(exception) && restart < MostRestarts)
            {
                OnNotice?.Invoke($"{exception.Message} It is asked again.");
            }
        }
    }

    private async Task ReplaceSwitchAsync(CancellationToken cancellationToken)
    {
        DeadMansSwitch? old = _switch;
        _switch = await DeadMansSwitch.HoldAsync(_engine, Id, cancellationToken);
        WatchEnd();
        old?.Dispose();
    }

    private void WatchEnd()
    {
        if (_switch is { } held)
            _end.Watch(held, () => _lost is not null);
    }
}
