using System.Collections.Concurrent;
using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.Tests.Sandboxes;

/// <summary>A real provider, watched: it counts its sandboxes and lets a test step in. Hooks may throw. Disposing leaves the real one to
/// its owner.</summary>
internal sealed class WatchedProvider(ISandboxProvider real) : ISandboxProvider
{
    private readonly ConcurrentQueue<string> _ids = [];
    private readonly ConcurrentQueue<string> _names = [];
    private int _asked;
    private int _alive;
    private int _merges;
    private int _runners;

    public string Kind => real.Kind;

    public SandboxAbilities Abilities => real.Abilities;

    public string Description => real.Description;

    public Action<string>? OnNotice { get => real.OnNotice; set => real.OnNotice = value; }

    /// <summary>What all sandboxes start from; null leaves it to the task.</summary>
    public SandboxImage? Image { get; init; }

    /// <summary>A variable that all processes in the sandboxes get.</summary>
    public (string Name, string Value)? Variable { get; init; }

    /// <summary>Called before a sandbox is made, with its number from 1.</summary>
    public Func<SandboxSpec, int, Task>? BeforeCreate { get; set; }

    /// <summary>Called once a sandbox is made; if it throws, the sandbox is removed.</summary>
    public Func<ISandbox, Task>? OnCreated { get; init; }

    /// <summary>Called before the patches of a case are merged, with its number from 1.</summary>
    public Func<ISandbox, int, Task>? BeforeMerge { get; set; }

    /// <summary>Called before a task's runner is started, with its number from 1.</summary>
    public Func<ISandbox, int, Task>? BeforeRunner { get; set; }

    /// <summary>Changes the result of a task's runner.</summary>
    public Func<ExecResult, ExecResult>? AfterRunner { get; init; }

    /// <summary>The ids of all sandboxes so far, the first first.</summary>
    public IReadOnlyCollection<string> Ids => _ids;

    /// <summary>Their names.</summary>
    public IReadOnlyCollection<string> Names => _names;

    public int Alive => _alive;

    public int MostAlive { get; private set; }

    /// <summary>A provider whose creation of sandboxes fails as a test says.</summary>
    /// <param name="real">What makes the others.</param>
    /// <param name="fault">The error of a sandbox, by what it is to be and its number from 1; null makes it.</param>
    public static WatchedProvider Failing(ISandboxProvider real, Func<SandboxSpec, int, SandboxException?> fault) => new(real)
    {
        BeforeCreate = (spec, number) => fault(spec, number) is { } exception ? throw exception : Task.CompletedTask,
    };

    public Task<SandboxImage> PrepareImageAsync(SandboxImageSource source, CancellationToken cancellationToken) =>
        Image is not null ? Task.FromResult(Image) : real.PrepareImageAsync(source, cancellationToken);

    public Task<ProgramVolume> PrepareProgramsAsync(ProgramRecipe recipe, CancellationToken cancellationToken) =>
        real.PrepareProgramsAsync(recipe, cancellationToken);

    public async Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        if (BeforeCreate is not null)
            await BeforeCreate(spec, Interlocked.Increment(ref _asked));
        if (Variable is (string name, string value))
            spec = spec with { Environment = new Dictionary<string, string>(spec.Environment) { [name] = value } };
        var sandbox = new Watched(this, await real.CreateAsync(spec, cancellationToken));
        _ids.Enqueue(sandbox.Id);
        _names.Enqueue(spec.Name);
        MostAlive = Math.Max(MostAlive, Interlocked.Increment(ref _alive));
        try
        {
            if (OnCreated is not null)
                await OnCreated(sandbox);
            return sandbox;
        }
        catch
        {
            await sandbox.DisposeAsync();
            throw;
        }
    }

    public Task<IReadOnlyList<SweptSandbox>> SweepAsync(string? store, CancellationToken cancellationToken) =>
        real.SweepAsync(store, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Watched(WatchedProvider owner, ISandbox sandbox) : ISandbox
    {
        private int _isGone;

        public string Id => sandbox.Id;

        public SandboxPaths Paths => sandbox.Paths;

        public async Task<ExecResult> ExecAsync(ExecRequest request, CancellationToken cancellationToken)
        {
            bool isRunner = request.Command.Contains(Paths.Scratch + "/runner.sh");
            if (isRunner && owner.BeforeRunner is not null)
                await owner.BeforeRunner(sandbox, Interlocked.Increment(ref owner._runners));
            if (owner.BeforeMerge is not null && request.Command.Contains(Paths.Scratch + "/merge"))
                await owner.BeforeMerge(sandbox, Interlocked.Increment(ref owner._merges));
            ExecResult result = await sandbox.ExecAsync(request, cancellationToken);
            return isRunner && owner.AfterRunner is not null ? owner.AfterRunner(result) : result;
        }

        public Task<ISandboxChannel> ConnectAsync(IReadOnlyList<string> command, CancellationToken cancellationToken) =>
            sandbox.ConnectAsync(command, cancellationToken);

        public Task PutFilesAsync(IReadOnlyList<SandboxFile> files, CancellationToken cancellationToken) =>
            sandbox.PutFilesAsync(files, cancellationToken);

        public Task<byte[]?> GetFileAsync(string path, long maxBytes, CancellationToken cancellationToken) =>
            sandbox.GetFileAsync(path, maxBytes, cancellationToken);

        public Task ResetProcessesAsync(CancellationToken cancellationToken) => sandbox.ResetProcessesAsync(cancellationToken);

        public Task<SandboxUsage> ReadUsageAsync(CancellationToken cancellationToken) => sandbox.ReadUsageAsync(cancellationToken);

        public async ValueTask DisposeAsync()
        {
            await sandbox.DisposeAsync();
            if (Interlocked.Exchange(ref _isGone, 1) == 0)
                Interlocked.Decrement(ref owner._alive);
        }
    }
}
