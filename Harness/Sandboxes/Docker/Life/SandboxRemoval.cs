using System.Collections.Concurrent;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.Sandboxes.Docker.Life;

/// <summary>
/// Removes containers, and keeps in mind those that an engine which was down did not remove: they are its again when it is back, and no
/// sweep takes them while this process, their owner, lives. Safe for concurrent use.
/// </summary>
internal sealed class SandboxRemoval(EngineClient engine)
{
    private readonly ConcurrentDictionary<string, bool> _owed = new();

    /// <summary>Removes one, whatever state it is in, also one whose creation failed halfway. Does not throw.</summary>
    public Task RemoveAsync(SandboxContainer container)
    {
        if (container.Trace is not { } trace)
            return Task.CompletedTask;
        var call = new EngineCall($"removing sandbox {EngineClient.Short(trace)}") { Limit = EngineCall.LongLimit };
        return RemoveAsync(
            trace,
            () => container.IsKnown
                ? engine.SendAsync(call, (_, _) => container.DisposeAsync().AsTask(), CancellationToken.None)
                : engine.RemoveContainerAsync(trace, CancellationToken.None));
    }

    /// <summary>Removes what is owed; to be called when the engine has just answered, or for the last time. Does not throw; what is then
    /// left has our label for the sweep.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        foreach (string id in _owed.IsEmpty ? [] : _owed.Keys)
        {
            if (_owed.TryRemove(id, out _))
                await RemoveAsync(id, () => engine.RemoveContainerAsync(id, cancellationToken));
        }
    }

    private async Task RemoveAsync(string id, Func<Task> remove)
    {
        try
        {
            await remove();
        }
        catch (SandboxException exception) when (exception.Fault == SandboxFault.Lost)
        {
            // Gone already.
        }
        catch (Exception exception) when (exception is SandboxException or OperationCanceledException)
        {
            _owed[id] = true;
        }
    }
}
