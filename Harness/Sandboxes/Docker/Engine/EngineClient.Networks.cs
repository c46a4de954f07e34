namespace Tandem.Harness.Sandboxes.Docker.Engine;

internal sealed partial class EngineClient
{
    /// <summary>Networks that have a label (<c>name=value</c>).</summary>
    public Task<List<NetworkReply>> ListNetworksAsync(string label, CancellationToken cancellationToken) =>
        GetAsync(
            new EngineCall(HttpMethod.Get, $"/networks?filters={Filters(new() { ["label"] = [label] })}", "listing networks") { NotFound = SandboxFault.Engine },
            EngineJson.Default.ListNetworkReply,
            cancellationToken);

    /// <summary>Makes a network.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> CreateNetworkAsync(NetworkRequest request, CancellationToken cancellationToken)
    {
        CreatedReply reply = await GetAsync(
            new EngineCall(HttpMethod.Post, "/networks/create", $"making network {request.Name}")
            {
                Content = Json(request, EngineJson.Default.NetworkRequest),
                Limit = EngineCall.LongLimit,
                NotFound = SandboxFault.Engine,
            },
            EngineJson.Default.CreatedReply,
            cancellationToken).ConfigureAwait(false);
        return reply.Id;
    }
}
