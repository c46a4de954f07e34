using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Tandem.Analysis.Tests.Formats;

/// <summary>Reads back as much of Parquet as the writer makes use of, by the format's own description: Thrift's compact protocol, one plain
/// page per column and group, bits for what is null.</summary>
internal sealed class ParquetReader
{
    private readonly byte[] _file;
    private readonly Dictionary<int, object> _footer;

    public ParquetReader(byte[] file)
    {
        _file = file;
        int length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(file.Length - 8));
        int at = file.Length - 8 - length;
        _footer = Structure(file, ref at);
    }

    public bool IsFramed => _file.AsSpan().StartsWith("PAR1"u8) && _file.AsSpan().EndsWith("PAR1"u8);

    public long Rows => (long)_footer[3];

    /// <summary>Each column's name, physical and converted type; the root is left out.</summary>
    public IReadOnlyList<(string Name, long Type, long? Converted)> Columns =>
        [.. ((List<object>)_footer[2]).Cast<Dictionary<int, object>>().Skip(1)
            .Select(e => (Encoding.UTF8.GetString((byte[])e[4]), (long)e[1], e.TryGetValue(6, out object? converted)
            ? (long?)converted : null))];

    public IReadOnlyList<long> RowsOfGroups => [.. Groups.Select(group => (long)group[3])];

    /// <summary>All values of a column, over all groups.</summary>
    public IReadOnlyList<object?> Read(string name)
    {
        int column = Columns.ToList().FindIndex(c => c.Name == name);
        return [.. Groups.SelectMany(group =>
            Page((Dictionary<int, object>)((Dictionary<int, object>)((List<object>)group[1])[column])[3], Columns[column].Type))];
    }

    private IEnumerable<Dictionary<int, object>> Groups => ((List<object>)_footer[4]).Cast<Dictionary<int, object>>();

    private List<object?> Page(Dictionary<int, object> chunk, long type)
    {
        int at = (int)(long)chunk[9];
        Dictionary<int, object> header = Structure(_file, ref at);
        using var gzip = new GZipStream(new MemoryStream(_file, at, (int)(long)header[3]), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        gzip.CopyTo(plain);
        byte[] page = plain.ToArray();
        if (page.Length != (long)header[2])
            throw new InvalidDataException("The page has another size than its header says.");
        int rows = (int)(long)((Dictionary<int, object>)header[5])[1];
        int levels = BinaryPrimitives.ReadInt32LittleEndian(page);
        int bits = 4;
        while ((page[bits++] & 0x80) != 0)
        {
        }
        int value = 4 + levels;
        int flag = 0;
        var values = new List<object?>();
        for (int row = 0; row < rows; row++)
            values.Add(Bit(page, bits, row) ? Value(page, type, ref value, ref flag) : null);
        return values;
    }

    private static object Value(byte[] page, long type, ref int at, ref int flag)
    {
        switch (type)
        {
            case 0:
                return Bit(page, at, flag++);
            case 2:
                at += 8;
                return BinaryPrimitives.ReadInt64LittleEndian(page.AsSpan(at - 8));
            case 5:
                at += 8;
                return BinaryPrimitives.ReadDoubleLittleEndian(page.AsSpan(at - 8));
            default:
                int length = BinaryPrimitives.ReadInt32LittleEndian(page.AsSpan(at));
                at += 4 + length;
                return Encoding.UTF8.GetString(page, at - length, length);
        }
    }

    private static bool Bit(byte[] bytes, int start, int index) => (bytes[start + (index / 8)] >> (index % 8) & 1) == 1;

    private static Dictionary<int, object> Structure(byte[] bytes, ref int at)
    {
        var fields = new Dictionary<int, object>();
        for (int number = 0; bytes[at] != 0;)
        {
            number += bytes[at] >> 4;
            int type = bytes[at++] & 0xF;
            fields[number] = type is 1 or 2 ? type == 1 : Element(bytes, ref at, type);
        }
        at++;
        return fields;
    }

    private static object Element(byte[] bytes, ref int at, int type)
    {
        switch (type)
        {
            case 5 or 6:
                ulong zigzag = Variable(bytes, ref at);
                return (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
            case 8:
                int length = (int)Variable(bytes, ref at);
                at += length;
                return bytes[(at - length)..at];
            case 9:
                int inner = bytes[at] & 0xF;
                int count = bytes[at++] >> 4;
                count = count == 15 ? (int)Variable(bytes, ref at) : count;
                var list = new List<object>();
                for (int i = 0; i < count; i++)
                    list.Add(Element(bytes, ref at, inner));
                return list;
            case 12:
                return Structure(bytes, ref at);
            default:
                throw new InvalidDataException($"Thrift type {type}.");
        }
    }

    private static ulong Variable(byte[] bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            value |= (ulong)(bytes[at] & 0x7F) << shift;
            if ((bytes[at++] & 0x80) == 0)
                return value;
        }
    }
}
