using Docker.DotNet;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.Sandboxes.Docker.Life;

/// <summary>
/// A sandbox's container as Testcontainers creates, starts and removes it, with three differences. A creation is bounded but never
/// cancelled: the engine would go on and leave a container whose id nobody knows. The dead man's switch is held before the start, and
/// nothing else is waited for. Each step's failure has its class of fault.
/// </summary>
internal sealed class SandboxContainer : DockerContainer
{
    private readonly EngineClient _engine;
    private readonly string _name;

    /// <param name="configuration">What the builder gathered.</param>
    /// <param name="engine">The door to the engine.</param>
    public SandboxContainer(IContainerConfiguration configuration, EngineClient engine)
        : base(configuration)
    {
        _engine = engine;
        _name = configuration.Name;
    }

    /// <summary>Held from just before the first start; null until then. Whoever takes it disposes of it.</summary>
    public DeadMansSwitch? Switch { get; private set; }

    /// <summary>What the engine may know it by: its id, or its name while no answer to its creation has come. Null if there is nothing to
    /// remove.</summary>
    public string? Trace { get; private set; }

    /// <summary>Whether disposing removes it: its creation was seen to its end.</summary>
    public bool IsKnown => Exists();

    /// <inheritdoc/>
    protected override Task UnsafeCreateAsync(CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        var call = new EngineCall($"creating sandbox {_name} of image {Image.FullName}")
        { Limit = EngineCall.LongLimit, NotFound = SandboxFault.Image };
        return _engine.SendAsync(call, (_, limit) => base.UnsafeCreateAsync(limit), CancellationToken.None);
    }

    /// <inheritdoc/>
    protected override async Task<string> UnsafeCreateContainerAsync(CancellationToken ct = default)
    {
        Trace = _name;
        try
        {
            return Trace = await base.UnsafeCreateContainerAsync(ct);
        }
        catch (DockerApiException)
        {
            // Refused: a container of that name is somebody else's.
            Trace = null;
            throw;
        }
    }

    /// <inheritdoc/>
    protected override async Task UnsafeStartAsync(CancellationToken ct = default)
    {
        Switch = await DeadMansSwitch.HoldAsync(_engine, Id, ct);
        var call = new EngineCall($"starting sandbox {EngineClient.Short(Id)}") { Limit = EngineCall.LongLimit };
        await _engine.SendAsync(call, (_, limit) => UnsafeStartContainerAsync(limit), ct);
    }
}
