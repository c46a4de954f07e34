using System.Text.RegularExpressions;

namespace Tandem.Analysis.Formats;

/// <summary>Texts of others, made safe for a terminal or readable without one.</summary>
internal static partial class TerminalText
{
    /// <summary>Takes out colours, cursor moves, titles and links; what is left of a sequence that was cut shows as the sign for
    /// escape.</summary>
    public static string Plain(string output) => output.Contains('\u001b', StringComparison.Ordinal)
        ? Sequences().Replace(output, "") : output;

    /// <summary>A text without what a terminal would obey: each control character but line ends and tabs becomes '?'.</summary>
    public static string Printable(string text) => string.Create(text.Length, text, static (shown, from) =>
    {
        for (int i = 0; i < from.Length; i++)
            shown[i] = char.IsControl(from[i]) && from[i] is not ('\n' or '\r' or '\t') ? '?' : from[i];
    });

    // CSI; OSC, DCS, SOS, PM and APC with their text; two-character sequences.
    [GeneratedRegex("\u001b(?:\\[[0-?]*[ -/]*[@-~]|[\\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\\\)|[ -/]+[0-~]|[0-Z\\\\^-~])",
        RegexOptions.CultureInvariant)]
    private static partial Regex Sequences();
}
