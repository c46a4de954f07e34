using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Tandem.Analysis.Formats;

/// <summary>The values of one column of a row group, gathered until the group is written.</summary>
/// <param name="column">The column.</param>
internal sealed class ParquetColumn(RecordColumn column)
{
    private readonly List<bool> _isThere = [];
    private readonly List<bool> _flags = [];
    private readonly ArrayBufferWriter<byte> _values = new();

    /// <summary>Parquet's number for the type on disk: BOOLEAN, INT64, DOUBLE or BYTE_ARRAY.</summary>
    public static int PhysicalType(ColumnType type) => type switch
    {
        ColumnType.Flag => 0,
        ColumnType.Whole or ColumnType.Time => 2,
        ColumnType.Real => 5,
        ColumnType.Text or ColumnType.Json => 6,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>Parquet's number for what the type means: UTF8 or TIMESTAMP_MICROS; null for nothing special.</summary>
    public static int? ConvertedType(ColumnType type) => type switch
    {
        ColumnType.Text or ColumnType.Json => 0,
        ColumnType.Time => 10,
        ColumnType.Flag or ColumnType.Whole or ColumnType.Real => null,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    public string Name => column.Name;

    /// <summary>Bytes that are held.</summary>
    public long Bytes => _values.WrittenCount;

    public void Add(JsonElement? cell)
    {
        _isThere.Add(cell is not null);
        if (cell is not JsonElement value)
            return;
        Span<byte> eight = stackalloc byte[sizeof(long)];
        switch (column.Type)
        {
            case ColumnType.Flag:
                _flags.Add(value.GetBoolean());
                break;
            case ColumnType.Whole:
                BinaryPrimitives.WriteInt64LittleEndian(eight, value.GetInt64());
                _values.Write(eight);
                break;
            case ColumnType.Time:
                BinaryPrimitives.WriteInt64LittleEndian(eight,
                    (value.GetDateTimeOffset() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
                _values.Write(eight);
                break;
            case ColumnType.Real:
                BinaryPrimitives.WriteDoubleLittleEndian(eight, value.GetDouble());
                _values.Write(eight);
                break;
            case ColumnType.Text:
                AddText(value.GetString()!);
                break;
            case ColumnType.Json:
                AddText(value.GetRawText());
                break;
        }
    }

    /// <summary>The page: which rows have a value, then the values; compressed. The column is empty afterwards.</summary>
    /// <param name="plainBytes">Its size before it was compressed.</param>
    public byte[] Take(out int plainBytes)
    {
        using var page = new MemoryStream();
        byte[] levels = BitRun(_isThere);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, levels.Length);
        page.Write(length);
        page.Write(levels);
        if (column.Type == ColumnType.Flag)
            page.Write(Bits(_flags));
        else
            page.Write(_values.WrittenSpan);
        plainBytes = (int)page.Length;
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(page.GetBuffer(), 0, plainBytes);
        _isThere.Clear();
        _flags.Clear();
        _values.ResetWrittenCount();
        return compressed.ToArray();
    }

    private void AddText(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
        _values.Write(length);
        _values.Write(utf8);
    }

    // Levels are runs; this is one run of bits, eight at a time.
    private static byte[] BitRun(List<bool> values)
    {
        var run = new List<byte>();
        uint header = ((uint)(values.Count + 7) / 8 << 1) | 1;
        for (; header >= 0x80; header >>= 7)
            run.Add((byte)(header | 0x80));
        run.Add((byte)header);
        return [.. run, .. Bits(values)];
    }

    private static byte[] Bits(List<bool> values)
    {
        byte[] bits = new byte[(values.Count + 7) / 8];
        for (int i = 0; i < values.Count; i++)
            bits[i / 8] |= (byte)(values[i] ? 1 << (i % 8) : 0);
        return bits;
    }
}
