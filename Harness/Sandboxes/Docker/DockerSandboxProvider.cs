using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Sandboxes.Docker.Images;
using Tandem.Harness.Sandboxes.Docker.Life;
using Tandem.Records.Store;

namespace Tandem.Harness.Sandboxes.Docker;

/// <summary>
/// Sandboxes as containers of a Docker engine: Testcontainers makes and removes them, Docker.DotNet carries every call. Made by
/// <see cref="ConnectAsync(TimeProvider?, string?, CancellationToken)"/>.
/// </summary>
public sealed class DockerSandboxProvider : ISandboxProvider
{
    private static readonly TimeSpan LastRemovalLimit = TimeSpan.FromSeconds(20);
    private readonly EngineClient _engine;
    private readonly TimeProvider _time;
    private readonly EgressNetwork _egress;
    private readonly ImageStore _images;
    private readonly SandboxRemoval _removal;

    private DockerSandboxProvider(EngineClient engine, TimeProvider time, string? storeFolder, string description)
    {
        _engine = engine;
        _time = time;
        _egress = new EgressNetwork(engine, time);
        BuildLogFolder? logs = storeFolder is null ? null : new BuildLogFolder(StoreLayout.ImageLogsFolder(storeFolder), time);
        _images = new ImageStore(engine, RegistryLogins.OfUser(time), time, logs);
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

    /// <summary>Finds the engine as the docker CLI does (DOCKER_HOST, the current context, the customary sockets) and agrees on a version
    /// with it.</summary>
    /// <param name="time">The clock; null is the system's.</param>
    /// <param name="storeFolder">The store that keeps the output of image builds that failed; null keeps their last lines only, in the
    /// message.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxException">No engine answers, or it is too old; the message lists what was tried, and what to
    /// do.</exception>
    public static Task<DockerSandboxProvider> ConnectAsync(TimeProvider? time, string? storeFolder, CancellationToken cancellationToken) =>
        ConnectAsync(
            EngineEndpointFinder.Find(Environment.GetEnvironmentVariable, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)),
            time ?? TimeProvider.System,
            storeFolder,
            cancellationToken);

    /// <inheritdoc/>
    public Task<SandboxImage> PrepareImageAsync(SandboxImageSource source, CancellationToken cancellationToken) =>
        _images.PrepareAsync(source, cancellationToken);

    /// <inheritdoc/>
    public async Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        string? egressId = spec.Network == SandboxNetwork.Bridge
            ? await _egress.EnsureAsync(cancellationToken).ConfigureAwait(false) : null;
        SandboxContainer container = SandboxContainerBuilder.Of(_engine, spec, egressId, _time.GetUtcNow()).Build();
        SandboxLife life;
        try
        {
            life = await SandboxLife.StartAsync(_engine, _removal, _time, container, spec.TimeToLive, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _egress.Forget();
            if (exception is SandboxException { Fault: SandboxFault.Image })
                _images.Forget(spec.Image.Reference);
            throw;
        }
        await _removal.SettleAsync(cancellationToken).ConfigureAwait(false);
        return new DockerSandbox(_engine, _time, life);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<SweptSandbox>> SweepAsync(string? store, CancellationToken cancellationToken) =>
        new SandboxSweep(_engine, _time).RunAsync(store, cancellationToken);

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
    internal static async Task<DockerSandboxProvider> ConnectAsync(EnginePlaces places, TimeProvider time, string? storeFolder,
        CancellationToken cancellationToken)
    {
        ConnectedEngine engine = await EngineNegotiation.ConnectAsync(places, time, cancellationToken).ConfigureAwait(false);
        try
        {
            await TestcontainersEndpoint.InitialiseAsync(engine.Client.Endpoint).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            engine.Client.Dispose();
            throw;
        }
        return new DockerSandboxProvider(engine.Client, time, storeFolder, engine.Describe());
    }
}
