using System.Buffers;

namespace Tandem.Harness.Evaluation;

/// <summary>
/// Makes the graded patch of a raw one: sections of test files are dropped, so that an agent's own tests do not stand in the way of the
/// task's. All other bytes stay as they are.
/// </summary>
internal static class PatchFilter
{
    private static readonly SearchValues<byte> WhiteSpace = SearchValues.Create(" \t\r\n\v\f"u8);

    private static ReadOnlySpan<byte> Header => "diff --git"u8;

    /// <summary>
    /// Drops each section whose <c>diff --git</c> line names a test file, and ends the rest with a line feed. Text before the first section
    /// stays, and so does a patch without sections.
    /// </summary>
    /// <returns>The graded patch; empty if nothing but white space is left.</returns>
    public static ReadOnlyMemory<byte> Grade(ReadOnlyMemory<byte> raw)
    {
        var kept = new List<Range>();
        bool keeps = true;
        int from = 0;
        for (int line = 0; line < raw.Length; line = EndOfLine(raw.Span, line))
        {
            ReadOnlySpan<byte> text = raw.Span[line..EndOfLine(raw.Span, line)];
            if (!text.StartsWith(Header))
                continue;
            if (keeps)
                kept.Add(from..line);
            keeps = !NamesTestFile(text);
            from = line;
        }
        if (keeps)
            kept.Add(from..raw.Length);
        return EndWithLineFeed(Join(raw, kept));
    }

    /// <summary>Upstream's rule: any of these parts anywhere in the header line, in this casing.</summary>
    private static bool NamesTestFile(ReadOnlySpan<byte> header) =>
        header.IndexOf("/test_"u8) >= 0
        || header.IndexOf("/tests/"u8) >= 0
        || header.IndexOf("_test.py"u8) >= 0
        || header.IndexOf("/test/"u8) >= 0
        || header.IndexOf("tests.py"u8) >= 0;

    private static int EndOfLine(ReadOnlySpan<byte> text, int start)
    {
        int length = text[start..].IndexOf((byte)'\n');
        return length < 0 ? text.Length : start + length + 1;
    }

    private static ReadOnlyMemory<byte> Join(ReadOnlyMemory<byte> raw, List<Range> parts)
    {
        byte[] joined = new byte[parts.Sum(part => part.GetOffsetAndLength(raw.Length).Length)];
        if (joined.Length == raw.Length)
            return raw;
        int at = 0;
        foreach (Range part in parts)
        {
            raw[part].CopyTo(joined.AsMemory(at));
            at += part.GetOffsetAndLength(raw.Length).Length;
        }
        return joined;
    }

    private static ReadOnlyMemory<byte> EndWithLineFeed(ReadOnlyMemory<byte> patch)
    {
        if (patch.Span.IndexOfAnyExcept(WhiteSpace) < 0)
            return default;
        if (patch.Span[^1] == (byte)'\n')
            return patch;
        byte[] ended = new byte[patch.Length + 1];
        patch.CopyTo(ended);
        ended[^1] = (byte)'\n';
        return ended;
    }
}
