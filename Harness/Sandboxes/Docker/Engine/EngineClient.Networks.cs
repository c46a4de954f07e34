namespace Tandem.Harness.Sandboxes.Docker.Engine;

internal sealed partial class EngineClient
{
    /// <summary>Looks at a network.</summary>
    public Task<NetworkReply> InspectNetworkAsync(string name, CancellationToken cancellationToken) =>
        GetAsync(
            new EngineCall(HttpMethod.Get, $"/networks/{name}", $"looking at network {name}") { NotFound = SandboxFault.Engine }, EngineJson.Default.NetworkReply, cancellationToken);

    /// <summary>Makes a network.</summary>
    public Task CreateNetworkAsync(NetworkRequest request, CancellationToken cancellationToken) =>
        SendAsync(
            new EngineCall(HttpMethod.Post, "/networks/create", $"making network {request.Name}")
            {
                Content = Json(request, EngineJson.Default.NetworkRequest),
                Limit = EngineCall.LongLimit,
                NotFound = SandboxFault.Engine,
            },
            cancellationToken);
}
