using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Tandem.Analysis.Markup;

/// <summary>Text that already is HTML. Only what this code wrote itself may become one.</summary>
internal readonly record struct Html(string Text)
{
    public static readonly Html None = new("");

    public override string ToString() => Text;
}

/// <summary>
/// Builds HTML from interpolated strings: what stands in the string is taken as it is, what stands in its holes is escaped. There is no way
/// to add a plain string, so that no text of an agent, a patch or a test can become markup by forgetting something.
/// </summary>
internal sealed class HtmlWriter
{
    private readonly StringBuilder _text = new();

    /// <summary>Adds a part; holes are escaped unless they are <see cref="Html"/>.</summary>
    public HtmlWriter Add([InterpolatedStringHandlerArgument("")] ref Interpolation part)
    {
        _ = part;
        return this;
    }

    /// <summary>Adds what was made elsewhere.</summary>
    public HtmlWriter Add(Html part)
    {
        _text.Append(part.Text);
        return this;
    }

    /// <summary>Adds a text, escaped.</summary>
    public HtmlWriter AddText(ReadOnlySpan<char> text)
    {
        HtmlEscaping.Append(_text, text);
        return this;
    }

    public Html ToHtml() => new(_text.ToString());

    public byte[] ToUtf8() => Encoding.UTF8.GetBytes(_text.ToString());

    /// <summary>Forgets everything, keeps the memory.</summary>
    public void Clear() => _text.Clear();

    /// <summary>The parts of an interpolated string on their way into the writer.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Interpolation
    {
        private readonly StringBuilder _text;

        public Interpolation(int literalLength, int formattedCount, HtmlWriter writer)
        {
            _text = writer._text;
            _text.EnsureCapacity(_text.Length + literalLength + (formattedCount * 8));
        }

        public void AppendLiteral(string literal) => _text.Append(literal);

        public void AppendFormatted(string? text) => HtmlEscaping.Append(_text, text);

        public void AppendFormatted(Html html) => _text.Append(html.Text);

        public void AppendFormatted(int number) => _text.Append(CultureInfo.InvariantCulture, $"{number}");

        public void AppendFormatted<T>(T value, string? format = null)
            where T : IFormattable => HtmlEscaping.Append(_text, value.ToString(format, CultureInfo.InvariantCulture));
    }
}

/// <summary>Makes any text safe to stand in HTML, between tags or in a quoted attribute.</summary>
internal static class HtmlEscaping
{
    // The controls but tab and line feed, the five of HTML, halves of surrogate pairs, and what turns the direction of writing (a way to
    // make code read differently than it runs).
    private static readonly SearchValues<char> Special = SearchValues.Create(
    [
        .. Enumerable.Range(0, 0x20).Select(c => (char)c).Where(c => c is not ('\t' or '\n')),
        .. Enumerable.Range(0x7F, 0x21).Select(c => (char)c),
        '<', '>', '&', '"', '\'', '\u061C', '\u200E', '\u200F', '\u2028', '\u2029',
        .. Enumerable.Range(0x202A, 5).Concat(Enumerable.Range(0x2066, 4)).Select(c => (char)c),
        .. Enumerable.Range(0xD800, 0x800).Select(c => (char)c),
        '\uFFFE', '\uFFFF',
    ]);

    public static string Escape(string text)
    {
        if (!text.AsSpan().ContainsAny(Special))
            return text;
        var escaped = new StringBuilder(text.Length + 16);
        Append(escaped, text);
        return escaped.ToString();
    }

    public static void Append(StringBuilder output, ReadOnlySpan<char> text)
    {
        while (text.IndexOfAny(Special) is >= 0 and int at)
        {
            output.Append(text[..at]);
            char c = text[at];
            int taken = 1;
            switch (c)
            {
                case '<':
                    output.Append("&lt;");
                    break;
                case '>':
                    output.Append("&gt;");
                    break;
                case '&':
                    output.Append("&amp;");
                    break;
                case '"':
                    output.Append("&quot;");
                    break;
                case '\'':
                    output.Append("&#39;");
                    break;
                case '\r':
                    output.Append('\n');
                    taken = at + 1 < text.Length && text[at + 1] == '\n' ? 2 : 1;
                    break;
                case < ' ':
                    output.Append((char)('\u2400' + c));
                    break;
                case '\u007F':
                    output.Append('\u2421');
                    break;
                case >= '\uD800' and <= '\uDBFF' when at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]):
                    output.Append(text.Slice(at, 2));
                    taken = 2;
                    break;
                case (>= '\uD800' and <= '\uDFFF') or '\uFFFE' or '\uFFFF':
                    output.Append('\uFFFD');
                    break;
                default:
                    output.Append(CultureInfo.InvariantCulture, $"\u27E8U+{(int)c:X4}\u27E9");
                    break;
            }
            text = text[(at + taken)..];
        }
        output.Append(text);
    }
}
