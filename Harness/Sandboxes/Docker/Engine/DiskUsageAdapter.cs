using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

/// <summary>Gives an older engine's answer on its disk (before version 29) the members that Docker.DotNet reads; it knows the newer form
/// alone.</summary>
internal sealed class DiskUsageAdapter(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode || request.RequestUri?.AbsolutePath.EndsWith("/system/df", StringComparison.Ordinal) != true)
            return response;
        JsonNode? answer = await response.Content.ReadFromJsonAsync<JsonNode>(cancellationToken);
        if (answer is JsonObject usage && usage["LayersSize"] is { } size && !usage.ContainsKey("ImageUsage"))
            usage["ImageUsage"] = new JsonObject { ["TotalSize"] = size.DeepClone(), ["Items"] = usage["Images"]?.DeepClone() };
        response.Content = JsonContent.Create(answer);
        return response;
    }
}
