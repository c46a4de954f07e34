using System.Net;
using System.Text.Json;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

internal sealed partial class EngineClient
{
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TransferLimit = TimeSpan.FromHours(2);

    /// <summary>Looks for an image among those present.</summary>
    /// <returns>Its id, null if it is not there.</returns>
    public async Task<string?> FindImageAsync(string reference, CancellationToken cancellationToken) =>
        (await InspectImageAsync(reference, cancellationToken))?.ID;

    /// <summary>As <see cref="FindImageAsync"/>, with all that the engine knows of it.</summary>
    public async Task<ImageInspectResponse?> InspectImageAsync(string reference, CancellationToken cancellationToken)
    {
        try
        {
            var call = new EngineCall($"looking for image {reference}") { NotFound = SandboxFault.Image };
            return await CallAsync(call, (docker, token) => docker.Images.InspectImageAsync(reference, token), cancellationToken);
        }
        catch (SandboxException exception) when (EngineErrors.StatusOf(exception) == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Says that an image is made for another processor than the engine's; null if it is not, or that cannot be known.</summary>
    public async Task<string?> WhyForeignAsync(string reference, CancellationToken cancellationToken)
    {
        try
        {
            var call = new EngineCall($"looking at image {reference}") { NotFound = SandboxFault.Image };
            string? made = (await CallAsync(call, (docker, token) => docker.Images.InspectImageAsync(reference, token), cancellationToken))
                .Architecture;
            string? own = (await GetVersionAsync(LookLimit, cancellationToken)).Arch;
            return string.IsNullOrEmpty(made) || string.IsNullOrEmpty(own) || made == own ? null
                : $"The image {reference} is made for {made}, and the engine runs on {own}: build it for that, or install its emulator.";
        }
        catch (SandboxException)
        {
            return null;
        }
    }

    /// <param name="name">The image without its tag or digest.</param>
    /// <param name="tag">The tag or digest.</param>
    /// <param name="platform">Null is the engine's own.</param>
    /// <param name="login">What the registry is shown; null is nothing.</param>
    /// <param name="onProgress">Called with each line.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task PullImageAsync(string name, string tag, string? platform, AuthConfig? login, Action<JSONMessage> onProgress,
        CancellationToken cancellationToken)
    {
        var wanted = new ImagesCreateParameters { FromImage = name, Tag = tag, Platform = platform };
        EngineCall call = Transfer($"pulling {name}:{tag}");
        return SendAsync(call, (docker, token) =>
            docker.Images.CreateImageAsync(wanted, login, Following(call, onProgress), token), cancellationToken);
    }

    /// <summary>Makes an image from an archive of a file system.</summary>
    public Task ImportImageAsync(string name, string tag, Stream tar, IList<string> changes, CancellationToken cancellationToken)
    {
        var wanted = new ImagesCreateParameters { Repo = name, Tag = tag, Changes = changes };
        EngineCall call = Transfer($"importing {name}:{tag}");
        return SendAsync(call, (docker, token) =>
            docker.Images.CreateImageAsync(wanted, tar, null, Following(call, static _ => { }), token), cancellationToken);
    }

    /// <param name="reference">Its name and tag.</param>
    /// <param name="labels">Put on it.</param>
    /// <param name="context">The build's folder, packed.</param>
    /// <param name="withBuildKit">The builder that knows <c>RUN --mount</c>; its progress comes in a binary form.</param>
    /// <param name="onProgress">Called with each line.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task BuildImageAsync(
        string reference, Dictionary<string, string> labels, Stream context, bool withBuildKit, Action<ProgressLine> onProgress,
            CancellationToken cancellationToken)
    {
        var wanted = new ImageBuildParameters
        { Tags = [reference], Remove = true, ForceRemove = true, Version = withBuildKit ? "2" : "1", Labels = labels };
        EngineCall call = Transfer($"building {reference}");
        return SendAsync(call, BuildAsync, cancellationToken);

        async Task BuildAsync(IDockerClient docker, CancellationToken token)
        {
#pragma warning disable CS0618 // The overload that reports progress cannot read BuildKit's.
            Stream answer = await docker.Images.BuildImageFromDockerfileAsync(context, wanted, token);
#pragma warning restore CS0618
            await using (answer)
                await FollowAsync(call, answer, onProgress, token);
        }
    }

    /// <summary>Removes an image's name, and the image with its last name.</summary>
    /// <param name="reference">The name.</param>
    /// <param name="evenIfUsed">False refuses an image that a container needs (the answer's status is 409).</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task RemoveImageAsync(string reference, bool evenIfUsed, CancellationToken cancellationToken) =>
        SendAsync(
            Long($"removing image {reference}") with { NotFound = SandboxFault.Image },
            (docker, token) => docker.Images.DeleteImageAsync(reference, new ImageDeleteParameters { Force = evenIfUsed }, token),
            cancellationToken);

    /// <summary>All images with a name that have a label, or inherit it.</summary>
    public Task<IList<ImagesListResponse>> ListImagesAsync(string label, CancellationToken cancellationToken)
    {
        var wanted = new ImagesListParameters { Filters = Filters(("label", [label]), ("dangling", ["false"])) };
        return CallAsync(
            new EngineCall("listing images") { NotFound = SandboxFault.Engine },
            (docker, token) => docker.Images.ListImagesAsync(wanted, token),
            cancellationToken);
    }

    /// <summary>What the engine's images take on its disk; adding that up may take long where there are large volumes. Null if the engine
    /// does not say.</summary>
    public async Task<ImageDiskUsage?> GetDiskUsageAsync(CancellationToken cancellationToken) => (await CallAsync(
        new EngineCall("adding up its disk") { NotFound = SandboxFault.Engine },
        static (docker, token) => docker.System.GetDataUsageInfoAsync(new SytemDataUsageInfoParameters { Verbose = true }, token),
        cancellationToken)).ImageUsage;

    private static EngineCall Transfer(string what) => new(what) { Limit = TransferLimit, NotFound = SandboxFault.Image };

    /// <summary>An error in the progress is the call's, although its status says that all is well.</summary>
    private static OnReport<JSONMessage> Following(EngineCall call, Action<JSONMessage> onProgress) => new(line =>
    {
        if (line.Error is { } error)
            throw EngineErrors.FromProgress(call.What, error.Message ?? "it does not say why", SandboxFault.Image);
        onProgress(line);
    });

    /// <inheritdoc cref="Following"/>
    private static async Task FollowAsync(EngineCall call, Stream progress, Action<ProgressLine> onProgress,
        CancellationToken cancellationToken)
    {
        IAsyncEnumerable<ProgressLine?> lines =
            JsonSerializer.DeserializeAsyncEnumerable(progress, EngineJson.Default.ProgressLine, topLevelValues: true, cancellationToken);
        await foreach (ProgressLine? line in lines)
        {
            if (line?.Error is { } error)
                throw EngineErrors.FromProgress(call.What, error, SandboxFault.Image);
            if (line is not null)
                onProgress(line);
        }
    }
}
