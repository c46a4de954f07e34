using System.Net;
using Docker.DotNet.Models;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

internal sealed partial class EngineClient
{
    /// <summary>Looks for a volume.</summary>
    /// <returns>Null if it is not there.</returns>
    public async Task<VolumeResponse?> FindVolumeAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await CallAsync(
                new EngineCall($"looking for volume {name}") { NotFound = SandboxFault.Engine },
                (docker, token) => docker.Volumes.InspectAsync(name, token), cancellationToken);
        }
        catch (SandboxException exception) when (EngineErrors.StatusOf(exception) == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Makes a volume; one of that name that is there stays as it is, labels and all.</summary>
    public Task CreateVolumeAsync(string name, Dictionary<string, string> labels, CancellationToken cancellationToken) => CallAsync(
        Long($"making volume {name}") with { NotFound = SandboxFault.Engine },
        (docker, token) => docker.Volumes.CreateAsync(new VolumesCreateParameters { Name = name, Labels = labels }, token),
        cancellationToken);

    /// <summary>All volumes that have a label.</summary>
    public async Task<IList<VolumeResponse>> ListVolumesAsync(string label, CancellationToken cancellationToken) => (await CallAsync(
        new EngineCall("listing volumes") { NotFound = SandboxFault.Engine },
        (docker, token) => docker.Volumes.ListAsync(new VolumesListParameters { Filters = Filters(("label", [label])) }, token),
        cancellationToken)).Volumes ?? [];

    /// <summary>Removes a volume that no container has, running or not.</summary>
    /// <returns>Whether it is gone, by whomever; false if a container has it.</returns>
    public async Task<bool> TryRemoveVolumeAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await SendAsync(
                Long($"removing volume {name}") with { NotFound = SandboxFault.Engine },
                (docker, token) => docker.Volumes.RemoveAsync(name, false, token), cancellationToken);
            return true;
        }
        catch (SandboxException exception) when (EngineErrors.StatusOf(exception) is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            return EngineErrors.StatusOf(exception) == HttpStatusCode.NotFound;
        }
    }
}
