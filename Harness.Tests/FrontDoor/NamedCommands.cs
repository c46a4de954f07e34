using System.CommandLine;
using System.Text.RegularExpressions;
using Tandem.Cli;
using Tandem.Cli.Verbs;
using Tandem.Harness.Processes;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>The commands and options that messages and docs name, and whether they can be typed.</summary>
internal static partial class NamedCommands
{
    private static readonly string[] s_programs = ["Cli", "Harness", "Analysis", "Records", "Experiments.Tests"];
    private static readonly string[] s_analysisVerbs = ["collect", "validate", "compare", "report", "query", "import", "export",
        "labels import", "store merge"];
    private static readonly string[] s_dotNetTest =
        ["--filter", "--list-tests", "--logger", "--settings", "-s", "-e", "--no-build", "--nologo", "-v", "--results-directory"];

    /// <summary>Options of other programs: git, apt-get, the benchmarks, the shells' <c>send_message</c>; and variables of style
    /// sheets.</summary>
    private static readonly string[] s_others = ["--git", "--3way", "--whitespace", "--quiet", "--hard", "--stat", "--oneline", "--short",
        "--git-path", "--verify", "--wait", "--no-install-recommends", "--help", "--runs", "--write", "--paper", "--ink", "--muted",
        "--line", "--faint", "--array"];

    /// <summary>Every command in the string literals of the programs and in the docs, with its file.</summary>
    public static IEnumerable<(string File, string Command)> All() =>
        Sources().SelectMany(file => OfSource(File.ReadAllText(file)).Select(command => (Relative(file), command)))
            .Concat(Docs().SelectMany(file => OfDoc(File.ReadAllText(file)).Select(command => (Relative(file), command))));

    /// <summary>Every option that a sentence of a program names, alone or in a command.</summary>
    public static IEnumerable<(string File, string Option)> Options() => Sources()
        .SelectMany(file => Literals(File.ReadAllText(file)).Where(literal => literal.Contains(' ', StringComparison.Ordinal))
            .SelectMany(literal => OptionPattern().Matches(literal)).Select(match => (Relative(file), match.Value)));

    /// <summary>The commands in a program's literals; each placeholder is filled in with a 1.</summary>
    public static IEnumerable<string> OfSource(string source)
    {
        foreach (string literal in Literals(source))
        {
            foreach (Match match in DoorPattern().Matches(literal))
                yield return Clean(SourceEnd().Split(match.Value)[0]);
            foreach (Match match in QuotedTestPattern().Matches(literal))
                yield return Clean(SourceEnd().Split(match.Value)[0]);
        }
        foreach (Match match in CommandForPattern().Matches(CommentPattern().Replace(source, "")))
            yield return "./run.sh " + Clean(PlaceholderPattern().Replace(match.Groups[1].Value, "1"));
    }

    /// <summary>The commands of a Markdown page, in fences and between backticks.</summary>
    public static IEnumerable<string> OfDoc(string page)
    {
        string text = page.Replace("\\\n", " ", StringComparison.Ordinal);
        return DoorPattern().Matches(text).Concat(TestPattern().Matches(text)).Select(match => Clean(DocEnd().Split(match.Value)[0]));
    }

    /// <summary>What is wrong with a command; null if the front door, or dotnet, would take it.</summary>
    public static async Task<string?> FaultOfAsync(string command)
    {
        string[] words = [.. WordPattern().Matches(command).Select(match => match.Value.Trim('"', '\''))];
        if (words[0] == "dotnet")
            return FaultOfTest(words[2..]);
        words = words[1..];
        // A verb that is put in while the program runs stands elsewhere as a literal.
        if (words is [string first, ..] && first.All(c => c == '1'))
            words = words[1..];
        RootCommand root = CommandLine.Root;
        ParseResult parsed = root.Parse(CommandLine.WithVerb(words, root));
        if (parsed.Errors.Count > 0)
            return string.Join("; ", parsed.Errors.Select(error => error.Message));
        // What a verb passes on, and what it takes for a name, is no fault for the parser.
        Command verb = parsed.CommandResult.Command;
        HashSet<string> known = [.. s_others, "--store", "--version"];
        if (s_analysisVerbs.FirstOrDefault(name => name.Split(' ')[0] == verb.Name) is string analysisVerb)
            known.UnionWith(OptionPattern().Matches(await HelpAsync(analysisVerb)).Select(match => match.Value));
        AddOptions(verb, known);
        return words.TakeWhile(word => word != "--").Select(word => word.Split('=')[0])
            .FirstOrDefault(word => word.StartsWith("--", StringComparison.Ordinal) && !known.Contains(word)) is { } unknown
            ? $"'{verb.Name}' has no option {unknown}" : null;
    }

    /// <summary>The options of all verbs, and those of other programs.</summary>
    public static async Task<HashSet<string>> KnownOptionsAsync()
    {
        var known = new HashSet<string>(s_others);
        AddOptions(CommandLine.Root, known);
        foreach (string verb in s_analysisVerbs)
            known.UnionWith(OptionPattern().Matches(await HelpAsync(verb)).Select(match => match.Value));
        return known;
    }

    private static void AddOptions(Command command, HashSet<string> known)
    {
        foreach (Option option in command.Options)
            known.UnionWith([option.Name, .. option.Aliases]);
        foreach (Command part in command.Subcommands)
            AddOptions(part, known);
    }

    private static string? FaultOfTest(string[] words)
    {
        string? unknown = words.FirstOrDefault(word => word.StartsWith('-') && word != "--"
            && !word.StartsWith("-p:", StringComparison.Ordinal) && !s_dotNetTest.Contains(word.Split('=')[0]));
        if (unknown is not null)
            return $"dotnet test has no option {unknown}";
        string? settings = words.SkipWhile(word => word is not ("-s" or "--settings")).ElementAtOrDefault(1);
        string? project = words.FirstOrDefault() is { } first && !first.StartsWith('-') ? first : null;
        return new[] { settings, project }.OfType<string>().FirstOrDefault(path => !Path.Exists(Path.Combine(Home, path))) is { } missing
            ? $"there is no {missing}" : null;
    }

    private static readonly Dictionary<string, string> s_help = [];

    private static async Task<string> HelpAsync(string verb)
    {
        if (s_help.TryGetValue(verb, out string? known))
            return known;
        ChildResult result = await ChildProcess.RunAsync(
            new ChildCommand("dotnet", [Programs.Built("Analysis"), .. verb.Split(' '), "--help"])
            { Environment = ChildEnvironment.Usual("DOTNET_ROOT") },
            TestContext.Current.CancellationToken);
        return s_help[verb] = result.Stdout.Text;
    }

    private static string Home => Project.Find().Folder;

    private static string Relative(string file) => Path.GetRelativePath(Home, file);

    private static IEnumerable<string> Sources() => s_programs
        .SelectMany(name => Directory.EnumerateFiles(Path.Combine(Home, name), "*.cs", SearchOption.AllDirectories))
        .Where(file => !Relative(file).Split('/', '\\').Any(part => part is "bin" or "obj"));

    private static IEnumerable<string> Docs() => Directory.EnumerateFiles(Home, "*.md").Concat(
        Directory.EnumerateFiles(Path.Combine(Home, "docs"), "*.md", SearchOption.AllDirectories)).Concat(
        Directory.EnumerateFiles(Path.Combine(Home, "deploy"), "*", SearchOption.AllDirectories));

    /// <summary>String literals, those that a plus joins as one; comments are left out.</summary>
    private static IEnumerable<string> Literals(string source) =>
        LiteralPattern().Matches(Join(source)).Select(match => match.Groups[1].Value.Replace("\\\"", "'", StringComparison.Ordinal));

    private static string Join(string source)
    {
        string text = PlusPattern().Replace(CommentPattern().Replace(source, ""), "");
        // The innermost first: a placeholder may hold a literal with placeholders.
        for (string before = ""; before != text;)
            (before, text) = (text, PlaceholderPattern().Replace(text, "1"));
        return text;
    }

    private static string Clean(string command) => DecorationPattern().Replace(command, "").Trim().TrimEnd('.', ',', ':');

    [GeneratedRegex(@"\./run\.(?:sh|ps1)(?![\w(])[^\n`]*")]
    private static partial Regex DoorPattern();

    [GeneratedRegex(@"\bdotnet test(?=[ `])[^\n`]*")]
    private static partial Regex TestPattern();

    [GeneratedRegex(@"(?<=['`])dotnet test(?=[ '`])[^\n'`]*")]
    private static partial Regex QuotedTestPattern();

    [GeneratedRegex("""CommandFor\(\s*\$?"([^"]+)"(?!\s*\+)""")]
    private static partial Regex CommandForPattern();

    [GeneratedRegex(@"['"";()<>|]|[.,:](?=\s|$)|\\n")]
    private static partial Regex SourceEnd();

    [GeneratedRegex(@"\s#|\s\||\s&&|\s>|;\s")]
    private static partial Regex DocEnd();

    [GeneratedRegex(@"\.\.\.|[\[\]]")]
    private static partial Regex DecorationPattern();

    [GeneratedRegex(@"(?<![\w-])--[a-z][a-z-]+")]
    private static partial Regex OptionPattern();

    [GeneratedRegex("""(?:[^\s"']|"[^"]*"|'[^']*')+""")]
    private static partial Regex WordPattern();

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex CommentPattern();

    [GeneratedRegex(""" "\s*\+\s*\$?" """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex PlusPattern();

    [GeneratedRegex(@"\{[^{}\n]*\}")]
    private static partial Regex PlaceholderPattern();

    [GeneratedRegex("\"((?:[^\"\\\\\\n]|\\\\.)*)\"")]
    private static partial Regex LiteralPattern();
}
