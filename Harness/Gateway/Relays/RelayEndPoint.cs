using System.Net;

namespace Tandem.Harness.Gateway.Relays;

/// <summary>Where a Kestrel server listens that serves sandboxes through their relays. It is no port of the host.</summary>
/// <param name="connections">What the relays put their connections into.</param>
internal sealed class RelayEndPoint(RelayConnections connections) : EndPoint
{
    /// <summary>What comes in here.</summary>
    public RelayConnections Connections { get; } = connections;

    /// <inheritdoc/>
    public override string ToString() => "relays";
}
