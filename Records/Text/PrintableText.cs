namespace Tandem.Records.Text;

/// <summary>Text that comes from data, made safe to print: a terminal obeys control characters, and marks of direction make a line read
/// other than it is.</summary>
public static class PrintableText
{
    private const char Instead = '?';

    /// <summary>The text, with '?' for each character that a terminal would obey; line ends and tabs stay, carriage returns before a line
    /// feed too.</summary>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return IsSafe(text) ? text : string.Create(text.Length, text, static (shown, from) =>
        {
            for (int i = 0; i < from.Length; i++)
                shown[i] = IsSafe(from, i) ? from[i] : Instead;
        });
    }

    /// <summary>As <see cref="Of"/>, on one line: line ends and tabs become blanks.</summary>
    public static string LineOf(string text) => Of(text).ReplaceLineEndings(" ").Replace('\t', ' ');

    private static bool IsSafe(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!IsSafe(text, i))
                return false;
        }
        return true;
    }

    private static bool IsSafe(string text, int at) => text[at] switch
    {
        '\n' or '\t' => true,
        // Alone it goes back to the line's begin, and what follows hides what was there.
        '\r' => at + 1 < text.Length && text[at + 1] == '\n',
        // Line and paragraph separators; marks, embeddings, overrides and isolates of direction.
        '\u2028' or '\u2029' or '\u061c' or '\u200e' or '\u200f' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') => false,
        char other => !char.IsControl(other),
    };
}
