namespace Tandem.Analysis.Data;

/// <summary>A stream that compares what is written with a file, and knows the first line that differs.</summary>
internal sealed class ComparingStream(Stream expected) : Stream
{
    private byte[] _buffer = new byte[64 * 1024];
    private int _line = 1;

    /// <summary>The first line that differs, from 1; null while there is none.</summary>
    public int? FirstDifference { get; private set; }

    /// <summary>To be called after the last write: a file that goes on differs as well.</summary>
    public void Finish()
    {
        if (FirstDifference is null && expected.ReadByte() >= 0)
            FirstDifference = _line;
    }

    public override void Write(ReadOnlySpan<byte> written)
    {
        if (FirstDifference is not null)
            return;
        if (_buffer.Length < written.Length)
            _buffer = new byte[written.Length];
        Span<byte> held = _buffer.AsSpan(0, written.Length);
        int read = expected.ReadAtLeast(held, held.Length, throwOnEndOfStream: false);
        int same = written.CommonPrefixLength(held[..read]);
        _line += written[..same].Count((byte)'\n');
        if (same < written.Length)
            FirstDifference = _line;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
