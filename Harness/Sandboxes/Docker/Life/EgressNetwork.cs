using Docker.DotNet.Models;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.Sandboxes.Docker.Life;

/// <summary>
/// The network of sandboxes that may reach outwards. On the engine's default bridge two agents of a case could talk behind the harness'
/// back; on this one containers cannot reach each other. Made on demand, once, and left in place. It is used by its id: should two hosts
/// make it at once, there are two of the name, and each serves as well.
/// </summary>
internal sealed class EgressNetwork(EngineClient engine, TimeProvider time) : IDisposable
{
    private const string Name = "tandem-egress";
    private const string Label = "tandem.network";
    private const string NoInterconnect = "com.docker.network.bridge.enable_icc";

    // Rarely used corners of the private ranges, 1,000 sandboxes each. Explicit, since the engine's own pools end at about 30 networks and
    // may be used up.
    private static readonly string[] Subnets =
        ["10.213.128.0/22", "10.219.64.0/22", "10.187.232.0/22", "172.30.216.0/22", "192.168.244.0/22"];
    private readonly SemaphoreSlim _gate = new(1, 1);
    private string? _id;

    /// <summary>Sees to it that it is there.</summary>
    /// <returns>Its id.</returns>
    /// <exception cref="SandboxException">It is not, and cannot be made.</exception>
    public async Task<string> EnsureAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _id) is { } known)
            return known;
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return _id ??= await FindAsync(cancellationToken)
                ?? await MakeAsync(cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Looks again before the next use: somebody may have removed it.</summary>
    public void Forget() => Volatile.Write(ref _id, null);

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async Task<string?> FindAsync(CancellationToken cancellationToken) =>
        (await engine.ListNetworksAsync($"{Label}=1", cancellationToken))
        .Where(network => network.Options?.Contains(new(NoInterconnect, "false")) == true)
        .Select(network => network.ID)
        .Min(StringComparer.Ordinal);

    private async Task<string> MakeAsync(CancellationToken cancellationToken)
    {
        using IDisposable? held = await HostLock.AcquireAsync("egress-network", time, cancellationToken);
        if (await FindAsync(cancellationToken) is { } made)
            return made;
        SandboxException? last = null;
        foreach (string subnet in Subnets)
        {
            try
            {
                var request = new NetworksCreateParameters
                {
                    Name = Name,
                    Driver = "bridge",
                    IPAM = new IPAM { Config = [new IPAMConfig { Subnet = subnet }] },
                    Options = new Dictionary<string, string> { [NoInterconnect] = "false" },
                    Labels = new Dictionary<string, string> { [Label] = "1" },
                };
                return await engine.CreateNetworkAsync(request, cancellationToken);
            }
            catch (SandboxException exception) when (EngineErrors.StatusOf(exception) is not null)
            {
                // The subnet is taken, or another host was faster.
                if (await FindAsync(cancellationToken) is { } other)
                    return other;
                last = exception;
            }
        }
        throw new SandboxException(SandboxFault.Engine,
            $"The network {Name} cannot be made on any of {string.Join(", ", Subnets)}: {last?.Message}", last);
    }
}
