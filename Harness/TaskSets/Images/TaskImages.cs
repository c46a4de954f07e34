using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.TaskSets.Images;

/// <summary>
/// Finds the images of tasks on an engine. What is built here goes by its build inputs and by the images that it is built on: an image
/// whose base was made anew is another one. What several hosts share goes by its build inputs alone, and before what is built here.
/// </summary>
internal sealed class TaskImages(EngineClient engine)
{
    /// <summary>What a task's image is called here; null while one of its bases is not here, so that nobody can say.</summary>
    public async Task<string?> NameAsync(SandboxImageSource source, CancellationToken cancellationToken) =>
        source.BuildDigest is null ? source.Name
        : await FindSharedAsync(source, cancellationToken) is { } shared ? shared.Reference
        : await BasesOfAsync(source, cancellationToken) is { } bases ? ImageName.ReferenceOf(source, bases) : null;

    /// <summary>The usable image of a task; null if there is none yet.</summary>
    public async Task<SandboxImage?> FindAsync(SandboxImageSource source, CancellationToken cancellationToken)
    {
        if (source.BuildDigest is null)
            return await FindPublishedAsync(source, cancellationToken);
        if (await NameAsync(source, cancellationToken) is not { } name)
            return await FindWithoutBaseAsync(source, cancellationToken);
        return await engine.FindImageAsync(name, cancellationToken) is { } id ? new SandboxImage(name, id) : null;
    }

    /// <summary>Whether this host has built an image itself, so that other hosts may have another one.</summary>
    /// <param name="source">The task's.</param>
    /// <param name="image">What <see cref="FindAsync"/> gave.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<bool> IsOwnBuildAsync(SandboxImageSource source, SandboxImage image, CancellationToken cancellationToken) =>
        source.BuildDigest is not null ? image.Reference != ImageName.SharedReferenceOf(source)
        : ImageLabels.AreOurs(source.Name, (await engine.InspectImageAsync(image.Id, cancellationToken))?.Config?.Labels);

    /// <summary>Keeps an image for a task whatever happens to its base here: it is the one that several hosts share.</summary>
    /// <returns>The image by its shared name.</returns>
    public async Task<SandboxImage> ShareAsync(SandboxImageSource source, string id, CancellationToken cancellationToken)
    {
        var name = ImageName.Parse(ImageName.SharedReferenceOf(source));
        if (await engine.FindImageAsync(name.ToString(), cancellationToken) != id)
            await engine.TagImageAsync(id, name.Name, name.Tag, cancellationToken);
        return new SandboxImage(ImageName.SharedReferenceOf(source), id);
    }

    /// <summary>The names and ids of the images that a task's image is built on; null if one is not here. Empty without a
    /// Dockerfile.</summary>
    public async Task<IReadOnlyList<string>?> BasesOfAsync(SandboxImageSource source, CancellationToken cancellationToken)
    {
        var bases = new List<string>();
        foreach (string name in (await DockerfileFacts.OfAsync(source, cancellationToken))?.Sources ?? [])
        {
            if (await engine.FindImageAsync(name, cancellationToken) is not { } id)
                return null;
            bases.Add($"{name} {id}");
        }
        return bases;
    }

    private async Task<SandboxImage?> FindSharedAsync(SandboxImageSource source, CancellationToken cancellationToken)
    {
        string name = ImageName.SharedReferenceOf(source);
        return await engine.FindImageAsync(name, cancellationToken) is { } id ? new SandboxImage(name, id) : null;
    }

    /// <summary>A published image that could not be pulled was built here under the published name.</summary>
    private async Task<SandboxImage?> FindPublishedAsync(SandboxImageSource source, CancellationToken cancellationToken)
    {
        if (await engine.InspectImageAsync(source.Name, cancellationToken) is not { } image)
            return null;
        var usable = new SandboxImage(source.Name, image.ID);
        // Labels are inherited: only those that hold this very name are of this image.
        if (image.Config?.Labels is not { } labels || !ImageLabels.AreOurs(source.Name, labels)
            || !labels.TryGetValue(ImageLabels.Bases, out string? builtOn))
            return usable;
        return await BasesOfAsync(source, cancellationToken) is { } bases && ImageLabels.DigestOf(bases) != builtOn ? null : usable;
    }

    /// <summary>What is not here cannot have been made anew here: the latest image of the same build inputs is it.</summary>
    private async Task<SandboxImage?> FindWithoutBaseAsync(SandboxImageSource source, CancellationToken cancellationToken)
    {
        IList<ImagesListResponse> images = await engine.ListImagesAsync($"{ImageLabels.Inputs}={source.BuildDigest}", cancellationToken);
        return (from image in images.OrderByDescending(image => image.Created)
                from reference in image.RepoTags ?? []
                where ImageName.IsNamedAfter(reference, source.Name) && ImageLabels.AreOurs(reference, image.Labels)
                select new SandboxImage(reference, image.ID)).FirstOrDefault();
    }
}
