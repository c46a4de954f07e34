using System.Globalization;
using System.Text.RegularExpressions;

namespace Tandem.Harness.Agents.Simulated;

/// <summary>A hunk: a head with line numbers, and lines that each start with what becomes of them.</summary>
internal sealed partial record Hunk(string Head, IReadOnlyList<string> Lines)
{
    /// <summary>Its edits, from top to bottom.</summary>
    public IReadOnlyList<Edit> Edits
    {
        get
        {
            Match head = HeadPattern().Match(Head);
            int line = int.Parse(head.Groups["start"].ValueSpan, CultureInfo.InvariantCulture)
                + (head.Groups["count"].Value == "0" ? 1 : 0);
            string? name = Definition.NameIn(head.Groups["context"].Value);
            var edits = new List<Edit>();
            string? above = null;
            bool isOpen = false;
            foreach (string text in Lines)
            {
                if (text.StartsWith('\\'))
                {
                    // "No newline at end of file" belongs to the line above.
                    if (isOpen)
                        edits[^1] = edits[^1].WithoutNewLine(text);
                    continue;
                }
                bool isEdit = text.StartsWith('+') || text.StartsWith('-');
                if (isEdit && !isOpen)
                    edits.Add(new Edit(line, [], [], name, above));
                isOpen = isEdit;
                if (isEdit)
                    edits[^1] = text[0] == '+' ? edits[^1] with { Added = [.. edits[^1].Added, text[1..]] }
                        : edits[^1] with { Removed = [.. edits[^1].Removed, text[1..]] };
                if (text.StartsWith('+'))
                    continue;
                line++;
                above = text.Length > 0 ? text[1..] : text;
                name = Definition.NameIn(above) ?? name;
            }
            return edits;
        }
    }

    public static Hunk Parse(List<string> lines) => new(lines[0], lines[1..]);

    [GeneratedRegex(@"^@@ -(?<start>\d+)(,(?<count>\d+))? \+\d+(,\d+)? @@ ?(?<context>.*)$")]
    private static partial Regex HeadPattern();
}

/// <summary>Lines that stand together and are replaced together.</summary>
/// <param name="Line">The first line of the base file that it removes, from 1; if it removes none, the line above which it adds.</param>
/// <param name="Removed">The base file's lines.</param>
/// <param name="Added">What stands in their place.</param>
/// <param name="Name">The function or class that it stands in or behind; null if none is in sight.</param>
/// <param name="Above">The line above it; null if it is not in sight.</param>
internal sealed record Edit(int Line, IReadOnlyList<string> Removed, IReadOnlyList<string> Added, string? Name, string? Above)
{
    /// <summary>Where it is in the base file.</summary>
    public Place Place => new(Line, Line + Removed.Count);

    public IEnumerable<string> ChangedNames => Removed.Select(Definition.NameIn).Prepend(Name).OfType<string>();

    public IEnumerable<string> DefinedNames =>
        Added.Select(line => Definition.NameIn(line) ?? Definition.VariableIn(line)).OfType<string>();

    /// <summary>As a hunk without context.</summary>
    /// <param name="shift">Lines by which the file grew above it.</param>
    public Hunk ToHunk(int shift)
    {
        int oldStart = Removed.Count > 0 ? Line : Line - 1;
        int newStart = (Added.Count > 0 ? Line : Line - 1) + shift;
        return new Hunk(
            string.Create(CultureInfo.InvariantCulture, $"@@ -{oldStart},{Removed.Count} +{newStart},{Added.Count} @@"),
            [.. Removed.Select(text => "-" + text), .. Added.Select(text => "+" + text)]);
    }

    /// <summary>Its last line has no line feed; git says so in a line of its own, which stays with it.</summary>
    public Edit WithoutNewLine(string remark) => Added.Count > 0
        ? this with { Added = [.. Added.SkipLast(1), $"{Added[^1]}\n{remark}"] }
        : this with { Removed = [.. Removed.SkipLast(1), $"{Removed[^1]}\n{remark}"] };
}

/// <summary>Lines of a file at the base commit, from 1, up to but not <see cref="To"/>; if both are the same, the gap above that
/// line.</summary>
internal readonly record struct Place(int From, int To)
{
    /// <summary>Whether git could not merge a change here with one there: they overlap, or nothing stands between them.</summary>
    public bool Touches(Place other) => From <= other.To && other.From <= To;

    public Place Union(Place other) => new(Math.Min(From, other.From), Math.Max(To, other.To));
}

/// <summary>Finds what is defined, as far as one line shows.</summary>
internal static partial class Definition
{
    /// <summary>The function or class that a line begins; null if it begins none.</summary>
    public static string? NameIn(string line) => Pattern().Match(line) is { Success: true } match ? match.Groups["name"].Value : null;

    /// <summary>The variable of the outermost level that a line sets; null if it sets none.</summary>
    public static string? VariableIn(string line) => VariablePattern().Match(line) is { Success: true } match
        ? match.Groups["name"].Value : null;

    [GeneratedRegex(
        @"^\s*((pub|export|async|static|public|private|protected|internal|abstract)\s+)*"
        + @"(def|class|func|fn|function|interface|struct|trait|type)\s+(\([^)]*\)\s*)?(?<name>[A-Za-z_]\w*)"
        + @"|^\s*(?<name>[A-Za-z_]\w*)\s*\(\)\s*\{")]
    private static partial Regex Pattern();

    [GeneratedRegex(@"^((export|pub|public|static|const|var|let)\s+)*(?<name>[A-Za-z_]\w*)\s*=(?!=)")]
    private static partial Regex VariablePattern();
}
