using Tandem.Harness.Sandboxes;
using Tandem.Records.Runs;

namespace Tandem.Harness.Evaluation;

/// <summary>The sandbox of an evaluation, and where that one is spoiled, the next: one at a time, all of the same name, so that the name
/// which was journalled finds whatever a crash leaves.</summary>
internal sealed class SuccessiveSandbox(ISandboxProvider provider, SandboxSpec spec) : IAsyncDisposable
{
    private ISandbox? _current;

    /// <summary>What all of them used, once they are closed; null if there was none.</summary>
    public SandboxReport? Used { get; private set; }

    public ISandbox Current => _current ?? throw new InvalidOperationException("There is no sandbox yet.");

    /// <summary>Removes the sandbox of now, if there is one, and makes a fresh one.</summary>
    /// <exception cref="SandboxException">It could not be made.</exception>
    public async Task<ISandbox> RenewAsync(CancellationToken cancellationToken)
    {
        await CloseAsync(cancellationToken);
        return _current = await provider.CreateAsync(spec, cancellationToken);
    }

    /// <summary>Reads what the sandbox of now used, and removes it.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        if (_current is null)
            return;
        SandboxUsage usage = await _current.ReadUsageAsync(cancellationToken);
        Used = new SandboxReport(
            spec.Owner.Role,
            _current.Id,
            Most(Used?.PeakMemoryBytes, usage.PeakMemoryBytes),
            Sum(Used?.CpuSeconds, usage.CpuSeconds),
            Sum(Used?.ThrottledSeconds, usage.ThrottledSeconds),
            Used?.OomKills is int kills ? kills + (usage.OomKills ?? 0) : usage.OomKills);
        await DisposeAsync();
    }

    /// <summary>Removes the sandbox of now, if there is one.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_current is not ISandbox sandbox)
            return;
        _current = null;
        await sandbox.DisposeAsync();
    }

    private static long? Most(long? a, long? b) => a is null || b > a ? b : a;

    private static double? Sum(double? a, double? b) => a is null ? b : a + (b ?? 0);
}
