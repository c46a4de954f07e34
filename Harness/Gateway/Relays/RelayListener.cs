using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Tandem.Harness.Gateway.Relays;

/// <summary>
/// Lets Kestrel take the connections of relays: a service <see cref="IConnectionListenerFactory"/> beside that of sockets, for
/// <see cref="RelayEndPoint"/> alone.
/// </summary>
internal sealed class RelayListenerFactory : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => endpoint is RelayEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IConnectionListener>(new RelayListener((RelayEndPoint)endpoint));
}

/// <summary>Takes the connections of relays.</summary>
internal sealed class RelayListener(RelayEndPoint endPoint) : IConnectionListener
{
    public EndPoint EndPoint => endPoint;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
        await endPoint.Connections.TakeAsync(cancellationToken);

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        foreach (RelayConnection connection in endPoint.Connections.Close())
        {
            connection.Abort(new ConnectionAbortedException("The gateway has stopped."));
            await connection.DisposeAsync();
        }
    }

    public ValueTask DisposeAsync() => UnbindAsync();
}
