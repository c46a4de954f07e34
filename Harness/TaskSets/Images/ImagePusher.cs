using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.TaskSets.Images;

/// <summary>What came of giving an image to a registry.</summary>
/// <param name="Reference">What it is called there.</param>
/// <param name="WasThere">Whether the registry had this very image.</param>
internal sealed record PushedImage(string Reference, bool WasThere);

/// <summary>Gives the images of tasks to a registry that several hosts share. Safe for concurrent use.</summary>
internal sealed class ImagePusher(EngineClient engine, RegistryLogins logins, TimeProvider time)
{
    // A large layer may take its time, but not without a word of progress.
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromMinutes(5);
    private readonly TaskImages _tasks = new(engine);
    private readonly ImagePuller _puller = new(engine, logins, time);
    private readonly SharedImages _shared = new(engine, new ImagePuller(engine, logins, time));

    /// <summary>Pushes the image that a task has here. From then on this host uses it, too, whatever becomes of its base.</summary>
    /// <param name="registry">The registry.</param>
    /// <param name="source">The task's.</param>
    /// <param name="replaces">Whether another image that the registry has for this task is replaced.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxException">There is no image here, the registry refuses or does not answer, or it has another
    /// one.</exception>
    public async Task<PushedImage> PushAsync(ImageRegistry registry, SandboxImageSource source, bool replaces,
        CancellationToken cancellationToken)
    {
        ImageName name = registry.NameOf(source) ?? throw Fault(
            $"The image {source.Name} is asked for by its own digest, and cannot be pushed under it.");
        SandboxImage image = await _tasks.FindAsync(source, cancellationToken) ?? throw Fault(
            $"There is no image {source.Name} here. `./run.sh images build` makes it.");
        bool isThere = await IsThereAsync(name, source, image, replaces, cancellationToken);
        if (!isThere)
        {
            await engine.TagImageAsync(image.Id, name.Name, name.Tag, cancellationToken);
            if (await TryPushAsync(name, cancellationToken) is { } why)
            {
                await _shared.DropNameAsync(name, cancellationToken);
                throw Fault($"{name} was not pushed: {why}");
            }
        }
        await _tasks.ShareAsync(source, image.Id, cancellationToken);
        await _shared.DropNameAsync(name, cancellationToken);
        return new PushedImage(name.ToString(), isThere);
    }

    /// <summary>Whether the registry has this image. Pulls what it has, since only the image itself says its id: layers that are here are
    /// not transferred. What it has goes by the registry's name afterwards.</summary>
    /// <exception cref="SandboxException">It has another one, which is not to be replaced, or does not answer.</exception>
    private async Task<bool> IsThereAsync(ImageName name, SandboxImageSource source, SandboxImage image, bool replaces,
        CancellationToken cancellationToken)
    {
        string? why = await _puller.TryPullAsync(name.ToString(), cancellationToken);
        // Registries call what does not exist refused, too; then the push says what is so.
        if (PullObstacle.IsSilence(why) || (why is not null && !PullObstacle.IsLasting(why)))
            throw Fault($"{name} was not pushed: {why}");
        if (why is not null)
            return false;
        string? there = await engine.FindImageAsync(name.ToString(), cancellationToken);
        if (there is null || there == image.Id || replaces)
            return there == image.Id;
        await _shared.DropNameAsync(name, cancellationToken);
        throw Fault($"The registry has another image for {source.Name}: {there}, and here is {image.Id}. To use the registry's here, type "
            + "`./run.sh images build` with the same registry; to replace it for all hosts, `./run.sh images push --replace`.");
    }

    /// <returns>Null if the registry has it now, else why not.</returns>
    private async Task<string?> TryPushAsync(ImageName name, CancellationToken cancellationToken)
    {
        RegistryLogin login = await logins.FindAsync(name.Registry, cancellationToken);
        string? why = await TryPushAsync(name, login.Credentials, cancellationToken);
        if (!PullObstacle.IsRefusal(why))
            return why;
        RegistryLogin renewed = await logins.RenewAsync(login, cancellationToken);
        if (!renewed.ShowsTheSameAs(login))
            why = await TryPushAsync(name, renewed.Credentials, cancellationToken);
        return PullObstacle.IsRefusal(why)
            ? $"{why} {renewed.Account} Run `docker login {name.Registry}` with an account that may push." : why;
    }

    private async Task<string?> TryPushAsync(ImageName name, AuthConfig? login, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(SilenceLimit, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await engine.PushImageAsync(name.Name, name.Tag, login, _ => patience.CancelAfter(SilenceLimit), linked.Token);
            return null;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return $"the push stood still for {SilenceLimit.TotalMinutes:0} minutes";
        }
        catch (SandboxException exception)
            when (exception.Fault == SandboxFault.Image
            || (exception.Fault == SandboxFault.Engine && EngineErrors.StatusOf(exception) is not null))
        {
            return exception.Message;
        }
    }

    private static SandboxException Fault(string message) => new(SandboxFault.Image, message);
}
