using System.Text;

namespace Tandem.Analysis.Markup;

/// <summary>Text for Markdown as GitHub shows it.</summary>
internal static class Markdown
{
    /// <summary>Makes a text stand for itself, in a table's cell too: no markup, no mention of a user, no line of its own.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 8);
        foreach (char c in text)
        {
            switch (c)
            {
                case '\\' or '`' or '*' or '_' or '[' or ']' or '|' or '~' or '#':
                    escaped.Append('\\').Append(c);
                    break;
                case '<':
                    escaped.Append("&lt;");
                    break;
                case '>':
                    escaped.Append("&gt;");
                    break;
                case '&':
                    escaped.Append("&amp;");
                    break;
                case '@':
                    escaped.Append("&#64;");
                    break;
                case '\n' or '\r' or '\t':
                    escaped.Append(' ');
                    break;
                default:
                    escaped.Append(char.IsControl(c) ? '\uFFFD' : c);
                    break;
            }
        }
        return escaped.ToString();
    }
}
