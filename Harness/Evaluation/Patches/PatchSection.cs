using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Tandem.Harness.Evaluation.Patches;

/// <summary>One file's part of a patch: what <c>git apply</c> takes for one, with a <c>diff --git</c> line or without.</summary>
/// <param name="Bytes">All of it.</param>
/// <param name="Header">Its first line, with its end.</param>
/// <param name="Paths">The file's paths before and after, without the first folder that git prefixes; one or two.</param>
/// <param name="IsGitlink">Whether it is a reference to another repository, not a file.</param>
internal sealed partial record PatchSection(
    ReadOnlyMemory<byte> Bytes, ReadOnlyMemory<byte> Header, IReadOnlyList<string> Paths, bool IsGitlink)
{
    private static readonly string[] s_moves = ["rename from ", "rename to ", "rename old ", "rename new ", "copy to "];

    private static ReadOnlySpan<byte> Mark => "diff --git"u8;

    /// <summary>Whether it leaves a symbolic link there.</summary>
    public bool IsLink { get; private init; }

    /// <summary>The sections of a patch, in their order. Text before the first belongs to none.</summary>
    public static IEnumerable<PatchSection> Read(ReadOnlyMemory<byte> patch) => Split(patch, Beginnings(patch));

    /// <summary>How many sections a patch has.</summary>
    public static int Count(ReadOnlyMemory<byte> patch) => Beginnings(patch).Count;

    /// <summary>As <see cref="Read"/>, but a section begins at a <c>diff --git</c> line only: as patches were graded before.</summary>
    public static IEnumerable<PatchSection> ReadGit(ReadOnlyMemory<byte> patch) =>
        Split(patch, Beginnings(patch).Where(at => patch.Span[at..].StartsWith(Mark)));

    private static IEnumerable<PatchSection> Split(ReadOnlyMemory<byte> patch, IEnumerable<int> beginnings)
    {
        int[] from = [.. beginnings, patch.Length];
        for (int i = 0; i + 1 < from.Length; i++)
            yield return Of(patch[from[i]..from[i + 1]]);
    }

    /// <summary>Where sections begin. A plain one begins at a line <c>---</c> with a line <c>+++</c> behind it, which must not be one of a
    /// hunk: there these are changed lines that look so.</summary>
    private static List<int> Beginnings(ReadOnlyMemory<byte> patch)
    {
        ReadOnlySpan<byte> text = patch.Span;
        var beginnings = new List<int>();
        bool mayNameFiles = false;
        (int Old, int New) left = (0, 0);
        for (int line = 0; line < text.Length; line = EndOfLine(text, line))
        {
            ReadOnlySpan<byte> rest = text[line..];
            if (rest.StartsWith(Mark))
            {
                beginnings.Add(line);
                (mayNameFiles, left) = (true, (0, 0));
            }
            else if (left.Old > 0 || left.New > 0)
            {
                left = rest[0] switch
                {
                    (byte)'-' => (left.Old - 1, left.New),
                    (byte)'+' => (left.Old, left.New - 1),
                    (byte)'\\' => left,
                    _ => (left.Old - 1, left.New - 1),
                };
            }
            else if (rest.StartsWith("@@ -"u8))
            {
                left = CountsOf(Encoding.ASCII.GetString(rest[..(EndOfLine(text, line) - line)]));
            }
            else if (rest.StartsWith("--- "u8) && EndOfLine(text, line) is var next && text[next..].StartsWith("+++ "u8))
            {
                if (!mayNameFiles)
                    beginnings.Add(line);
                mayNameFiles = false;
            }
        }
        return beginnings;
    }

    private static (int Old, int New) CountsOf(string hunk)
    {
        Match match = Hunk().Match(hunk);
        return (Count(match.Groups[1]), Count(match.Groups[2]));

        static int Count(Group group) => !group.Success ? 1
            : int.TryParse(group.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : 0;
    }

    [GeneratedRegex(@"^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@", RegexOptions.CultureInvariant)]
    private static partial Regex Hunk();

    private static PatchSection Of(ReadOnlyMemory<byte> section)
    {
        ReadOnlyMemory<byte> header = section[..EndOfLine(section.Span, 0)];
        var paths = new HashSet<string>();
        (bool isGitlink, bool isLink) = (false, false);
        for (int at = header.Span.StartsWith(Mark) ? header.Length : 0; at < section.Length; at = EndOfLine(section.Span, at))
        {
            ReadOnlySpan<byte> line = section.Span[at..EndOfLine(section.Span, at)].TrimEnd("\r\n"u8);
            if (line.StartsWith("@@"u8) || line.StartsWith("GIT binary"u8))
                break;
            isGitlink |= line.IndexOf("mode 160000"u8) >= 0 || (line.StartsWith("index "u8) && line.EndsWith(" 160000"u8));
            isLink |= line.SequenceEqual("new file mode 120000"u8) || (line.StartsWith("index "u8) && line.EndsWith(" 120000"u8));
            if (line.StartsWith("--- "u8) || line.StartsWith("+++ "u8))
                Add(paths, WithoutPrefix(Unquoted(line[4..])));
            else if (Moving(line) is string moved)
                Add(paths, moved);
        }
        if (paths.Count == 0)
            Add(paths, PathOfHeader(header.Span[Mark.Length..].TrimEnd("\r\n"u8).TrimStart((byte)' ')));
        return new PatchSection(section, header, [.. paths], isGitlink) { IsLink = isLink };
    }

    /// <summary>Without other lines both paths are the same: of a binary file, of an empty one, of a change of mode.</summary>
    private static string? PathOfHeader(ReadOnlySpan<byte> paths)
    {
        if (paths.StartsWith("\""u8))
            return WithoutPrefix(Unquoted(paths));
        int half = paths.Length / 2;
        bool areAlike = paths.Length > 2 && paths[half] == (byte)' ';
        return WithoutPrefix(Encoding.UTF8.GetString(areAlike ? paths[..half] : paths[(paths.LastIndexOf((byte)' ') + 1)..]));
    }

    /// <summary>The path behind a word of git's for a file that moves, the old words included; null if there is none. What is copied
    /// stays.</summary>
    private static string? Moving(ReadOnlySpan<byte> line)
    {
        foreach (string word in s_moves)
        {
            if (line.Length > word.Length && Encoding.UTF8.GetString(line[..word.Length]) == word)
                return Unquoted(line[word.Length..]);
        }
        return null;
    }

    private static void Add(HashSet<string> paths, string? path)
    {
        if (path is not null)
            paths.Add(path);
    }

    /// <summary>As <c>git apply</c> reads it: the first folder is not the repository's. Null for <c>/dev/null</c>.</summary>
    private static string? WithoutPrefix(string path) => path == "/dev/null" ? null
        : path.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0 ? path[(slash + 1)..] : path;

    /// <summary>A path as git writes it: bare up to a tab, or quoted like a string of C.</summary>
    private static string Unquoted(ReadOnlySpan<byte> text)
    {
        if (!text.StartsWith("\""u8))
            return Encoding.UTF8.GetString(text.IndexOf((byte)'\t') is var tab and >= 0 ? text[..tab] : text);
        var bytes = new List<byte>();
        for (int i = 1; i < text.Length && text[i] != (byte)'"'; i++)
        {
            if (text[i] != (byte)'\\' || i + 1 == text.Length)
            {
                bytes.Add(text[i]);
                continue;
            }
            i++;
            if (text[i] is >= (byte)'0' and <= (byte)'3' && i + 2 < text.Length)
            {
                bytes.Add((byte)(((text[i] - '0') << 6) | ((text[i + 1] - '0') << 3) | (text[i + 2] - '0')));
                i += 2;
                continue;
            }
            bytes.Add((char)text[i] switch
            {
                'a' => (byte)'\a',
                'b' => (byte)'\b',
                'f' => (byte)'\f',
                'n' => (byte)'\n',
                'r' => (byte)'\r',
                't' => (byte)'\t',
                'v' => (byte)'\v',
                _ => text[i],
            });
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static int EndOfLine(ReadOnlySpan<byte> text, int start)
    {
        int length = text[start..].IndexOf((byte)'\n');
        return length < 0 ? text.Length : start + length + 1;
    }
}
