using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Tandem.Harness.Judging.Evidences;

/// <summary>A text in the size that a rubric gives it.</summary>
/// <param name="Head">The whole text, or its begin.</param>
/// <param name="Tail">Its end where something between is left out, else null.</param>
/// <param name="LeftOutBytes">What lies between, in UTF-8; 0 if nothing does.</param>
internal sealed record FittedText(string Head, string? Tail, long LeftOutBytes)
{
    /// <summary>Blocks: the text, and where something is left out its end under a line that says how much.</summary>
    public IEnumerable<EvidenceBlock> Blocks(string header, int? message = null)
    {
        yield return new EvidenceBlock(header, Head, message);
        if (Tail is not null)
            yield return new EvidenceBlock(
                string.Create(CultureInfo.InvariantCulture, $"{LeftOutBytes} bytes are left out here; the end of it:"), Tail, message);
    }
}

/// <summary>Makes texts of runs readable: one kind of line end, no terminal codes, nothing that is not text.</summary>
internal static partial class EvidenceText
{
    /// <summary>Line ends as line feeds.</summary>
    public static string LineFeeds(string text) =>
        text.Contains('\r', StringComparison.Ordinal)
            ? text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n') : text;

    /// <summary>Line feeds, no terminal codes; what is no text becomes U+FFFD.</summary>
    public static string Clean(string text)
    {
        string plain = TerminalCode().Replace(LineFeeds(text), "");
        if (!NeedsCleaning(plain))
            return plain;
        var clean = new StringBuilder(plain.Length);
        // A half of a character becomes U+FFFD by itself.
        foreach (Rune rune in plain.EnumerateRunes())
            clean.Append(rune.Value is '\n' or '\t' || !Rune.IsControl(rune) ? rune.ToString() : "\uFFFD");
        return clean.ToString();
    }

    /// <summary>Keeps a text within a size: two thirds are its begin, one third its end.</summary>
    /// <param name="text">A clean text.</param>
    /// <param name="bytes">The greatest size in UTF-8.</param>
    public static FittedText Fit(string text, int bytes) => Fit(text, text, 0, bytes);

    /// <summary>Keeps a text within a size of which only begin and end were read.</summary>
    /// <param name="head">Its begin; the whole text if nothing lies between.</param>
    /// <param name="tail">Its end; not looked at if nothing lies between.</param>
    /// <param name="between">How many bytes lie between the two.</param>
    /// <param name="bytes">The greatest size in UTF-8.</param>
    public static FittedText Fit(string head, string tail, long between, int bytes)
    {
        long headBytes = Encoding.UTF8.GetByteCount(head);
        if (between == 0 && headBytes <= bytes)
            return new FittedText(head, null, 0);
        string begin = Begin(head, bytes - (bytes / 3));
        string end = End(tail, bytes / 3);
        long all = between == 0 ? headBytes : headBytes + between + Encoding.UTF8.GetByteCount(tail);
        return new FittedText(begin, end, all - Encoding.UTF8.GetByteCount(begin) - Encoding.UTF8.GetByteCount(end));
    }

    /// <summary>The longest begin of a size, cut between characters.</summary>
    public static string Begin(string text, int bytes)
    {
        byte[] all = Encoding.UTF8.GetBytes(text);
        if (all.Length <= bytes)
            return text;
        int length = bytes;
        while (length > 0 && (all[length] & 0xC0) == 0x80)
            length--;
        return Encoding.UTF8.GetString(all, 0, length);
    }

    private static string End(string text, int bytes)
    {
        byte[] all = Encoding.UTF8.GetBytes(text);
        int start = Math.Max(0, all.Length - bytes);
        while (start < all.Length && (all[start] & 0xC0) == 0x80)
            start++;
        return Encoding.UTF8.GetString(all, start, all.Length - start);
    }

    private static bool NeedsCleaning(string text)
    {
        foreach (char c in text)
        {
            if (char.IsSurrogate(c) || (char.IsControl(c) && c is not ('\n' or '\t')))
                return true;
        }
        return false;
    }

    [GeneratedRegex(@"\x1B(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1B]*(?:\x07|\x1B\\))", RegexOptions.CultureInvariant)]
    private static partial Regex TerminalCode();
}
