using Docker.DotNet.Models;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

internal sealed partial class EngineClient
{
    /// <summary>Networks that have a label (<c>name=value</c>); null is all.</summary>
    public Task<IList<NetworkResponse>> ListNetworksAsync(string? label, CancellationToken cancellationToken)
    {
        var wanted = new NetworksListParameters { Filters = label is null ? null : Filters(("label", [label])) };
        return CallAsync(
            new EngineCall("listing networks") { NotFound = SandboxFault.Engine },
            (docker, token) => docker.Networks.ListNetworksAsync(wanted, token),
            cancellationToken);
    }

    /// <returns>Its id.</returns>
    public async Task<string> CreateNetworkAsync(NetworksCreateParameters network, CancellationToken cancellationToken)
    {
        NetworksCreateResponse made = await CallAsync(
            new EngineCall($"making network {network.Name}") { Limit = EngineCall.LongLimit, NotFound = SandboxFault.Engine },
            (docker, token) => docker.Networks.CreateNetworkAsync(network, token),
            cancellationToken);
        return made.ID;
    }
}
