using Tandem.Harness.Gateway.Calls;

namespace Tandem.Harness.Gateway;

/// <summary>What the agent is answered: at once, or by a call of the model.</summary>
internal sealed class GatewayReply
{
    public GatewayReply(int status, byte[] body) => (Status, Body) = (status, body);

    public GatewayReply(GatewayCall call) => Call = call;

    public int Status { get; }

    public byte[] Body { get; } = [];

    /// <summary>Null if <see cref="Body"/> is all.</summary>
    public GatewayCall? Call { get; }
}
