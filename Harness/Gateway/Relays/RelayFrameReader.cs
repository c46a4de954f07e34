using System.Buffers.Binary;
using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.Gateway.Relays;

/// <summary>Cuts what the program in a sandbox writes into frames, in bounded memory.</summary>
internal sealed class RelayFrameReader(ISandboxChannel channel)
{
    private readonly byte[] _buffer = new byte[2 * (RelayFrame.HeaderSize + RelayFrame.MaxPayload)];
    private int _start;
    private int _end;

    /// <summary>Reads the next frame; null is the end.</summary>
    /// <exception cref="InvalidDataException">What came is no frame: something else in the sandbox writes there.</exception>
    public async ValueTask<RelayFrame?> ReadAsync(CancellationToken cancellationToken)
    {
        if (!await FillAsync(RelayFrame.HeaderSize, cancellationToken))
            return null;
        uint connection = BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(_start));
        byte kind = _buffer[_start + 4];
        uint length = BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(_start + 5));
        if (length > RelayFrame.MaxPayload)
            throw new InvalidDataException($"A frame of {length} bytes came; at most {RelayFrame.MaxPayload} are allowed.");
        if (!await FillAsync(RelayFrame.HeaderSize + (int)length, cancellationToken))
            return null;
        var frame = new RelayFrame(connection, kind, _buffer.AsMemory(_start + RelayFrame.HeaderSize, (int)length));
        _start += RelayFrame.HeaderSize + (int)length;
        return frame;
    }

    /// <summary>What has come and is no frame yet, as text.</summary>
    public string Rest => System.Text.Encoding.UTF8.GetString(_buffer.AsSpan(_start, _end - _start));

    /// <returns>False if the end came before.</returns>
    private async ValueTask<bool> FillAsync(int count, CancellationToken cancellationToken)
    {
        if (_start == _end)
            _start = _end = 0;
        if (_start + count > _buffer.Length)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        while (_end - _start < count)
        {
            int read = await channel.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (read == 0)
                return false;
            _end += read;
        }
        return true;
    }
}
