using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Sandboxes.Docker.Images;
using Tandem.Harness.Sandboxes.Docker.Life;

namespace Tandem.Harness.Sandboxes.Docker;

/// <summary>Sandboxes as containers of a Docker engine, over its HTTP API. Made by <see cref="ConnectAsync(TimeProvider?, CancellationToken)"/>.</summary>
public sealed class DockerSandboxProvider : ISandboxProvider
{
    private static readonly TimeSpan LastRemovalLimit = TimeSpan.FromSeconds(20);
    private readonly EngineClient _engine;
    private readonly TimeProvider _time;
    private readonly EgressNetwork _egress;
    private readonly ImageStore _images;
    private readonly SandboxRemoval _removal;

    private DockerSandboxProvider(EngineClient engine, TimeProvider time, string description)
    {
        _engine = engine;
        _time = time;
        _egress = new EgressNetwork(engine, time);
        _images = new ImageStore(engine, time);
        _removal = new SandboxRemoval(engine);
        Description = description;
    }

    /// <inheritdoc/>
    public string Kind => "docker";

    /// <inheritdoc/>
    public SandboxAbilities Abilities => SandboxAbilities.Isolation | SandboxAbilities.Limits | SandboxAbilities.Users;

    /// <inheritdoc/>
    public string Description { get; }

    /// <summary>For tests.</summary>
    internal EngineClient Engine => _engine;

    /// <summary>Finds the engine as the docker CLI does (DOCKER_HOST, the current context, the customary sockets) and agrees on a version with it.</summary>
    /// <param name="time">The clock; null is the system's.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxException">No engine answers, or it is too old; the message lists what was tried, and what to do.</exception>
    public static Task<DockerSandboxProvider> ConnectAsync(TimeProvider? time, CancellationToken cancellationToken) =>
        ConnectAsync(
            EngineEndpointFinder.Find(Environment.GetEnvironmentVariable, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)),
            time ?? TimeProvider.System,
            cancellationToken);

    /// <inheritdoc/>
    public Task<SandboxImage> PrepareImageAsync(SandboxImageSource source, CancellationToken cancellationToken) => _images.PrepareAsync(source, cancellationToken);

    /// <inheritdoc/>
    public async Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        string name = ContainerDefinition.NameOf(spec);
        string? egressId = spec.Network == SandboxNetwork.Bridge ? await _egress.EnsureAsync(cancellationToken).ConfigureAwait(false) : null;
        cancellationToken.ThrowIfCancellationRequested();
        string id = await CreateContainerAsync(name, spec, egressId).ConfigureAwait(false);
        var life = new SandboxLife(_engine, _removal, _time, id, spec.TimeToLive);
        try
        {
            await life.StartAsync(cancellationToken).ConfigureAwait(false);
            await _removal.SettleAsync(cancellationToken).ConfigureAwait(false);
            return new DockerSandbox(_engine, _time, life);
        }
        catch
        {
            _egress.Forget();
            await life.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<SweptSandbox>> SweepAsync(string? store, CancellationToken cancellationToken) => new SandboxSweep(_engine, _time).RunAsync(store, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using (var limit = new CancellationTokenSource(LastRemovalLimit, _time))
            await _removal.SettleAsync(limit.Token).ConfigureAwait(false);
        _images.Dispose();
        _egress.Dispose();
        _engine.Dispose();
    }

    /// <summary>For tests: an engine at places of their choice.</summary>
    internal static async Task<DockerSandboxProvider> ConnectAsync(EnginePlaces places, TimeProvider time, CancellationToken cancellationToken)
    {
        EngineClient engine = await EngineNegotiation.ConnectAsync(places, time, cancellationToken).ConfigureAwait(false);
        try
        {
            EngineVersion version = await engine.GetVersionAsync(cancellationToken).ConfigureAwait(false);
            return new DockerSandboxProvider(engine, time, $"docker {version.Version}, API {engine.ApiVersion}, {version.Os}/{version.Arch}");
        }
        catch
        {
            engine.Dispose();
            throw;
        }
    }

    private async Task<string> CreateContainerAsync(string name, SandboxSpec spec, string? egressId)
    {
        try
        {
            // Not to be cancelled: the engine would go on, and make the container after it was looked for and not found.
            return await _engine.CreateContainerAsync(name, ContainerDefinition.Of(spec, egressId, _time.GetUtcNow()), CancellationToken.None).ConfigureAwait(false);
        }
        catch (SandboxException exception) when (EngineErrors.StatusOf(exception) is null)
        {
            // The answer is lost; the container may be there.
            await _removal.RemoveAsync(name, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
        catch (SandboxException exception) when (exception.Fault == SandboxFault.Image)
        {
            _images.Forget(spec.Image.Reference);
            throw;
        }
    }
}
