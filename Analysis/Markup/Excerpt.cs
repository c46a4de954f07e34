using System.Text;
using Tandem.Records.Store;

namespace Tandem.Analysis.Markup;

/// <summary>A text that may be too long for a page: its head, and its tail where something between them is left out.</summary>
/// <param name="Head">The text, or its begin.</param>
/// <param name="Omitted">Bytes left out of the middle, or characters of a text that was in memory; 0 for none.</param>
/// <param name="Tail">Its end; empty if nothing was left out.</param>
/// <param name="Length">Of the whole, in the same unit.</param>
internal sealed record Excerpt(string Head, long Omitted, string Tail, long Length)
{
    /// <summary>Reads a file, but never more of it than is kept. Bytes that are no UTF-8 become the sign for that.</summary>
    /// <returns>Null if there is no such file, or it cannot be read.</returns>
    public static Excerpt? OfFile(string path, int head, int tail)
    {
        if (!RegularFile.IsOwn(path))
            return null;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            long length = stream.Length;
            if (length <= head + tail)
            {
                byte[] all = new byte[length];
                int read = stream.ReadAtLeast(all, all.Length, throwOnEndOfStream: false);
                return new Excerpt(Encoding.UTF8.GetString(all.AsSpan(0, read)), 0, "", length);
            }
            byte[] first = new byte[head];
            stream.ReadExactly(first);
            byte[] last = new byte[tail];
            stream.Position = length - tail;
            stream.ReadExactly(last);
            ReadOnlySpan<byte> begin = ToLineEnd(first);
            ReadOnlySpan<byte> end = FromLineBegin(last);
            return new Excerpt(Encoding.UTF8.GetString(begin), length - begin.Length - end.Length, Encoding.UTF8.GetString(end), length);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Of a text in memory.</summary>
    public static Excerpt Of(string text, int head, int tail) => text.Length <= head + tail
        ? new Excerpt(text, 0, "", text.Length)
        : new Excerpt(text[..head], text.Length - head - tail, text[^tail..], text.Length);

    /// <summary>Writes it, with a line that says what was left out.</summary>
    public void Write(HtmlWriter html, Action<HtmlWriter, string> write)
    {
        write(html, Head);
        if (Omitted == 0)
            return;
        html.Add($"<span class=cut>{Say.Count(Omitted)} of {Say.Count(Length)} left out here</span>");
        write(html, Tail);
    }

    /// <summary>Without the begin of a line that is cut, unless that would lose most of it.</summary>
    private static ReadOnlySpan<byte> ToLineEnd(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.LastIndexOf((byte)'\n');
        if (end >= bytes.Length / 2)
            return bytes[..(end + 1)];
        while (bytes.Length > 0 && (bytes[^1] & 0xC0) == 0x80)
            bytes = bytes[..^1];
        return bytes.Length > 0 && bytes[^1] >= 0xC0 ? bytes[..^1] : bytes;
    }

    private static ReadOnlySpan<byte> FromLineBegin(ReadOnlySpan<byte> bytes)
    {
        int begin = bytes.IndexOf((byte)'\n');
        if (begin >= 0 && begin < bytes.Length / 2)
            return bytes[(begin + 1)..];
        while (bytes.Length > 0 && (bytes[0] & 0xC0) == 0x80)
            bytes = bytes[1..];
        return bytes;
    }
}
