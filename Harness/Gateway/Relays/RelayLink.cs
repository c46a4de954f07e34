using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Connections;
using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.Gateway.Relays;

/// <summary>One run of the program in a sandbox, with the connections that it carries. When it ends, they are aborted.</summary>
internal sealed class RelayLink : IAsyncDisposable
{
    private const int MostPosted = 4 * RelayFrame.MostConnections;
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(30);
    private static int s_count;
    private readonly ISandboxChannel _channel;
    private readonly RelayFrameReader _reader;
    private readonly RelayConnections _target;
    private readonly RelayOrigin _origin;
    private readonly ConcurrentDictionary<uint, RelayConnection> _connections = [];
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly byte[] _frame = new byte[RelayFrame.HeaderSize + RelayFrame.MaxPayload];
    private uint _latest;
    private int _posted;

    private RelayLink(ISandboxChannel channel, RelayFrameReader reader, RelayConnections target, RelayOrigin origin, int port)
    {
        (_channel, _reader, _target, _origin, Port) = (channel, reader, target, origin, port);
        Id = string.Create(CultureInfo.InvariantCulture, $"relay{Interlocked.Increment(ref s_count)}");
        Ended = ReadAllAsync();
    }

    /// <summary>Its name in this process.</summary>
    public string Id { get; }

    /// <summary>The port inside.</summary>
    public int Port { get; }

    /// <summary>Ends, never with an error, when the program has ended or must not be used any more; its connections are closed then. The
    /// result says why.</summary>
    public Task<string> Ended { get; }

    /// <summary>Starts the program and waits until it listens, for at most 30 s.</summary>
    /// <param name="sandbox">Where.</param>
    /// <param name="command">See <see cref="RelayProgram.Command"/>.</param>
    /// <param name="target">Takes the connections.</param>
    /// <param name="origin">A feature of each of them.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxException">The sandbox is lost, or the program does not listen (class
    /// <see cref="SandboxFault.Engine"/>).</exception>
    public static async Task<RelayLink> StartAsync(ISandbox sandbox, IReadOnlyList<string> command, RelayConnections target,
        RelayOrigin origin, TimeProvider time, CancellationToken cancellationToken)
    {
        ISandboxChannel channel = await sandbox.ConnectAsync(command, cancellationToken);
        using var limit = new CancellationTokenSource(s_startLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var reader = new RelayFrameReader(channel);
        string why = "it ended before";
        try
        {
            if (await reader.ReadAsync(either.Token) is { } frame)
            {
                why = "it said something else";
                if (frame is { Connection: 0, Kind: RelayFrame.Ready }
                    && int.TryParse(frame.Payload.Span, NumberStyles.None, CultureInfo.InvariantCulture, out int port))
                    return new RelayLink(channel, reader, target, origin, port);
            }
        }
        catch (InvalidDataException exception)
        {
            why = exception.Message;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            why = $"it took longer than {s_startLimit.TotalSeconds:0} s";
        }
        catch
        {
            await channel.DisposeAsync();
            throw;
        }
        string said = $"{channel.ErrorText} {reader.Rest}".Trim();
        await channel.DisposeAsync();
        throw new SandboxException(SandboxFault.Engine, $"The relay in sandbox {sandbox.Id} ({command[0]}) does not listen: {why}. {said}"
            .TrimEnd());
    }

    /// <summary>Sends a frame; waits as long as the program does not read.</summary>
    /// <exception cref="IOException">The link has ended.</exception>
    public async Task SendAsync(uint number, byte kind, ReadOnlyMemory<byte> payload)
    {
        await _writing.WaitAsync(CancellationToken.None);
        try
        {
            RelayFrame.WriteHeader(_frame, number, kind, payload.Length);
            payload.CopyTo(_frame.AsMemory(RelayFrame.HeaderSize));
            // Never called off: half a frame would spoil all that follow.
            await _channel.WriteAsync(_frame.AsMemory(0, RelayFrame.HeaderSize + payload.Length), CancellationToken.None);
        }
        catch (IOException)
        {
            await _channel.DisposeAsync();
            throw;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Sends a whole frame some time later, if the link lasts.</summary>
    public void Post(byte[] frame) => _ = PostAsync(frame);

    /// <summary>Forgets a connection.</summary>
    public void Remove(uint number) => _connections.TryRemove(number, out _);

    /// <summary>Ends the program.</summary>
    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await Ended;
    }

    private async Task PostAsync(byte[] frame)
    {
        // A program that is made to ask and not to listen would fill our memory.
        if (Interlocked.Increment(ref _posted) > MostPosted)
            await _channel.DisposeAsync();
        await _writing.WaitAsync(CancellationToken.None);
        try
        {
            await _channel.WriteAsync(frame, CancellationToken.None);
        }
        catch (IOException)
        {
            await _channel.DisposeAsync();
        }
        finally
        {
            _writing.Release();
            Interlocked.Decrement(ref _posted);
        }
    }

    private async Task<string> ReadAllAsync()
    {
        // Not in the constructor's caller.
        await Task.Yield();
        string why = "it has ended";
        try
        {
            while (await _reader.ReadAsync(CancellationToken.None) is { } frame)
                Take(frame);
        }
        catch (InvalidDataException exception)
        {
            why = exception.Message;
        }
        await _channel.DisposeAsync();
        var reason = new ConnectionAbortedException($"The relay in the sandbox {_origin.SandboxId} cannot go on: {why}.");
        foreach (RelayConnection connection in _connections.Values)
            connection.Close(reason);
        string said = _channel.ErrorText.Trim();
        return said.Length == 0 ? why : $"{why}: {said}";
    }

    private void Take(RelayFrame frame)
    {
        if (frame.Kind == RelayFrame.Open)
        {
            Open(frame.Connection);
            return;
        }
        if (frame.Connection == 0 || frame.Connection > _latest)
            throw new InvalidDataException($"A frame for connection {frame.Connection} came, which was never opened.");
        if (!_connections.TryGetValue(frame.Connection, out RelayConnection? connection))
        {
            // The server has left it; a client that sends on hears so.
            if (frame.Kind == RelayFrame.Data)
                Post(RelayFrame.OfKind(frame.Connection, RelayFrame.Reset));
            return;
        }
        switch (frame.Kind)
        {
            case RelayFrame.Data:
                connection.Receive(frame.Payload.Span);
                break;
            case RelayFrame.End:
                connection.ReceiveEnd();
                break;
            case RelayFrame.Credit when frame.Payload.Length == sizeof(uint):
                connection.ReceiveCredit(System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(frame.Payload.Span));
                break;
            case RelayFrame.Reset:
                connection.Close(new ConnectionResetException("The client in the sandbox has closed the connection."));
                break;
            default:
                throw new InvalidDataException($"A frame of the unknown kind {frame.Kind} came.");
        }
    }

    private void Open(uint number)
    {
        if (number <= _latest)
            throw new InvalidDataException($"Connection {number} was opened after connection {_latest}.");
        _latest = number;
        if (_connections.Count >= RelayFrame.MostConnections)
        {
            Post(RelayFrame.OfKind(number, RelayFrame.Reset));
            return;
        }
        var connection = new RelayConnection(this, number, _origin);
        _connections[number] = connection;
        if (_target.TryAdd(connection))
            return;
        connection.Abort(new ConnectionAbortedException("The gateway has stopped."));
        Remove(number);
    }
}
