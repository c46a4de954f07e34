using System.Buffers;
using System.Text;

namespace Tandem.Analysis.Formats;

/// <summary>
/// Writes structures in Thrift's compact protocol, in which Parquet files keep what they say about themselves. Fields of a structure are
/// written in ascending order of their numbers.
/// </summary>
internal sealed class ThriftWriter
{
    private const byte True = 1;
    private const byte Int32 = 5;
    private const byte Int64 = 6;
    private const byte Binary = 8;
    private const byte List = 9;
    private const byte Structure = 12;

    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly Stack<int> _outer = [];
    private int _last;

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    public void Field(int number, int value)
    {
        Header(number, Int32);
        ZigZag(value);
    }

    public void Field(int number, long value)
    {
        Header(number, Int64);
        ZigZag(value);
    }

    public void Field(int number, string value)
    {
        Header(number, Binary);
        Text(value);
    }

    /// <summary>A flag that is set; one that is not is left out.</summary>
    public void Flag(int number) => Header(number, True);

    public void Field(int number, IReadOnlyList<int> values)
    {
        ListHeader(number, Int32, values.Count);
        foreach (int value in values)
            ZigZag(value);
    }

    public void Field(int number, IReadOnlyList<string> values)
    {
        ListHeader(number, Binary, values.Count);
        foreach (string value in values)
            Text(value);
    }

    /// <summary>A list of structures, each written by the action.</summary>
    public void Field<T>(int number, IReadOnlyList<T> values, Action<T> write)
    {
        ListHeader(number, Structure, values.Count);
        foreach (T value in values)
            Inner(() => write(value));
    }

    /// <summary>A structure, written by the action.</summary>
    public void Field(int number, Action write)
    {
        Header(number, Structure);
        Inner(write);
    }

    /// <summary>Ends the outermost structure.</summary>
    public void End() => Byte(0);

    private void Inner(Action write)
    {
        _outer.Push(_last);
        _last = 0;
        write();
        End();
        _last = _outer.Pop();
    }

    // The numbers in use are close enough together for the short form.
    private void Header(int number, byte type)
    {
        Byte((byte)(((number - _last) << 4) | type));
        _last = number;
    }

    private void ListHeader(int number, byte type, int count)
    {
        Header(number, List);
        if (count < 15)
        {
            Byte((byte)((count << 4) | type));
            return;
        }
        Byte((byte)(0xF0 | type));
        Variable((ulong)count);
    }

    private void Text(string value)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(value);
        Variable((ulong)utf8.Length);
        _bytes.Write(utf8);
    }

    private void Byte(byte value)
    {
        _bytes.GetSpan(1)[0] = value;
        _bytes.Advance(1);
    }

    private void ZigZag(long value) => Variable((ulong)((value << 1) ^ (value >> 63)));

    private void Variable(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            Byte((byte)(value | 0x80));
        Byte((byte)value);
    }
}
