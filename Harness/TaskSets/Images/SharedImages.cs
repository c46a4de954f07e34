using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.TaskSets.Images;

/// <summary>Takes the images of tasks from a registry that several hosts share. Safe for concurrent use.</summary>
internal sealed class SharedImages(EngineClient engine, ImagePuller puller)
{
    private readonly TaskImages _tasks = new(engine);

    /// <summary>Pulls a task's image and gives it the name that the task set asks for. An image of that name that was built here keeps its
    /// id and loses the name.</summary>
    /// <returns>The image, or why the registry does not give it.</returns>
    /// <exception cref="SandboxException">The engine is at fault, or its disk is full.</exception>
    public async Task<(SandboxImage? Image, string? WhyNot)> TryTakeAsync(
        ImageRegistry registry, SandboxImageSource source, CancellationToken cancellationToken)
    {
        if (registry.NameOf(source) is not { } name)
            return (null, "it is asked for by its own digest, under which a registry with another prefix cannot have it");
        if (await puller.TryPullAsync(name.ToString(), cancellationToken) is { } why)
            return (null, why);
        if (await engine.FindImageAsync(name.ToString(), cancellationToken) is { } id)
        {
            if (await WhyUnfitAsync(name, source, cancellationToken) is { } unfit)
            {
                await DropNameAsync(name, cancellationToken);
                return (null, unfit);
            }
            await _tasks.ShareAsync(source, id, cancellationToken);
            await DropNameAsync(name, cancellationToken);
        }
        // Else another process of this host has just taken it, and removed the registry's name.
        return await _tasks.FindAsync(source, cancellationToken) is { } image ? (image, null)
            : (null, $"{name} was pulled and is not usable: it was built under its published name on another base than the one here");
    }

    /// <summary>Why no host here can run the registry's image of a task in the place of its own; null if one can.</summary>
    private async Task<string?> WhyUnfitAsync(ImageName name, SandboxImageSource source, CancellationToken cancellationToken)
    {
        if (source.BuildDigest is null)
            return null;
        string? inputs = (await engine.InspectImageAsync(name.ToString(), cancellationToken))?.Config?.Labels is { } labels
            && labels.TryGetValue(ImageLabels.Inputs, out string? its) ? its : null;
        return inputs != source.BuildDigest ? $"{name} was not built from the task's files as they are here"
            : await engine.WhyForeignAsync(name.ToString(), cancellationToken);
    }

    /// <summary>Removes the registry's name of an image that has another one, so that nothing keeps the image when that is
    /// removed.</summary>
    public async Task DropNameAsync(ImageName name, CancellationToken cancellationToken)
    {
        try
        {
            await engine.RemoveImageAsync(name.ToString(), evenIfUsed: false, cancellationToken);
        }
        catch (SandboxException exception) when (EngineErrors.StatusOf(exception) is not null)
        {
            // Another process was faster, or a container of that name runs: a name too many harms nobody.
        }
    }
}
