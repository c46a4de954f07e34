using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.TaskSets;
using Tandem.Harness.TaskSets.Images;
using Tandem.Harness.Tests.TaskSets;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>
/// A host that has one task and a base image of its own. It becomes another one by losing the task's image, and by making its base anew.
/// Disposing removes all images that it made.
/// </summary>
internal sealed class SharedImageHost : IAsyncDisposable
{
    private readonly EngineClient _engine;
    private readonly string _prefix = $"tandem-test-{Guid.NewGuid().ToString("N")[..12]}";

    private SharedImageHost(EngineClient engine)
    {
        _engine = engine;
        Set.With("taskset.json", $$"""{ "image": "{{_prefix}}/{name}:task{id}" }""").WithTask("a_task", 1)
            .With("a_task/task1/Dockerfile", $"FROM {Base}\nRUN echo {_prefix} > /version\n");
    }

    public TaskSetFolder Set { get; } = new();

    public CodingTask OneTask => Set.Load().Tasks[0];

    public SandboxImageSource Source => OneTask.Image;

    /// <summary>What the task's image is called on all hosts.</summary>
    public string SharedReference => ImageName.SharedReferenceOf(Source);

    private string Base => $"{_prefix}-base:1";

    public static async Task<SharedImageHost> CreateAsync(EngineClient engine, CancellationToken cancellationToken)
    {
        var host = new SharedImageHost(engine);
        await host.ChangeBaseAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        await RemoveAllAsync();
        await _engine.RemoveImageAsync(Base, evenIfUsed: true, CancellationToken.None);
        Set.Dispose();
    }

    public ImageStore Store(ImageRegistry? registry, RegistryLogins logins, TimeProvider time, Action<string> onNotice) =>
        new(_engine, logins, time, logs: null) { Registry = registry, OnNotice = onNotice };

    public async Task BecomeAnotherAsync()
    {
        await RemoveAllAsync();
        await ChangeBaseAsync();
    }

    /// <summary>Makes the base anew: the same name, another image.</summary>
    public async Task ChangeBaseAsync()
    {
        Set.With("base/Dockerfile", $"FROM {DockerEngine.BaseImage}\nRUN echo {Guid.NewGuid()} > /base\n");
        Stream context = await new BuildContextTar(Set.In("base"), isInput: null, forBuildKit: false).PackAsync(CancellationToken.None);
        await using (context)
            await _engine.BuildImageAsync(Base, [], context, withBuildKit: false, static _ => { }, CancellationToken.None);
        Set.Without("base");
    }

    /// <summary>Removes the task's images by all their names.</summary>
    public async Task RemoveAllAsync()
    {
        foreach (string reference in (await _engine.ListImagesAsync(ImageLabels.Made, CancellationToken.None))
            .SelectMany(image => image.RepoTags ?? []).Where(name => name.Contains(_prefix, StringComparison.Ordinal) && name != Base))
            await _engine.RemoveImageAsync(reference, evenIfUsed: true, CancellationToken.None);
    }
}
