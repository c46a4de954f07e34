using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Tandem.Harness.Gateway.Relays;

/// <summary>
/// One connection from a sandbox, as Kestrel takes it. As with a socket, the client's end of sending ends the input and sets
/// <see cref="ConnectionClosed"/>, while what is written still arrives. Abort and dispose are safe in any order, and against the end of the
/// link.
/// </summary>
internal sealed class RelayConnection : ConnectionContext
{
    // Kestrel's own bound of what it writes ahead.
    private const int MostUnsent = 64 * 1024;
    private readonly RelayLink _link;
    private readonly uint _number;
    // The window bounds it: the link must not wait here for the sake of the other connections.
    private readonly Pipe _incoming = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
    private readonly Pipe _outgoing = new(new PipeOptions(pauseWriterThreshold: MostUnsent, resumeWriterThreshold: MostUnsent / 2,
        useSynchronizationContext: false));
    // Never disposed: there is no timer in it, and somebody may still ask or cancel it.
    private readonly CancellationTokenSource _closed = new();
    private readonly Lock _gate = new();
    private readonly Task _sending;
    private int _uncredited;
    private int _taken;
    private int _sendCredit = RelayFrame.Window;
    private TaskCompletionSource? _creditWaiter;
    private bool _inputHasEnded;
    private bool _isAborted;

    public RelayConnection(RelayLink link, uint number, RelayOrigin origin)
    {
        (_link, _number) = (link, number);
        ConnectionId = string.Create(CultureInfo.InvariantCulture, $"{link.Id}-{number}");
        Transport = new Duplex(new CreditedReader(_incoming.Reader, OnTaken), _outgoing.Writer);
        ConnectionClosed = _closed.Token;
        Features.Set(origin);
        _sending = SendAllAsync();
    }

    public override IDuplexPipe Transport { get; set; }

    public override string ConnectionId { get; set; }

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

    public override CancellationToken ConnectionClosed { get; set; }

    /// <summary>Takes bytes of the client's.</summary>
    /// <exception cref="InvalidDataException">They are more than the window allows.</exception>
    public void Receive(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_uncredited + bytes.Length > RelayFrame.Window)
                throw new InvalidDataException("A connection sent more than its window allows.");
            _uncredited += bytes.Length;
            if (_inputHasEnded)
                return;
            _incoming.Writer.Write(bytes);
            // Without a threshold it never waits.
            _ = _incoming.Writer.FlushAsync().AsTask();
        }
    }

    /// <summary>The client sends no more.</summary>
    public void ReceiveEnd() => EndInput(reason: null);

    /// <summary>The client takes so many bytes more.</summary>
    /// <exception cref="InvalidDataException">They are more than were sent to it.</exception>
    public void ReceiveCredit(uint bytes)
    {
        TaskCompletionSource? waiter;
        lock (_gate)
        {
            if (bytes > RelayFrame.Window - _sendCredit)
                throw new InvalidDataException("A connection was credited with more than it was sent.");
            _sendCredit += (int)bytes;
            (waiter, _creditWaiter) = (_creditWaiter, null);
        }
        waiter?.TrySetResult();
    }

    /// <inheritdoc/>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        if (Close(abortReason))
            _link.Post(RelayFrame.OfKind(_number, RelayFrame.Reset));
    }

    /// <summary>Ends both directions at once. The client is not told: it has gone, or the link has.</summary>
    /// <returns>False if that has happened before.</returns>
    public bool Close(Exception reason)
    {
        TaskCompletionSource? waiter;
        lock (_gate)
        {
            if (_isAborted)
                return false;
            _isAborted = true;
            (waiter, _creditWaiter) = (_creditWaiter, null);
        }
        waiter?.TrySetResult();
        _outgoing.Reader.CancelPendingRead();
        EndInput(reason);
        return true;
    }

    /// <summary>Waits until what was written is on its way; the client then sees the end.</summary>
    public override async ValueTask DisposeAsync()
    {
        await Transport.Input.CompleteAsync();
        await _outgoing.Writer.CompleteAsync();
        await _sending;
        _link.Remove(_number);
        int left;
        lock (_gate)
        {
            left = _inputHasEnded ? 0 : _uncredited;
            _inputHasEnded = true;
        }
        // Without it, the program inside would not read on up to the client's end.
        if (left > 0)
            _link.Post(RelayFrame.OfCredit(_number, left));
        _ = _closed.CancelAsync();
        await base.DisposeAsync();
    }

    private void EndInput(Exception? reason)
    {
        lock (_gate)
        {
            if (_inputHasEnded)
                return;
            _inputHasEnded = true;
            _incoming.Writer.Complete(reason);
        }
        _ = _closed.CancelAsync();
    }

    private void OnTaken(int count)
    {
        int credit;
        lock (_gate)
        {
            _taken += count;
            if (_inputHasEnded || _taken < RelayFrame.Window / 4)
                return;
            (credit, _taken) = (_taken, 0);
            _uncredited -= credit;
        }
        _link.Post(RelayFrame.OfCredit(_number, credit));
    }

    private async Task SendAllAsync()
    {
        PipeReader reader = _outgoing.Reader;
        try
        {
            while (true)
            {
                ReadResult read = await reader.ReadAsync();
                if (read.IsCanceled)
                    return;
                foreach (ReadOnlyMemory<byte> piece in read.Buffer)
                {
                    if (!await SendAsync(piece))
                        return;
                }
                reader.AdvanceTo(read.Buffer.End);
                if (!read.IsCompleted)
                    continue;
                await _link.SendAsync(_number, RelayFrame.End, default);
                return;
            }
        }
        catch (IOException)
        {
            // The link has ended, and closes its connections.
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    /// <returns>False if the connection has been closed.</returns>
    private async ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int count = await TakeCreditAsync(Math.Min(bytes.Length, RelayFrame.MaxPayload));
            if (count == 0)
                return false;
            await _link.SendAsync(_number, RelayFrame.Data, bytes[..count]);
            bytes = bytes[count..];
        }
        return true;
    }

    /// <returns>How many bytes may be sent; 0 if the connection has been closed.</returns>
    private async ValueTask<int> TakeCreditAsync(int wanted)
    {
        while (true)
        {
            Task credited;
            lock (_gate)
            {
                if (_isAborted)
                    return 0;
                int count = Math.Min(wanted, _sendCredit);
                _sendCredit -= count;
                if (count > 0)
                    return count;
                _creditWaiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                credited = _creditWaiter.Task;
            }
            await credited;
        }
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
