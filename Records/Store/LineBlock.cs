using System.Buffers;

namespace Tandem.Records.Store;

/// <summary>A stretch of a file of lines: whole lines, as many as fit, so that several processors can read one file. To be disposed when
/// its bytes are no longer needed.</summary>
public sealed class LineBlock : IDisposable
{
    /// <summary>How many bytes a block has at most, unless a single line has more.</summary>
    public const int UsualBytes = 512 * 1024;

    private readonly byte[] _buffer;
    private readonly int _length;

    private LineBlock(byte[] buffer, int length, int linesBefore, long offset) =>
        (_buffer, _length, LinesBefore, Offset) = (buffer, length, linesBefore, offset);

    /// <summary>How many lines of the file stand before it.</summary>
    public int LinesBefore { get; }

    /// <summary>Where its first byte stands in the file, from 0.</summary>
    public long Offset { get; }

    /// <summary>The blocks of a file, in their order. A file that another process appends to is read as far as it is written.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IEnumerable<LineBlock> Read(string path)
    {
        using FileStream stream = RegularFile.OpenOwn(path);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(UsualBytes);
        int filled = 0;
        int lines = 0;
        long offset = 0;
        while (true)
        {
            int read = stream.ReadAtLeast(buffer.AsSpan(filled), buffer.Length - filled, throwOnEndOfStream: false);
            bool isEnd = filled + read < buffer.Length;
            filled += read;
            int whole = isEnd ? filled : buffer.AsSpan(0, filled).LastIndexOf((byte)'\n') + 1;
            byte[] next = isEnd ? [] : ArrayPool<byte>.Shared.Rent(whole == 0 ? buffer.Length * 2 : UsualBytes);
            buffer.AsSpan(whole, filled - whole).CopyTo(next);
            if (whole == 0)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
            else
            {
                // Whoever takes the block may give its buffer back at once.
                int ends = buffer.AsSpan(0, whole).Count((byte)'\n');
                yield return new LineBlock(buffer, whole, lines, offset);
                lines += ends;
                offset += whole;
                filled -= whole;
            }
            if (isEnd)
                yield break;
            buffer = next;
        }
    }

    /// <summary>Its lines, empty ones included.</summary>
    public IEnumerable<JsonLines.Line> Lines()
    {
        int number = LinesBefore;
        for (int start = 0; start < _length;)
        {
            int length = _buffer.AsSpan(start, _length - start).IndexOf((byte)'\n');
            bool isTerminated = length >= 0;
            length = isTerminated ? length : _length - start;
            yield return new JsonLines.Line(++number, _buffer.AsMemory(start, length), isTerminated, Offset + start);
            start += length + 1;
        }
    }

    /// <summary>Gives its bytes back.</summary>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);
}
