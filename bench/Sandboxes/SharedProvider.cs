using Tandem.Harness.Sandboxes;

namespace Tandem.Bench.Sandboxes;

/// <summary>A provider as it is, but for the disposal: that is its owner's.</summary>
internal sealed class SharedProvider(ISandboxProvider inner) : ISandboxProvider
{
    public string Kind => inner.Kind;

    public SandboxAbilities Abilities => inner.Abilities;

    public string Description => inner.Description;

    public Task<SandboxImage> PrepareImageAsync(SandboxImageSource source, CancellationToken cancellationToken) => inner.PrepareImageAsync(source, cancellationToken);

    public Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellationToken) => inner.CreateAsync(spec, cancellationToken);

    public Task<IReadOnlyList<SweptSandbox>> SweepAsync(string? store, CancellationToken cancellationToken) => inner.SweepAsync(store, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
