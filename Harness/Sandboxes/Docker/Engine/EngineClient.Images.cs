using System.Net;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

internal sealed partial class EngineClient
{
    /// <summary>Looks for an image among those present.</summary>
    /// <returns>Its id, null if it is not there.</returns>
    public async Task<string?> FindImageAsync(string reference, CancellationToken cancellationToken)
    {
        try
        {
            var call = new EngineCall(HttpMethod.Get, $"/images/{reference}/json", $"looking for image {reference}") { NotFound = SandboxFault.Image };
            return (await GetAsync(call, EngineJson.Default.ImageReply, cancellationToken).ConfigureAwait(false)).Id;
        }
        catch (SandboxException exception) when (EngineErrors.StatusOf(exception) == HttpStatusCode.NotFound)
        {
            return null;
        }
    }
}
