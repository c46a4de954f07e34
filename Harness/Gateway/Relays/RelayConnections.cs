using System.Threading.Channels;

namespace Tandem.Harness.Gateway.Relays;

/// <summary>The connections of all relays of one server, on their way to it. A relay puts them in, <see cref="RelayListener"/> takes them
/// out; safe for concurrent use.</summary>
internal sealed class RelayConnections
{
    private readonly Channel<RelayConnection> _waiting = Channel.CreateUnbounded<RelayConnection>();

    /// <summary>Hands a connection over.</summary>
    /// <returns>False if the server has stopped.</returns>
    public bool TryAdd(RelayConnection connection) => _waiting.Writer.TryWrite(connection);

    /// <summary>Waits for the next connection; null once the server has stopped.</summary>
    public async ValueTask<RelayConnection?> TakeAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _waiting.Reader.ReadAsync(cancellationToken);
        }
        catch (ChannelClosedException)
        {
            return null;
        }
    }

    /// <summary>Takes no more, and gives back those that nobody has taken.</summary>
    public IEnumerable<RelayConnection> Close()
    {
        _waiting.Writer.TryComplete();
        while (_waiting.Reader.TryRead(out RelayConnection? connection))
            yield return connection;
    }
}
