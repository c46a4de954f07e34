using System.Text.RegularExpressions;

namespace Tandem.Analysis.Formats;

/// <summary>Texts of others, made safe for a terminal or readable without one.</summary>
internal static partial class TerminalText
{
    /// <summary>Takes out colours, cursor moves, titles and links; what is left of a sequence that was cut shows as the sign for
    /// escape.</summary>
    public static string Plain(string output) => output.Contains('\u001b', StringComparison.Ordinal)
        ? Sequences().Replace(output, "") : output;

    // CSI; OSC, DCS, SOS, PM and APC with their text; two-character sequences.
    [GeneratedRegex("\u001b(?:\\[[0-?]*[ -/]*[@-~]|[\\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\\\)|[ -/]+[0-~]|[0-Z\\\\^-~])",
        RegexOptions.CultureInvariant)]
    private static partial Regex Sequences();
}
