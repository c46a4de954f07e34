using System.Net;
using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.TaskSets.Images;

/// <summary>The images that were made here, as the tasks of a set see them.</summary>
internal sealed class OwnImages(EngineClient engine)
{
    private readonly TaskImages _tasks = new(engine);

    /// <summary>Lists them, in the order of their names.</summary>
    /// <exception cref="SandboxException">The engine does not answer.</exception>
    public async Task<IReadOnlyList<OwnImage>> ListAsync(IReadOnlyList<CodingTask> tasks, CancellationToken cancellationToken)
    {
        var references = new List<string?>();
        foreach (CodingTask task in tasks)
            references.Add(await _tasks.NameAsync(task.Image, cancellationToken));
        var needs = ImageNeeds.Of(tasks, references);
        IList<ImagesListResponse> images = await engine.ListImagesAsync(ImageLabels.Made, cancellationToken);
        IList<ContainerListResponse> containers = await engine.ListContainersAsync([], cancellationToken);
        OwnImage[] own =
        [
            .. from image in images
               from reference in image.RepoTags ?? []
               where ImageLabels.AreOurs(reference, image.Labels)
               orderby reference
               select needs.Judge(new OwnImage
               {
                   Reference = reference,
                   Id = image.ID,
                   Source = image.Labels![ImageLabels.Source],
                   Inputs = image.Labels.TryGetValue(ImageLabels.Inputs, out string? inputs) ? inputs : "",
                   Bytes = image.Size,
                   CreatedUtc = new DateTimeOffset(image.Created),
                   Containers = containers.Count(container => container.ImageID == image.ID),
               }),
        ];
        // One that several hosts share still has its name of this host.
        var needed = own.Where(image => image.Standing == ImageStanding.Current).ToLookup(image => image.Id);
        return [.. own.Select(image => image.Standing == ImageStanding.Current || !needed.Contains(image.Id) ? image
            : image with { Standing = ImageStanding.Current, UsedFor = needed[image.Id].First().UsedFor })];
    }

    /// <summary>The tasks that have no usable image yet, whoever made it.</summary>
    public async Task<IReadOnlyList<CodingTask>> FindMissingAsync(IReadOnlyList<CodingTask> tasks, CancellationToken cancellationToken)
    {
        var missing = new List<CodingTask>();
        foreach (CodingTask task in tasks)
        {
            if (await _tasks.FindAsync(task.Image, cancellationToken) is null)
                missing.Add(task);
        }
        return missing;
    }

    /// <summary>Removes one that no container uses.</summary>
    /// <returns>Null if it is gone, by whomever; else what needs it after all.</returns>
    /// <exception cref="SandboxException">The engine does not answer, or cannot.</exception>
    public async Task<string?> TryRemoveAsync(OwnImage image, CancellationToken cancellationToken)
    {
        try
        {
            await engine.RemoveImageAsync(image.Reference, evenIfUsed: false, cancellationToken);
            return null;
        }
        catch (SandboxException exception) when (EngineErrors.StatusOf(exception) == HttpStatusCode.NotFound)
        {
            return null;
        }
        catch (SandboxException exception) when (EngineErrors.StatusOf(exception) == HttpStatusCode.Conflict)
        {
            return exception.Message;
        }
    }

    /// <summary>Bytes that all images of the engine take, each layer once; null if the engine does not say.</summary>
    public async Task<long?> MeasureAsync(CancellationToken cancellationToken) => (await TryMeasureAsync(cancellationToken))?.TotalSize;

    /// <summary>Bytes that would be free without these images, at the least: layers that only they share are not counted. Null if the
    /// engine does not say.</summary>
    public async Task<long?> MeasureOwnLayersAsync(IEnumerable<OwnImage> images, CancellationToken cancellationToken)
    {
        HashSet<string> ids = [.. images.Select(image => image.Id)];
        ImageDiskUsage? usage = await TryMeasureAsync(cancellationToken);
        return usage?.Items?.Where(image => ids.Contains(image.ID))
            .Sum(image => image.SharedSize >= 0 ? image.Size - image.SharedSize : (long?)null);
    }

    /// <summary>A figure for people: an engine that is busy with it, or takes too long, is no fault.</summary>
    private async Task<ImageDiskUsage?> TryMeasureAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await engine.GetDiskUsageAsync(cancellationToken);
        }
        catch (SandboxException)
        {
            return null;
        }
    }
}

/// <summary>One name of an image that was made here.</summary>
internal sealed record OwnImage
{
    /// <summary>Name and tag.</summary>
    public required string Reference { get; init; }

    /// <summary>The engine's digest of it.</summary>
    public required string Id { get; init; }

    /// <summary>Its label <see cref="ImageLabels.Source"/>.</summary>
    public required string Source { get; init; }

    /// <summary>Its label <see cref="ImageLabels.Inputs"/>; empty if it has none.</summary>
    public string Inputs { get; init; } = "";

    /// <summary>Size with layers that other images share.</summary>
    public required long Bytes { get; init; }

    public required DateTimeOffset CreatedUtc { get; init; }

    /// <summary>Containers of it, running or not.</summary>
    public required int Containers { get; init; }

    /// <summary>What the task set has to do with it.</summary>
    public ImageStanding Standing { get; init; } = ImageStanding.Foreign;

    /// <summary>The task it is for (<c>timespan_task/27</c>), or what it is the base of; null if it is foreign.</summary>
    public string? UsedFor { get; init; }

    /// <summary>Whether neither the task set nor a container needs it.</summary>
    public bool IsUnneeded => Standing != ImageStanding.Current && Containers == 0;
}

/// <summary>What a task set has to do with an image.</summary>
internal enum ImageStanding
{
    /// <summary>A task is run on it, or built on it.</summary>
    Current,

    /// <summary>It was made for a task that has changed since, or on a base that was made anew.</summary>
    Outdated,

    /// <summary>It was made for something else.</summary>
    Foreign,
}
