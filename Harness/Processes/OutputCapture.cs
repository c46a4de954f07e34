namespace Tandem.Harness.Processes;

/// <summary>
/// Keeps the first and the last half of a stream of any length. Memory is bounded by <c>keepBytes</c> (twice that while it is copied out),
/// however much passes; appending costs time in the length of the piece. Not safe for concurrent use.
/// </summary>
internal sealed class OutputCapture
{
    private readonly int _headLimit;
    private readonly int _tailLimit;
    private byte[] _head = [];
    private int _headLength;
    // A ring once it is full: _tailNext is then both the oldest byte and where the next one goes.
    private byte[] _tail = [];
    private int _tailLength;
    private int _tailNext;

    /// <summary>Makes an empty one.</summary>
    /// <param name="keepBytes">Bytes to keep, from 0; of an odd number the head has one more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="keepBytes"/> is negative.</exception>
    public OutputCapture(int keepBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(keepBytes);
        _tailLimit = keepBytes / 2;
        _headLimit = keepBytes - _tailLimit;
    }

    /// <summary>How many bytes there were so far, kept or not.</summary>
    public long TotalBytes { get; private set; }

    /// <summary>Takes the next piece; the bytes are copied.</summary>
    public void Append(ReadOnlySpan<byte> piece)
    {
        TotalBytes += piece.Length;
        int toHead = Math.Min(piece.Length, _headLimit - _headLength);
        if (toHead > 0)
        {
            EnsureRoom(ref _head, _headLength + toHead, _headLimit);
            piece[..toHead].CopyTo(_head.AsSpan(_headLength));
            _headLength += toHead;
        }
        AppendToTail(piece[toHead..]);
    }

    /// <summary>What was kept so far, as a copy: all of it in the head if nothing was cut.</summary>
    public CapturedOutput ToCapturedOutput()
    {
        bool isCut = TotalBytes > _headLength + _tailLength;
        byte[] tail = new byte[_tailLength];
        if (_tailLength == _tailLimit && _tailLimit > 0)
        {
            _tail.AsSpan(_tailNext, _tailLimit - _tailNext).CopyTo(tail);
            _tail.AsSpan(0, _tailNext).CopyTo(tail.AsSpan(_tailLimit - _tailNext));
        }
        else
        {
            _tail.AsSpan(0, _tailLength).CopyTo(tail);
        }
        return isCut
            ? new CapturedOutput(_head.AsSpan(0, _headLength).ToArray(), tail, TotalBytes)
            : new CapturedOutput((byte[])[.. _head.AsSpan(0, _headLength), .. tail], default, TotalBytes);
    }

    private void AppendToTail(ReadOnlySpan<byte> piece)
    {
        if (piece.Length > _tailLimit)
            piece = piece[^_tailLimit..];
        if (piece.IsEmpty)
            return;
        EnsureRoom(ref _tail, Math.Min(_tailLength + piece.Length, _tailLimit), _tailLimit);
        int beforeEnd = Math.Min(piece.Length, _tailLimit - _tailNext);
        piece[..beforeEnd].CopyTo(_tail.AsSpan(_tailNext));
        piece[beforeEnd..].CopyTo(_tail);
        _tailNext = (_tailNext + piece.Length) % _tailLimit;
        _tailLength = Math.Min(_tailLength + piece.Length, _tailLimit);
    }

    private static void EnsureRoom(ref byte[] buffer, int needed, int limit)
    {
        if (buffer.Length < needed)
            Array.Resize(ref buffer, (int)Math.Clamp(2L * buffer.Length, Math.Max(needed, Math.Min(4096, limit)), limit));
    }
}

/// <summary>A stream as far as it was kept.</summary>
/// <param name="Head">The first bytes: all of them if nothing was cut.</param>
/// <param name="Tail">The last bytes, empty if nothing was cut.</param>
/// <param name="TotalBytes">How many there were.</param>
public sealed record CapturedOutput(ReadOnlyMemory<byte> Head, ReadOnlyMemory<byte> Tail, long TotalBytes)
{
    /// <summary>Nothing.</summary>
    public static CapturedOutput Empty { get; } = new(default, default, 0);

    /// <summary>Bytes between head and tail that were not kept.</summary>
    public long OmittedBytes => TotalBytes - Head.Length - Tail.Length;

    /// <summary>The text; what is not UTF-8 becomes U+FFFD, what was cut is named between the parts.</summary>
    public string Text => OmittedBytes == 0
        ? System.Text.Encoding.UTF8.GetString(Head.Span) + System.Text.Encoding.UTF8.GetString(Tail.Span)
        : $"{System.Text.Encoding.UTF8.GetString(Head.Span)}\n[... {OmittedBytes} bytes left out "
        + $"...]\n{System.Text.Encoding.UTF8.GetString(Tail.Span)}";
}
