using Tandem.Harness.Sandboxes.Docker.Commands;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Sandboxes.Docker.Life;

namespace Tandem.Harness.Sandboxes.Docker;

/// <summary>
/// Sandboxes as containers of a Docker engine: Testcontainers makes and removes them, Docker.DotNet carries every call.
/// </summary>
public sealed class DockerSandboxProvider : ISandboxProvider
{
    private static readonly TimeSpan ProofTimeToLive = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LastRemovalLimit = TimeSpan.FromSeconds(20);
    private readonly EngineClient _engine;
    private readonly TimeProvider _time;
    private readonly EgressNetwork _egress;
    private readonly IEngineImages _images;
    private readonly SandboxRemoval _removal;
    private readonly ProgramStore _programs;

    private DockerSandboxProvider(EngineClient engine, IEngineImages images, TimeProvider time, string description)
    {
        (_engine, _images, _time, Description) = (engine, images, time, description);
        _egress = new EgressNetwork(engine, time);
        _removal = new SandboxRemoval(engine);
        Quota = new DiskQuota(engine);
        _programs = new ProgramStore(engine, images, CreateAsync, time);
    }

    /// <inheritdoc/>
    public string Kind => "docker";

    /// <inheritdoc/>
    public SandboxAbilities Abilities => SandboxAbilities.Isolation | SandboxAbilities.Limits | SandboxAbilities.Users;

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public Action<string>? OnNotice { get; set => _images.OnNotice = field = value; }

    /// <summary>For tests.</summary>
    internal EngineClient Engine => _engine;

    /// <summary>For tests.</summary>
    internal DiskQuota Quota { get; }

    /// <summary>The programs of agents, for those who show and remove them.</summary>
    internal ProgramStore Programs => _programs;

    /// <inheritdoc/>
    public Task<SandboxImage> PrepareImageAsync(SandboxImageSource source, CancellationToken cancellationToken) =>
        _images.PrepareAsync(source, cancellationToken);

    /// <inheritdoc/>
    public Task<SandboxException?> ForeseeImageAsync(SandboxImageSource source, CancellationToken cancellationToken) =>
        _images.ForeseeAsync(source, cancellationToken);

    /// <inheritdoc/>
    public async Task<ProgramVolume> PrepareProgramsAsync(ProgramRecipe recipe, CancellationToken cancellationToken) =>
        (await _programs.MakeAsync(recipe, new ProgramNews(line => OnNotice?.Invoke(line)), cancellationToken)).Volume;

    /// <inheritdoc/>
    public async Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        if (spec is { Programs: { } programs, MakesPrograms: false })
            await _programs.RequireAsync(programs, cancellationToken);
        string? egressId = spec.Network == SandboxNetwork.Bridge
            ? await _egress.EnsureAsync(cancellationToken) : null;
        long? diskBytes = spec.Limits.DiskBytes;
        spec = await Quota.FitAsync(spec);
        SandboxLife life;
        try
        {
            life = await StartAsync(spec, egressId, diskBytes, cancellationToken);
        }
        catch (SandboxException refused)
            when (spec.Limits.DiskBytes is not null && refused.Fault == SandboxFault.Engine && EngineErrors.StatusOf(refused) is not null)
        {
            spec = DiskQuota.Unlimited(spec);
            life = await StartAsync(spec, egressId, diskBytes, cancellationToken);
            Quota.Remember(canLimit: false);
            OnNotice?.Invoke($"The engine cannot limit the disk of sandboxes (sandbox.disk_mb): {refused.Message}");
        }
        await _removal.SettleAsync(cancellationToken);
        return new DockerSandbox(_engine, _time, life, spec.Image.Reference);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<SweptSandbox>> SweepAsync(string? store, CancellationToken cancellationToken) =>
        new SandboxSweep(_engine, _time).RunAsync(store, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _programs.DisposeAsync();
        using (var limit = new CancellationTokenSource(LastRemovalLimit, _time))
            await _removal.SettleAsync(limit.Token);
        _images.Dispose();
        _egress.Dispose();
        _engine.Dispose();
    }

    private async Task<SandboxLife> StartAsync(SandboxSpec spec, string? egressId, long? diskBytes, CancellationToken cancellationToken)
    {
        SandboxContainer container = SandboxContainerBuilder.Of(_engine, spec, egressId, _time.GetUtcNow()).Build();
        try
        {
            return await SandboxLife.StartAsync(_engine, _removal, _time, container, spec.TimeToLive, diskBytes,
                () => CanMakeAnotherAsync(spec, egressId), line => OnNotice?.Invoke(line), cancellationToken);
        }
        catch (Exception exception)
        {
            _egress.Forget();
            if (exception is SandboxException { Fault: SandboxFault.Image })
                _images.Forget(spec.Image.Reference);
            throw;
        }
    }

    /// <summary>Makes another sandbox of the same kind, and runs a command in it: whether the engine and its host are sound.</summary>
    private async Task<bool> CanMakeAnotherAsync(SandboxSpec spec, string? egressId)
    {
        SandboxSpec proof = spec with { Name = "proof-" + Guid.NewGuid().ToString("N"), TimeToLive = ProofTimeToLive };
        SandboxContainer container = SandboxContainerBuilder.Of(_engine, proof, egressId, _time.GetUtcNow()).Build();
        try
        {
            SandboxLife life = await SandboxLife.StartAsync(_engine, _removal, _time, container, ProofTimeToLive,
                diskBytes: null, isEngineSound: null, onNotice: null, CancellationToken.None);
            await using (life)
            {
                using var run = new CommandRun(_engine, _time, life, ExecRequest.Shell("exit 0") with { RunsNoAgentCode = true });
                return (await run.RunAsync(CancellationToken.None)).Succeeded;
            }
        }
        catch (SandboxException)
        {
            return false;
        }
    }

    /// <summary>Agrees on a version with the first engine that answers, and opens its images.</summary>
    /// <param name="places">Where engines may be.</param>
    /// <param name="images">Opens the images of the engine that answered; the provider disposes them.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxException">No engine answers, or it is too old.</exception>
    internal static async Task<DockerSandboxProvider> ConnectAsync(EnginePlaces places, Func<EngineClient, IEngineImages> images,
        TimeProvider time, CancellationToken cancellationToken)
    {
        ConnectedEngine engine = await EngineNegotiation.ConnectAsync(places, time, cancellationToken);
        try
        {
            await TestcontainersEndpoint.InitialiseAsync(engine.Client.Endpoint).WaitAsync(cancellationToken);
        }
        catch
        {
            engine.Client.Dispose();
            throw;
        }
        return new DockerSandboxProvider(engine.Client, images(engine.Client), time, engine.Describe());
    }
}

/// <summary>Makes the images of one engine usable.</summary>
internal interface IEngineImages : IDisposable
{
    /// <summary>See <see cref="ISandboxProvider.OnNotice"/>.</summary>
    Action<string>? OnNotice { get; set; }

    /// <summary>See <see cref="ISandboxProvider.PrepareImageAsync"/>.</summary>
    Task<SandboxImage> PrepareAsync(SandboxImageSource source, CancellationToken cancellationToken);

    /// <summary>See <see cref="ISandboxProvider.ForeseeImageAsync"/>.</summary>
    Task<SandboxException?> ForeseeAsync(SandboxImageSource source, CancellationToken cancellationToken);

    /// <summary>Forgets that an image was usable, for it has turned out not to be.</summary>
    void Forget(string reference);

    /// <summary>Keeps the whole output of something that failed beside that of image builds.</summary>
    /// <param name="name">Of what failed; becomes the file's name.</param>
    /// <param name="text">The output.</param>
    /// <returns>Words that go on "its whole output": where it is. Null if nothing is kept.</returns>
    string? KeepLog(string name, string text);
}
