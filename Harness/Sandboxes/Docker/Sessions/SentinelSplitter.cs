using System.Text;

namespace Tandem.Harness.Sandboxes.Docker.Sessions;

/// <summary>
/// Takes a stream apart into a command's output and the lines of the session about it. Such a line is a secret, which the command cannot
/// know, a text, and a line feed; it may begin anywhere, for output need not end with a line feed. Bytes that may be the beginning of the
/// secret are held back until the next piece decides. Not safe for concurrent use.
/// </summary>
internal sealed class SentinelSplitter(string secret)
{
    private const int LongestLine = 1024;
    private readonly byte[] _secret = Encoding.ASCII.GetBytes(secret);
    private readonly StringBuilder _line = new();
    private int _held;
    private bool _inLine;

    public void Feed(ReadOnlyMemory<byte> piece, Action<ReadOnlyMemory<byte>> onData, Action<string> onLine)
    {
        if (_held > 0)
        {
            // What is held back is by definition a beginning of the secret.
            piece = (byte[])[.. _secret.AsSpan(0, _held), .. piece.Span];
            _held = 0;
        }
        while (!piece.IsEmpty)
            piece = _inLine ? TakeLine(piece, onLine) : TakeData(piece, onData);
    }

    private ReadOnlyMemory<byte> TakeData(ReadOnlyMemory<byte> piece, Action<ReadOnlyMemory<byte>> onData)
    {
        int at = piece.Span.IndexOf(_secret);
        if (at >= 0)
        {
            _inLine = true;
            onData(piece[..at]);
            return piece[(at + _secret.Length)..];
        }
        _held = BeginningAtEnd(piece.Span);
        onData(piece[..^_held]);
        return default;
    }

    private int BeginningAtEnd(ReadOnlySpan<byte> span)
    {
        for (int length = Math.Min(_secret.Length - 1, span.Length); length > 0; length--)
        {
            if (span[^length..].SequenceEqual(_secret.AsSpan(0, length)))
                return length;
        }
        return 0;
    }

    private ReadOnlyMemory<byte> TakeLine(ReadOnlyMemory<byte> piece, Action<string> onLine)
    {
        int end = piece.Span.IndexOf((byte)'\n');
        ReadOnlyMemory<byte> text = end < 0 ? piece : piece[..end];
        if (_line.Length + text.Length > LongestLine)
            throw new InvalidDataException("A line of the shell session does not end.");
        _line.Append(Encoding.ASCII.GetString(text.Span));
        if (end < 0)
            return default;
        _inLine = false;
        string line = _line.ToString();
        _line.Clear();
        onLine(line);
        return piece[(end + 1)..];
    }
}
