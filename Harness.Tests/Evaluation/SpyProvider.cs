using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.Tests.Evaluation;

/// <summary>A real provider, watched: it counts its sandboxes and lets a test step in.</summary>
internal sealed class SpyProvider(ISandboxProvider real) : ISandboxProvider
{
    private int _alive;

    public string Kind => real.Kind;

    public SandboxAbilities Abilities => real.Abilities;

    public string Description => real.Description;

    /// <summary>Called before a sandbox is made.</summary>
    public Action<SandboxSpec>? OnCreate { get; init; }

    /// <summary>Called once a sandbox is made.</summary>
    public Func<ISandbox, Task>? OnCreated { get; init; }

    /// <summary>Called before a command that runs in a process of its own, as runners do.</summary>
    public Func<ISandbox, Task>? OnRunner { get; init; }

    /// <summary>Changes the result of a command that ran in a process of its own.</summary>
    public Func<ExecResult, ExecResult>? AfterRunner { get; init; }

    public int Created => Names.Count;

    public int Alive => _alive;

    public int MostAlive { get; private set; }

    public List<string> Names { get; } = [];

    public Task<SandboxImage> PrepareImageAsync(SandboxImageSource source, CancellationToken cancellationToken) =>
        real.PrepareImageAsync(source, cancellationToken);

    public async Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        OnCreate?.Invoke(spec);
        ISandbox sandbox = await real.CreateAsync(spec, cancellationToken);
        Names.Add(spec.Name);
        MostAlive = Math.Max(MostAlive, Interlocked.Increment(ref _alive));
        if (OnCreated is not null)
            await OnCreated(sandbox);
        return new Watched(this, sandbox);
    }

    public Task<IReadOnlyList<SweptSandbox>> SweepAsync(string? store, CancellationToken cancellationToken) =>
        real.SweepAsync(store, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Watched(SpyProvider spy, ISandbox real) : ISandbox
    {
        public string Id => real.Id;

        public SandboxPaths Paths => real.Paths;

        public async Task<ExecResult> ExecAsync(ExecRequest request, CancellationToken cancellationToken)
        {
            if (request.OwnProcess && spy.OnRunner is not null)
                await spy.OnRunner(real);
            ExecResult result = await real.ExecAsync(request, cancellationToken);
            return request.OwnProcess && spy.AfterRunner is not null ? spy.AfterRunner(result) : result;
        }

        public Task PutFilesAsync(IReadOnlyList<SandboxFile> files, CancellationToken cancellationToken) =>
            real.PutFilesAsync(files, cancellationToken);

        public Task<byte[]?> GetFileAsync(string path, long maxBytes, CancellationToken cancellationToken) =>
            real.GetFileAsync(path, maxBytes, cancellationToken);

        public Task ResetProcessesAsync(CancellationToken cancellationToken) => real.ResetProcessesAsync(cancellationToken);

        public Task<SandboxUsage> ReadUsageAsync(CancellationToken cancellationToken) => real.ReadUsageAsync(cancellationToken);

        public async ValueTask DisposeAsync()
        {
            await real.DisposeAsync();
            Interlocked.Decrement(ref spy._alive);
        }
    }
}
