using System.Net.ServerSentEvents;
using System.Text;

namespace Tandem.Harness.Gateway.Calls;

/// <summary>Splits a stream of server-sent events into whole events, each with its bytes as they came. One reader.</summary>
/// <param name="stream">The stream; whoever made it disposes of it.</param>
/// <param name="most">Bytes of the whole stream that are read at most.</param>
internal sealed class ServerEvents(Stream stream, long most)
{
    private byte[] _buffer = new byte[16 * 1024];
    private int _filled;
    private long _read;

    /// <summary>The next whole event.</summary>
    /// <returns>Null at the end; half an event before it is dropped.</returns>
    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="InvalidDataException">The stream is longer than it may be.</exception>
    public async Task<ServerEvent?> NextAsync(CancellationToken cancellationToken)
    {
        int from = 0;
        while (true)
        {
            int end = EndOf(_buffer.AsSpan(0, _filled), from);
            if (end > 0)
                return Take(end);
            from = Math.Max(0, _filled - 3);
            if (_filled == _buffer.Length)
                Array.Resize(ref _buffer, _buffer.Length * 2);
            int count = await stream.ReadAsync(_buffer.AsMemory(_filled), cancellationToken);
            if (count == 0)
                return null;
            _filled += count;
            _read += count;
            if (_read > most)
                throw new InvalidDataException($"more than {most} bytes (model.max_answer_mb)");
        }
    }

    private ServerEvent Take(int end)
    {
        byte[] bytes = _buffer.AsSpan(0, end).ToArray();
        _buffer.AsSpan(end, _filled - end).CopyTo(_buffer);
        _filled -= end;
        using var one = new MemoryStream(bytes);
        string? data = null;
        foreach (SseItem<string> item in SseParser.Create(one, static (_, utf8) => Encoding.UTF8.GetString(utf8)).Enumerate())
            data = item.Data;
        return new ServerEvent(bytes, data);
    }

    /// <summary>Where the first event ends, behind its blank line; 0 if it does not end yet.</summary>
    private static int EndOf(ReadOnlySpan<byte> bytes, int from)
    {
        for (int i = from; i < bytes.Length; i++)
        {
            if (bytes[i] != '\n' || i + 1 >= bytes.Length)
                continue;
            if (bytes[i + 1] == '\n')
                return i + 2;
            if (bytes[i + 1] == '\r' && i + 2 < bytes.Length && bytes[i + 2] == '\n')
                return i + 3;
        }
        return 0;
    }
}

/// <summary>One event.</summary>
/// <param name="Bytes">As it came, with the blank line behind it.</param>
/// <param name="Data">Its data; null for a comment.</param>
internal sealed record ServerEvent(byte[] Bytes, string? Data);
