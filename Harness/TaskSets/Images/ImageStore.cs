using System.Collections.Concurrent;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.TaskSets.Images;

/// <summary>
/// Makes images usable: from the registry that several hosts share, if there is one; else present, else pulled, else built, the base of a
/// build made locally where no registry answers. Each image once, however many ask; a failure goes to all who wait and is tried anew by the
/// next who asks. Safe for concurrent use.
/// </summary>
internal sealed class ImageStore(EngineClient engine, RegistryLogins logins, TimeProvider time, BuildLogFolder? logs) : IEngineImages
{
    public const int MostBuilds = 2;

    private const string OnlyBuilt = "it is only ever built here";

    private readonly ConcurrentDictionary<string, Lazy<Task<MadeImage>>> _images = new();
    private readonly ConcurrentDictionary<string, Lazy<Task<Obstacle?>>> _bases = new();
    private readonly SemaphoreSlim _builds = new(MostBuilds, MostBuilds);
    private readonly CancellationTokenSource _lifetime = new();
    private readonly TaskImages _tasks = new(engine);
    private readonly ImagePuller _puller = new(engine, logins, time);
    private readonly BaseImageMaker _baseMaker = new(engine, time);
    private readonly ConcurrentDictionary<string, bool> _notedObstacles = new();

    /// <summary>The registry that hosts share; null if there is none.</summary>
    public ImageRegistry? Registry { get; init; }

    /// <inheritdoc/>
    public Action<string>? OnNotice { get; set; }

    /// <inheritdoc/>
    public async Task<SandboxImage> PrepareAsync(SandboxImageSource source, CancellationToken cancellationToken) =>
        (await MakeAsync(source, cancellationToken)).Image;

    /// <summary>As <see cref="PrepareAsync"/>, and says where the image came from.</summary>
    public Task<MadeImage> MakeAsync(SandboxImageSource source, CancellationToken cancellationToken)
    {
        // The work outlives the one who asked first: others wait for it too. What is made anew meanwhile is of the next run.
        return ShareAsync(_images, $"{source.Name} {source.BuildDigest}", () => MakeOnceAsync(source, _lifetime.Token), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<SandboxException?> ForeseeAsync(SandboxImageSource source, CancellationToken cancellationToken)
    {
        if (await _tasks.FindAsync(source, cancellationToken) is not null
            || (Registry?.NameOf(source) is { } shared && await _puller.ForeseeAsync(shared.ToString(), cancellationToken) is null))
            return null;
        string? whyNotPulled = source.BuildDigest is null ? await _puller.ForeseeAsync(source.Name, cancellationToken) : OnlyBuilt;
        if (whyNotPulled is null)
            return null;
        if (PullObstacle.IsRateLimit(whyNotPulled))
            return Unobtainable(isLasting: false, $"The image {source.Name} is not present and cannot be pulled now: {whyNotPulled}");
        if (await DockerfileFacts.OfAsync(source, cancellationToken) is not { } facts)
            return BaseImageMaker.SuiteOf(source.Name) is not null ? null : Unobtainable(
                PullObstacle.IsLasting(whyNotPulled) || source.BuildDigest is not null,
                $"The image {source.Name} is not present, cannot be pulled ({whyNotPulled}), and there is no Dockerfile to build it from"
                + (source.BuildFolder is null ? "." : $" in {source.BuildFolder}."));
        foreach (string baseImage in facts.Sources.Where(name => BaseImageMaker.SuiteOf(name) is null || !BaseImageMaker.MayMake))
        {
            if (await engine.FindImageAsync(baseImage, cancellationToken) is null
                && await _puller.ForeseeAsync(baseImage, cancellationToken) is { } why)
                return BaseLacks(Path.Combine(source.BuildFolder!, "Dockerfile"), baseImage, new(why, PullObstacle.IsLasting(why)));
        }
        return null;
    }

    /// <inheritdoc/>
    public void Forget(string reference)
    {
        foreach (KeyValuePair<string, Lazy<Task<MadeImage>>> made in _images)
        {
            if (made.Value is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true, Result.Image.Reference: var its } }
                && its == reference)
                _images.TryRemove(made);
        }
    }

    /// <inheritdoc/>
    public string? KeepLog(string name, string text) => logs?.Keep(name, text);

    /// <inheritdoc/>
    public void Dispose()
    {
        _lifetime.Cancel();
        _lifetime.Dispose();
        _builds.Dispose();
    }

    private static async Task<T> ShareAsync<T>(ConcurrentDictionary<string, Lazy<Task<T>>> shared, string key, Func<Task<T>> make,
        CancellationToken cancellationToken)
    {
        Lazy<Task<T>> work = shared.GetOrAdd(key, _ => new Lazy<Task<T>>(() => Task.Run(make)));
        try
        {
            return await work.Value.WaitAsync(cancellationToken);
        }
        catch when (work.Value.IsCompleted && !work.Value.IsCompletedSuccessfully)
        {
            shared.TryRemove(KeyValuePair.Create(key, work));
            throw;
        }
    }

    private async Task<MadeImage> MakeOnceAsync(SandboxImageSource source, CancellationToken cancellationToken)
    {
        SandboxImage? present = await _tasks.FindAsync(source, cancellationToken);
        string? whyNotShared = null;
        if (Registry is not null && (present is null || await _tasks.IsOwnBuildAsync(source, present, cancellationToken)))
        {
            var shared = new SharedImages(engine, _puller);
            (SandboxImage? image, whyNotShared) = await shared.TryTakeAsync(Registry, source, cancellationToken);
            if (image is not null)
                return new MadeImage(image, ImageOrigin.Pulled);
        }
        MadeImage made = present is null ? await PullOrBuildAsync(source, cancellationToken) : new MadeImage(present, ImageOrigin.Present);
        if (whyNotShared is not null && source.BuildFolder is not null
            && await _tasks.IsOwnBuildAsync(source, made.Image, cancellationToken) && _notedObstacles.TryAdd(whyNotShared, true))
            OnNotice?.Invoke(
                $"The image {made.Image.Reference} was built on this host, since {Registry!.Prefix} did not give it: "
                + $"{whyNotShared.TrimEnd('.')}. Hosts that build it themselves have images with other ids, and `validate` refuses two of "
                + $"them for one task. Give it to all hosts by the same registry: `./run.sh images push`.");
        return made;
    }

    private async Task<MadeImage> PullOrBuildAsync(SandboxImageSource source, CancellationToken cancellationToken)
    {
        string? whyNotPulled = source.BuildDigest is null ? await _puller.TryPullAsync(source.Name, cancellationToken) : OnlyBuilt;
        // What can be pulled after a pause is not to be another image because of that.
        if (PullObstacle.IsRateLimit(whyNotPulled))
            throw Unobtainable(isLasting: false, $"The image {source.Name} is not present and was not pulled now: {whyNotPulled}");
        string reference = whyNotPulled is null ? source.Name : await BuildAsync(source, whyNotPulled, cancellationToken);
        return await engine.FindImageAsync(reference, cancellationToken) is { } made
            ? new MadeImage(new SandboxImage(reference, made), whyNotPulled is null ? ImageOrigin.Pulled : ImageOrigin.Built)
            : throw new SandboxException(SandboxFault.Image,
            $"The image {reference} is not there, although the engine said that it was made.");
    }

    /// <returns>What it is called now that all that it is built on is here.</returns>
    private async Task<string> BuildAsync(SandboxImageSource source, string whyNotPulled, CancellationToken cancellationToken)
    {
        string? dockerfile = source.BuildFolder is null ? null : Path.Combine(source.BuildFolder, "Dockerfile");
        if (dockerfile is null && BaseImageMaker.SuiteOf(source.Name) is { } suite)
        {
            await _baseMaker.MakeAsync(source.Name, suite, cancellationToken);
            return source.Name;
        }
        if (dockerfile is null || await DockerfileFacts.OfAsync(source, cancellationToken) is not { } facts)
        {
            string where = dockerfile is null ? "there is no folder to build it from" : $"there is no {dockerfile}";
            throw Unobtainable(PullObstacle.IsLasting(whyNotPulled) || source.BuildDigest is not null,
                $"The image {source.Name} is not present, was not pulled ({whyNotPulled}), and {where}.");
        }

        foreach (string baseImage in facts.Sources)
        {
            Obstacle? obstacle = await ShareAsync(_bases, baseImage, () => TryGetBaseAsync(baseImage, _lifetime.Token), cancellationToken);
            if (obstacle is not null)
                throw BaseLacks(dockerfile, baseImage, obstacle);
        }
        IReadOnlyList<string> bases = await _tasks.BasesOfAsync(source, cancellationToken) ?? [];
        string reference = ImageName.ReferenceOf(source, bases);
        await _builds.WaitAsync(cancellationToken);
        try
        {
            // Its name was not known before its base had come: it may have been built on an earlier day.
            if (source.BuildDigest is null || await engine.FindImageAsync(reference, cancellationToken) is null)
                await BuildAsync(source, reference, bases, facts.NeedsBuildKit, cancellationToken);
            return reference;
        }
        finally
        {
            _builds.Release();
        }
    }

    private async Task BuildAsync(SandboxImageSource source, string reference, IReadOnlyList<string> bases, bool withBuildKit,
        CancellationToken cancellationToken)
    {
        var log = new BuildLog();
        try
        {
            Stream context = await new BuildContextTar(source.BuildFolder!, source.IsBuildInput, withBuildKit).PackAsync(cancellationToken);
            await using (context)
                await engine.BuildImageAsync(reference, ImageLabels.Of(source, bases), context, withBuildKit, log.Add, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A full disk of this host is no fault of the task's.
            SandboxFault fault = EngineErrors.ByCause(exception.Message) ?? SandboxFault.Image;
            throw new SandboxException(fault, $"The build in {source.BuildFolder} cannot be packed: {exception.Message}", exception)
            { MayPass = fault == SandboxFault.Image ? false : null };
        }
        catch (SandboxException exception)
        {
            // A refusal is about this build; a full disk or a lost engine stays what it is.
            SandboxFault fault = exception.Fault == SandboxFault.Engine && EngineErrors.StatusOf(exception) is not null
                ? SandboxFault.Image : exception.Fault;
            string whereIsAll = logs is null ? ""
                : $"; its whole output "
                + $"{logs.Keep(reference, $"{reference}, built in {source.BuildFolder}\n\n{log.Whole}\n\n{exception.Message}\n")}";
            throw new SandboxException(fault,
                $"{exception.Message}\nThe build in {source.BuildFolder} ended with the lines below{whereIsAll}.\n{log.End}", exception)
            { MayPass = fault == SandboxFault.Image ? false : null };
        }
    }

    /// <returns>Why it is not here; null if it is. What does not pass is not tried again.</returns>
    private async Task<Obstacle?> TryGetBaseAsync(string baseImage, CancellationToken cancellationToken)
    {
        if (await engine.FindImageAsync(baseImage, cancellationToken) is not null
            || await _puller.TryPullAsync(baseImage, cancellationToken) is not { } why)
            return null;
        if (BaseImageMaker.SuiteOf(baseImage) is { } suite)
        {
            try
            {
                await _baseMaker.MakeAsync(baseImage, suite, cancellationToken);
                return null;
            }
            catch (SandboxException exception) when (exception.Fault == SandboxFault.Image)
            {
                return new Obstacle($"{why.TrimEnd('.')}. {exception.Message}", IsLasting: true);
            }
        }
        var obstacle = new Obstacle(why, PullObstacle.IsLasting(why));
        if (!obstacle.IsLasting)
            _bases.TryRemove(baseImage, out _);
        return obstacle;
    }

    private static SandboxException BaseLacks(string dockerfile, string baseImage, Obstacle obstacle) =>
        Unobtainable(obstacle.IsLasting,
            $"{dockerfile} builds on {baseImage}, which is neither present nor can it be pulled: {obstacle.Why.TrimEnd('.')}. "
            + "Only debian:<suite> and debian:<suite>-slim can be made locally; load others with `docker load`.");

    private static SandboxException Unobtainable(bool isLasting, string message) =>
        new(SandboxFault.Image, message) { MayPass = !isLasting };
}
