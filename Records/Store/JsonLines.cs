using System.Text.Json;

namespace Tandem.Records.Store;

/// <summary>Reads a file of lines as bytes, in memory bounded by the longest line.</summary>
public static class JsonLines
{
    /// <summary>One line.</summary>
    /// <param name="Number">Its number, from 1.</param>
    /// <param name="Utf8">Its bytes without the line feed; valid until the next line is read.</param>
    /// <param name="IsTerminated">False for a last line without a line feed: torn by a crash, unless it happens to be whole.</param>
    /// <param name="Offset">Where its first byte stands in the file, from 0.</param>
    public readonly record struct Line(int Number, ReadOnlyMemory<byte> Utf8, bool IsTerminated, long Offset)
    {
        public long EndOffset => Offset + Utf8.Length + (IsTerminated ? 1 : 0);

        /// <summary>The object of the line; null if it cannot be read, and a fault then says why.</summary>
        internal T? Read<T>(string file, ICollection<StoreFault> faults)
            where T : class
        {
            try
            {
                return StoreJson.Read<T>(Utf8.Span);
            }
            catch (JsonException exception)
            {
                faults.Add(IsTerminated ? new StoreFault(file, Number, StoreJson.Explain(exception)) : StoreFault.TornEnd(file, Number));
                return null;
            }
        }

        /// <summary>The object of a first line; null if it cannot be read, and a fault then says why. One that is cut is a fault like any
        /// other: without it the file is of no use.</summary>
        internal T? ReadHeader<T>(string file, ICollection<StoreFault> faults)
            where T : class
        {
            var found = new List<StoreFault>();
            T? header = Read<T>(file, found);
            foreach (StoreFault fault in found)
                faults.Add(fault.IsTornEnd ? StoreFault.TornHeader(file) : fault);
            return header;
        }
    }

    /// <summary>The lines of a file, empty ones included. A file that another process appends to is read as far as it is written.</summary>
    /// <param name="path">The file.</param>
    /// <param name="offset">Where to begin: 0, or the <see cref="Line.EndOffset"/> of a line read before.</param>
    /// <param name="linesBefore">How many lines stand before that place.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IEnumerable<Line> Read(string path, long offset = 0, int linesBefore = 0)
    {
        using FileStream stream = RegularFile.OpenOwn(path);
        stream.Position = offset;
        byte[] buffer = new byte[64 * 1024];
        int filled = 0;
        int number = linesBefore;
        long bufferOffset = offset;
        while (true)
        {
            int read = stream.Read(buffer, filled, buffer.Length - filled);
            int searchFrom = filled;
            filled += read;
            int start = 0;
            int end;
            while ((end = Array.IndexOf(buffer, (byte)'\n', Math.Max(start, searchFrom), filled - Math.Max(start, searchFrom))) >= 0)
            {
                yield return new Line(++number, buffer.AsMemory(start, end - start), IsTerminated: true, bufferOffset + start);
                start = end + 1;
            }
            if (read == 0)
            {
                if (filled > start)
                    yield return new Line(++number, buffer.AsMemory(start, filled - start), IsTerminated: false, bufferOffset + start);
                yield break;
            }
            filled -= start;
            bufferOffset += start;
            if (start > 0)
                Buffer.BlockCopy(buffer, start, buffer, 0, filled);
            else if (filled == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
        }
    }
}
