using Docker.DotNet.Models;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

internal sealed partial class EngineClient
{
    /// <summary>Gives an image one more name; another image that has it loses it.</summary>
    /// <param name="image">A name or id of the image.</param>
    /// <param name="name">The new name without its tag.</param>
    /// <param name="tag">The new name's tag.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxException">Of class <c>Image</c> if there is no such image.</exception>
    public Task TagImageAsync(string image, string name, string tag, CancellationToken cancellationToken) => SendAsync(
        new EngineCall($"naming image {image} {name}:{tag}") { NotFound = SandboxFault.Image },
        (docker, token) => docker.Images.TagImageAsync(
            image, new ImageTagParameters { RepositoryName = name, Tag = tag }, token),
        cancellationToken);

    /// <summary>Opens an image as a tar, as <c>docker save</c> writes it. By its id the tar holds no name.</summary>
    /// <param name="id">The image's id.</param>
    /// <param name="cancellationToken">Gives up before the first byte; reading the stream has no limit of its own.</param>
    public Task<Stream> OpenImageAsync(string id, CancellationToken cancellationToken) => CallAsync(
        Long($"saving image {id}") with { NotFound = SandboxFault.Image },
        (docker, token) => docker.Images.SaveImageAsync(id, token),
        cancellationToken);

    /// <summary>Takes in a tar that <c>docker save</c> wrote.</summary>
    /// <param name="what">Names it in messages.</param>
    /// <param name="tar">The tar.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task LoadImageAsync(string what, Stream tar, CancellationToken cancellationToken)
    {
        EngineCall call = Transfer($"loading {what}");
        return SendAsync(call, (docker, token) =>
            docker.Images.LoadImageAsync(new ImageLoadParameters(), tar, Following(call, static _ => { }), token), cancellationToken);
    }

    /// <param name="name">The image without its tag; the registry's host is a part of it.</param>
    /// <param name="tag">The tag.</param>
    /// <param name="login">What the registry is shown; null is nothing.</param>
    /// <param name="onProgress">Called with each line.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task PushImageAsync(string name, string tag, AuthConfig? login, Action<JSONMessage> onProgress,
        CancellationToken cancellationToken)
    {
        EngineCall call = Transfer($"pushing {name}:{tag}");
        // The engine wants the header even where there is nothing to show.
        return SendAsync(call, (docker, token) => docker.Images.PushImageAsync(
            name, new ImagePushParameters { Tag = tag }, login ?? new AuthConfig(), Following(call, onProgress), token), cancellationToken);
    }

    /// <summary>The processor that the engine runs on, as images name it (<c>amd64</c>); null if it does not say.</summary>
    public async Task<string?> FindArchitectureAsync(CancellationToken cancellationToken) =>
        (await GetVersionAsync(LookLimit, cancellationToken)).Arch is { Length: > 0 } architecture ? architecture : null;
}
