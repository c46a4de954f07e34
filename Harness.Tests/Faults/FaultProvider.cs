using System.Collections.Concurrent;
using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.Tests.Faults;

/// <summary>A real provider whose sandboxes all start from one image, with the tests' repository and their mark in it; it knows every
/// sandbox that it ever made.</summary>
/// <param name="real">The engine's.</param>
/// <param name="image">What all sandboxes start from.</param>
/// <param name="mark">A variable (<c>NAME=value</c>) that all processes in them carry.</param>
/// <param name="makeRepository">Called in each new sandbox.</param>
internal sealed class FaultProvider(ISandboxProvider real, SandboxImage image, string mark, Func<ISandbox, Task> makeRepository)
    : ISandboxProvider
{
    private readonly ConcurrentBag<string> _ids = [];
    private int _created;

    public string Kind => real.Kind;

    public SandboxAbilities Abilities => real.Abilities;

    public string Description => real.Description;

    /// <summary>The ids of all sandboxes so far.</summary>
    public IReadOnlyCollection<string> Ids => _ids;

    /// <summary>Called before a sandbox is made, with its number from 1.</summary>
    public Func<SandboxSpec, int, Task>? BeforeCreate { get; set; }

    /// <summary>Called before the patches of a case are merged, with its number from 1.</summary>
    public Func<ISandbox, int, Task>? BeforeMerge { get; set; }

    /// <summary>Called before a task's runner is started, with its number from 1.</summary>
    public Func<ISandbox, int, Task>? BeforeRunner { get; set; }

    public Task<SandboxImage> PrepareImageAsync(SandboxImageSource source, CancellationToken cancellationToken) => Task.FromResult(image);

    public async Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        if (BeforeCreate is not null)
            await BeforeCreate(spec, Interlocked.Increment(ref _created));
        string[] parts = mark.Split('=');
        ISandbox sandbox = await real.CreateAsync(spec with
        { Environment = new Dictionary<string, string>(spec.Environment) { [parts[0]] = parts[1] } }, cancellationToken);
        _ids.Add(sandbox.Id);
        try
        {
            await makeRepository(sandbox);
        }
        catch
        {
            await sandbox.DisposeAsync();
            throw;
        }
        return new Watched(this, sandbox);
    }

    public Task<IReadOnlyList<SweptSandbox>> SweepAsync(string? store, CancellationToken cancellationToken) =>
        real.SweepAsync(store, cancellationToken);

    /// <summary>The engine's provider is whose it was.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private int _runners;
    private int _merges;

    private sealed class Watched(FaultProvider owner, ISandbox sandbox) : ISandbox
    {
        public string Id => sandbox.Id;

        public SandboxPaths Paths => sandbox.Paths;

        public async Task<ExecResult> ExecAsync(ExecRequest request, CancellationToken cancellationToken)
        {
            if (owner.BeforeRunner is not null && request.Command.Contains(Paths.Scratch + "/runner.sh"))
                await owner.BeforeRunner(sandbox, Interlocked.Increment(ref owner._runners));
            if (owner.BeforeMerge is not null && request.Command.Contains(Paths.Scratch + "/merge"))
                await owner.BeforeMerge(sandbox, Interlocked.Increment(ref owner._merges));
            return await sandbox.ExecAsync(request, cancellationToken);
        }

        public Task PutFilesAsync(IReadOnlyList<SandboxFile> files, CancellationToken cancellationToken) =>
            sandbox.PutFilesAsync(files, cancellationToken);

        public Task<byte[]?> GetFileAsync(string path, long maxBytes, CancellationToken cancellationToken) =>
            sandbox.GetFileAsync(path, maxBytes, cancellationToken);

        public Task ResetProcessesAsync(CancellationToken cancellationToken) => sandbox.ResetProcessesAsync(cancellationToken);

        public Task<SandboxUsage> ReadUsageAsync(CancellationToken cancellationToken) => sandbox.ReadUsageAsync(cancellationToken);

        public ValueTask DisposeAsync() => sandbox.DisposeAsync();
    }
}
