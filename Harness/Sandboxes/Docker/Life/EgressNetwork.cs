using System.Net;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.Sandboxes.Docker.Life;

/// <summary>
/// The network of sandboxes that may reach outwards. On the engine's default bridge two agents of a case could talk behind the harness' back; on this one containers cannot reach each other. Made on demand, once, and left in place.
/// </summary>
internal sealed class EgressNetwork(EngineClient engine) : IDisposable
{
    /// <summary>Its name.</summary>
    public const string Name = "tandem-egress";

    private const string NoInterconnect = "com.docker.network.bridge.enable_icc";

    // Rarely used corners of the private ranges, 1,000 sandboxes each. Explicit, since the engine's own pools end at about 30 networks and may be used up.
    private static readonly string[] Subnets = ["10.213.128.0/22", "10.219.64.0/22", "10.187.232.0/22", "172.30.216.0/22", "192.168.244.0/22"];
    private readonly SemaphoreSlim _gate = new(1, 1);
    private bool _isThere;

    /// <summary>Sees to it that it is there.</summary>
    /// <exception cref="SandboxException">It is not, and cannot be made; or there is one of this name that lets containers reach each other.</exception>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _isThere))
            return;
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_isThere && !await IsThereAsync(cancellationToken).ConfigureAwait(false))
                await MakeAsync(cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _isThere, true);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Looks again before the next use: somebody may have removed it.</summary>
    public void Forget() => Volatile.Write(ref _isThere, false);

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async Task<bool> IsThereAsync(CancellationToken cancellationToken)
    {
        try
        {
            NetworkReply reply = await engine.InspectNetworkAsync(Name, cancellationToken).ConfigureAwait(false);
            if (reply.Options?.GetValueOrDefault(NoInterconnect) != "false")
            {
                throw new SandboxException(
                    SandboxFault.Engine, $"There is a network {Name} on which containers reach each other. Remove it (`docker network rm {Name}`): it is made anew.");
            }
            return true;
        }
        catch (SandboxException exception) when (EngineErrors.StatusOf(exception) == HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    private async Task MakeAsync(CancellationToken cancellationToken)
    {
        SandboxException? last = null;
        foreach (string subnet in Subnets)
        {
            try
            {
                var pool = new Ipam([new IpamPool(subnet)]);
                var request = new NetworkRequest(Name, CheckDuplicate: true, "bridge", pool, new() { [NoInterconnect] = "false" }, new() { ["tandem.network"] = "1" });
                await engine.CreateNetworkAsync(request, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (SandboxException exception) when (EngineErrors.StatusOf(exception) is not null)
            {
                // Another process was faster, or the subnet is taken.
                if (await IsThereAsync(cancellationToken).ConfigureAwait(false))
                    return;
                last = exception;
            }
        }
        throw new SandboxException(SandboxFault.Engine, $"The network {Name} cannot be made on any of {string.Join(", ", Subnets)}: {last?.Message}", last);
    }
}
