using System.Text.RegularExpressions;
using Tandem.Harness.Configuration;

namespace Tandem.Harness.Tests.Docs;

/// <summary>A page of Markdown that people read first: README, CONTRIBUTING, CHANGELOG, and all of docs/.</summary>
internal sealed partial class Page
{
    public static readonly string Root = ProjectFolder.Find();

    private Page(string path) => (Path, Text) = (path, File.ReadAllText(System.IO.Path.Combine(Root, path)));

    /// <summary>Relative to the project's folder.</summary>
    public string Path { get; }

    public string Text { get; }

    public static IReadOnlyList<Page> All { get; } =
    [
        .. Directory.GetFiles(Root, "*.md").Concat(Directory.GetFiles(System.IO.Path.Combine(Root, "docs"), "*.md"))
            .Append(System.IO.Path.Combine(Root, "tasks", "README.md"))
            .Order(StringComparer.Ordinal).Select(path => new Page(System.IO.Path.GetRelativePath(Root, path))),
    ];

    public static Page Of(string path) => All.Single(page => page.Path == path);

    /// <summary>What its links name, those that lead out of the project left out.</summary>
    public IEnumerable<string> Links =>
        Link().Matches(Text).Select(match => match.Groups[1].Value).Where(target => !target.Contains("://", StringComparison.Ordinal));

    /// <summary>What a link can name behind '#', as GitHub makes it of headings.</summary>
    public IEnumerable<string> Anchors => Heading().Matches(WithoutBlocks).Select(match =>
        NoAnchor().Replace(match.Groups[1].Value.ToLowerInvariant(), "").Replace(' ', '-'));

    /// <summary>What stands between back quotes, and each line of the blocks of shell, with the next where it goes on there.</summary>
    public IEnumerable<string> Code => Span().Matches(WithoutBlocks).Select(match => match.Groups[1].Value).Concat(ShellLines);

    /// <summary>The blocks of a language, as they are but for the indentation of a list.</summary>
    public IReadOnlyList<string> Blocks(string language) =>
        [.. Block().Matches(Text).Where(match => match.Groups[2].Value == language)
            .Select(match => Regex.Replace(match.Groups[3].Value, "^" + match.Groups[1].Value, "", RegexOptions.Multiline))];

    /// <summary>Words of a command line of ours, without variables before it, and without comments; null if it is none.</summary>
    public static IReadOnlyList<string>? WordsOf(string code)
    {
        if (OurCommand().Match(code) is not { Success: true } command)
            return null;
        return [.. Word().Matches(command.Groups[1].Value)
            .Select(match => match.Value.Trim('\'', '"'))
            .TakeWhile(word => word is not ("&&" or "&" or "|") && !word.StartsWith('#'))
            .Where(word => !word.StartsWith('['))];
    }

    public override string ToString() => Path;

    private string WithoutBlocks => Block().Replace(Text, "");

    private IEnumerable<string> ShellLines => Blocks("sh")
        .SelectMany(block => block.Replace("\\\n", "", StringComparison.Ordinal).Split('\n'))
        .SelectMany(line => line.Split("# or ", 2));

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoAnchor();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Span();

    [GeneratedRegex(@"^( *)```(\w*)\n(.*?)^ *```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^(?:.*\s)?\./run\.(?:sh|ps1)(?=\s|$)(.*)$")]
    private static partial Regex OurCommand();

    [GeneratedRegex("""(?:"[^"]*"|'[^']*'|\S)+""")]
    private static partial Regex Word();
}
