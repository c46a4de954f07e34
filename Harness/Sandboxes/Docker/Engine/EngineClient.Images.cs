using System.Net;
using System.Text.Json;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

internal sealed partial class EngineClient
{
    private static readonly TimeSpan TransferLimit = TimeSpan.FromHours(2);

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

    /// <summary>Pulls an image.</summary>
    /// <param name="name">The image without its tag or digest.</param>
    /// <param name="tag">The tag or digest.</param>
    /// <param name="platform">Null is the engine's own.</param>
    /// <param name="onProgress">Called with each line.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task PullImageAsync(string name, string tag, string? platform, Action<ProgressLine> onProgress, CancellationToken cancellationToken)
    {
        string path = $"/images/create?fromImage={Uri.EscapeDataString(name)}&tag={Uri.EscapeDataString(tag)}";
        if (platform is not null)
            path += $"&platform={Uri.EscapeDataString(platform)}";
        return FollowAsync(new EngineCall(HttpMethod.Post, path, $"pulling {name}:{tag}"), onProgress, cancellationToken);
    }

    /// <summary>Makes an image from an archive of a file system.</summary>
    public Task ImportImageAsync(string name, string tag, HttpContent tar, IEnumerable<string> changes, CancellationToken cancellationToken)
    {
        string path = $"/images/create?fromSrc=-&repo={Uri.EscapeDataString(name)}&tag={Uri.EscapeDataString(tag)}";
        path += string.Concat(changes.Select(change => $"&changes={Uri.EscapeDataString(change)}"));
        return FollowAsync(new EngineCall(HttpMethod.Post, path, $"importing {name}:{tag}") { Content = tar }, static _ => { }, cancellationToken);
    }

    /// <summary>Builds an image.</summary>
    /// <param name="reference">Its name and tag.</param>
    /// <param name="labels">Put on it.</param>
    /// <param name="context">The build's folder.</param>
    /// <param name="withBuildKit">The builder that knows <c>RUN --mount</c>; its progress comes in a binary form.</param>
    /// <param name="onProgress">Called with each line.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task BuildImageAsync(
        string reference, Dictionary<string, string> labels, HttpContent context, bool withBuildKit, Action<ProgressLine> onProgress, CancellationToken cancellationToken)
    {
        string json = JsonSerializer.Serialize(labels, EngineJson.Default.DictionaryStringString);
        string path = $"/build?t={Uri.EscapeDataString(reference)}&rm=1&forcerm=1&version={(withBuildKit ? 2 : 1)}&labels={Uri.EscapeDataString(json)}";
        return FollowAsync(new EngineCall(HttpMethod.Post, path, $"building {reference}") { Content = context }, onProgress, cancellationToken);
    }

    /// <summary>Removes an image's name, and the image with its last name.</summary>
    public Task RemoveImageAsync(string reference, CancellationToken cancellationToken) =>
        SendAsync(
            new EngineCall(HttpMethod.Delete, $"/images/{reference}?force=1", $"removing image {reference}") { Limit = EngineCall.LongLimit, NotFound = SandboxFault.Image },
            cancellationToken);

    /// <summary>Removes an image's name, and the image with its last name, unless a container needs it.</summary>
    /// <exception cref="SandboxException">Among others: a container needs it (the answer's status is 409).</exception>
    public Task RemoveUnusedImageAsync(string reference, CancellationToken cancellationToken) =>
        SendAsync(
            new EngineCall(HttpMethod.Delete, $"/images/{reference}", $"removing image {reference}") { Limit = EngineCall.LongLimit, NotFound = SandboxFault.Image },
            cancellationToken);

    /// <summary>All images with a name that have a label, or inherit it.</summary>
    public Task<List<ImageSummary>> ListImagesAsync(string label, CancellationToken cancellationToken) =>
        GetAsync(
            new EngineCall(HttpMethod.Get, $"/images/json?filters={Filters(new() { ["label"] = [label], ["dangling"] = ["false"] })}", "listing images") { NotFound = SandboxFault.Engine },
            EngineJson.Default.ListImageSummary,
            cancellationToken);

    /// <summary>What the engine's images take on its disk; adding that up may take long where there are large volumes.</summary>
    public Task<DiskUsage> GetDiskUsageAsync(CancellationToken cancellationToken) =>
        GetAsync(new EngineCall(HttpMethod.Get, "/system/df", "adding up its disk") { NotFound = SandboxFault.Engine }, EngineJson.Default.DiskUsage, cancellationToken);

    /// <summary>Reads progress to its end; an error in it is the call's, although its status says that all is well.</summary>
    private Task<bool> FollowAsync(EngineCall call, Action<ProgressLine> onProgress, CancellationToken cancellationToken) =>
        CallAsync(
            call with { Limit = TransferLimit, NotFound = SandboxFault.Image },
            async (response, token) =>
            {
                Stream body = await response.Content.ReadAsStreamAsync(token).ConfigureAwait(false);
                IAsyncEnumerable<ProgressLine?> lines = JsonSerializer.DeserializeAsyncEnumerable(body, EngineJson.Default.ProgressLine, topLevelValues: true, token);
                await foreach (ProgressLine? line in lines.ConfigureAwait(false))
                {
                    if (line?.Error is { } error)
                        throw EngineErrors.FromProgress(call.What, error, SandboxFault.Image);
                    if (line is not null)
                        onProgress(line);
                }
                return true;
            },
            cancellationToken);
}
