using System.Buffers.Binary;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

/// <summary>
/// Takes the engine's two output streams apart: each frame has 8 bytes of head (1 for stdout or 2 for stderr, three zeros, the length big-endian) and a payload. Frames are handed on in pieces as they come, never
/// gathered. Not safe for concurrent use.
/// </summary>
internal sealed class FrameReader(HijackedStream stream)
{
    private const int HeadLength = 8;
    private const byte StderrKind = 2;
    private readonly byte[] _head = new byte[HeadLength];
    private ReadOnlyMemory<byte> _unread;
    private int _headLength;
    private uint _payloadLeft;

    /// <summary>Reads the next piece; null is the end of both streams. Its memory is valid until the next read.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    public async ValueTask<OutputPiece?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_unread.IsEmpty)
                _unread = await stream.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (_unread.IsEmpty)
                return null;
            if (_payloadLeft > 0)
            {
                int length = (int)Math.Min(_payloadLeft, (uint)_unread.Length);
                var piece = new OutputPiece(_head[0] == StderrKind, _unread[..length]);
                _unread = _unread[length..];
                _payloadLeft -= (uint)length;
                return piece;
            }
            TakeHead();
        }
    }

    private void TakeHead()
    {
        int length = Math.Min(HeadLength - _headLength, _unread.Length);
        _unread.Span[..length].CopyTo(_head.AsSpan(_headLength));
        _unread = _unread[length..];
        _headLength += length;
        if (_headLength < HeadLength)
            return;
        _headLength = 0;
        _payloadLeft = BinaryPrimitives.ReadUInt32BigEndian(_head.AsSpan(4));
        if (_head[0] > StderrKind || _head[1] != 0)
            throw new IOException("The engine's output is not framed as expected.");
    }
}

/// <summary>A piece of output.</summary>
/// <param name="IsStderr">Which stream.</param>
/// <param name="Bytes">Valid until the next read.</param>
internal readonly record struct OutputPiece(bool IsStderr, ReadOnlyMemory<byte> Bytes);
