using System.Buffers.Binary;
using System.Text.Json;

namespace Tandem.Analysis.Formats;

/// <summary>
/// Writes records as a Parquet file (https://parquet.apache.org/docs/file-format): a column per member, any of them null, lists and objects
/// as JSON text, pages compressed by gzip. Written by hand, since what is needed of the format is little, and its bytes are then the same
/// each time. Memory is bounded by one row group.
/// </summary>
/// <param name="output">Where to; stays open.</param>
/// <param name="mostRows">Rows of a group, at most.</param>
/// <param name="columns">The columns; null for those of pair runs.</param>
internal sealed class ParquetWriter(Stream output, int mostRows = 20_000, IReadOnlyList<RecordColumn>? columns = null) : IRowWriter
{
    private const long MostBytes = 32 << 20;
    private const int Optional = 1;
    private const int Plain = 0;
    private const int RunLength = 3;
    private const int Gzip = 2;
    private const int DataPage = 0;

    private readonly IReadOnlyList<RecordColumn> _kinds = columns ?? RecordColumn.All;
    private readonly ParquetColumn[] _columns = [.. (columns ?? RecordColumn.All).Select(column => new ParquetColumn(column))];
    private readonly List<RowGroup> _groups = [];
    private long _position;
    private int _rows;

    public void Add(IReadOnlyList<JsonElement?> cells)
    {
        Begin();
        for (int i = 0; i < _columns.Length; i++)
            _columns[i].Add(cells[i]);
        if (++_rows >= mostRows || _columns.Sum(column => column.Bytes) >= MostBytes)
            WriteGroup();
    }

    public void Finish()
    {
        Begin();
        if (_rows > 0)
            WriteGroup();
        byte[] footer = Footer();
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, footer.Length);
        Write(footer);
        Write(length);
        Write("PAR1"u8);
    }

    private void Begin()
    {
        if (_position == 0)
            Write("PAR1"u8);
    }

    private void WriteGroup()
    {
        var chunks = new Chunk[_columns.Length];
        for (int i = 0; i < chunks.Length; i++)
        {
            byte[] page = _columns[i].Take(out int plainBytes);
            byte[] header = PageHeader(plainBytes, page.Length);
            chunks[i] = new Chunk(i, _position, header.Length + plainBytes, header.Length + page.Length, _rows);
            Write(header);
            Write(page);
        }
        _groups.Add(new RowGroup(chunks, _rows));
        _rows = 0;
    }

    private byte[] PageHeader(int plainBytes, int bytes)
    {
        var thrift = new ThriftWriter();
        thrift.Field(1, DataPage);
        thrift.Field(2, plainBytes);
        thrift.Field(3, bytes);
        thrift.Field(5, () =>
        {
            thrift.Field(1, _rows);
            thrift.Field(2, Plain);
            thrift.Field(3, RunLength);
            thrift.Field(4, RunLength);
        });
        thrift.End();
        return thrift.ToArray();
    }

    private byte[] Footer()
    {
        var thrift = new ThriftWriter();
        thrift.Field(1, 1);
        thrift.Field<RecordColumn?>(2, [null, .. _kinds], column => Schema(thrift, column));
        thrift.Field(3, _groups.Sum(group => (long)group.Rows));
        thrift.Field(4, _groups, group => Group(thrift, group));
        thrift.Field(6, "Tandem");
        thrift.End();
        return thrift.ToArray();
    }

    /// <summary>An element of the schema; null is the root.</summary>
    private void Schema(ThriftWriter thrift, RecordColumn? column)
    {
        if (column is null)
        {
            thrift.Field(4, "records");
            thrift.Field(5, _kinds.Count);
            return;
        }
        thrift.Field(1, ParquetColumn.PhysicalType(column.Type));
        thrift.Field(3, Optional);
        thrift.Field(4, column.Name);
        if (ParquetColumn.ConvertedType(column.Type) is not int converted)
            return;
        thrift.Field(6, converted);
        if (column.Type == ColumnType.Time)
            thrift.Field(10, () => thrift.Field(8, () => Timestamp(thrift)));
    }

    // The newer way to say what the converted type says: microseconds, UTC.
    private static void Timestamp(ThriftWriter thrift)
    {
        thrift.Flag(1);
        thrift.Field(2, () => thrift.Field(2, () => { }));
    }

    private void Group(ThriftWriter thrift, RowGroup group)
    {
        thrift.Field(1, group.Chunks, chunk =>
        {
            thrift.Field(2, chunk.Offset);
            thrift.Field(3, () =>
            {
                thrift.Field(1, ParquetColumn.PhysicalType(_kinds[chunk.Column].Type));
                thrift.Field(2, [Plain, RunLength]);
                thrift.Field(3, [_columns[chunk.Column].Name]);
                thrift.Field(4, Gzip);
                thrift.Field(5, (long)chunk.Rows);
                thrift.Field(6, (long)chunk.PlainBytes);
                thrift.Field(7, (long)chunk.Bytes);
                thrift.Field(9, chunk.Offset);
            });
        });
        thrift.Field(2, group.Chunks.Sum(chunk => (long)chunk.PlainBytes));
        thrift.Field(3, (long)group.Rows);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        output.Write(bytes);
        _position += bytes.Length;
    }

    private sealed record Chunk(int Column, long Offset, int PlainBytes, int Bytes, int Rows);

    private sealed record RowGroup(Chunk[] Chunks, int Rows);
}
