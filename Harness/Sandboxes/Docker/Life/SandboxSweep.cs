using System.Globalization;
using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Records.Runs;

namespace Tandem.Harness.Sandboxes.Docker.Life;

/// <summary>Removes what dead processes left, also what was created and never started. A living process' sandbox is never touched, nor any
/// container without our labels.</summary>
internal sealed class SandboxSweep(EngineClient engine, TimeProvider time)
{
    /// <summary>Sweeps the sandboxes of one store, or of all.</summary>
    public async Task<IReadOnlyList<SweptSandbox>> RunAsync(string? store, CancellationToken cancellationToken)
    {
        string[] labels = store is null ? [SandboxLabels.Owner] : [SandboxLabels.Owner, $"{SandboxLabels.Store}={store}"];
        IList<ContainerListResponse> found = await engine.ListContainersAsync(labels, cancellationToken);
        var lines = new List<SweptSandbox>(found.Count);
        foreach (ContainerListResponse container in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            lines.Add(await SweepAsync(container, cancellationToken));
        }
        return lines;
    }

    private async Task<SweptSandbox> SweepAsync(ContainerListResponse container, CancellationToken cancellationToken)
    {
        IDictionary<string, string> labels = container.Labels;
        (bool remove, string reason) = Judge(labels);
        if (remove)
        {
            try
            {
                await engine.RemoveContainerAsync(container.ID, cancellationToken);
            }
            catch (SandboxException exception) when (exception.Fault == SandboxFault.Lost)
            {
                reason += "; another sweep was faster";
            }
            catch (SandboxException exception)
            {
                (remove, reason) = (false, $"{reason}, but it cannot be removed: {exception.Message}");
            }
        }
        return new SweptSandbox(container.ID, SandboxLabels.Describe(labels), remove, reason);
    }

    private (bool Remove, string Reason) Judge(IDictionary<string, string> labels)
    {
        ProcessIdentity? owner = ProcessIdentity.TryParse(SandboxLabels.Value(labels, SandboxLabels.Owner));
        if (owner is { IsProvenDead: true })
            return (true, string.Create(CultureInfo.InvariantCulture, $"its owner, process {owner.Pid}, is dead"));
        if (owner is not null && CanBeSeen(owner))
            return (false, string.Create(CultureInfo.InvariantCulture, $"its owner, process {owner.Pid}, lives"));
        string who = owner is null ? "its owner is unknown" : $"its owner is on {owner.Host} or in another namespace";
        return SandboxLabels.ExpiryOf(labels) switch
        {
            null => (false, $"{who}, and it does not say when it expires"),
            { } expires when expires < time.GetUtcNow() => (true, $"{who}, and it expired at {expires:u}"),
            { } expires => (false, $"{who}, and it expires at {expires:u}"),
        };
    }

    /// <summary>Whether that process would be seen from here if it lived.</summary>
    private static bool CanBeSeen(ProcessIdentity owner) =>
        (owner.Host, owner.BootId, owner.PidNamespace) == (ProcessIdentity.Current.Host, ProcessIdentity.Current.BootId,
            ProcessIdentity.Current.PidNamespace);
}
