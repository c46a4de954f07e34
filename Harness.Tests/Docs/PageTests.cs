using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Verbs;
using Tandem.Harness.Configuration;
using Xunit;

namespace Tandem.Harness.Tests.Docs;

/// <summary>What the pages name is there: links, commands, options, variables, values, files.</summary>
public sealed partial class PageTests
{
    private static readonly string s_analysis = TextOf("Analysis/Commands");
    private static readonly string s_sources =
        TextOf("Records", "Harness", "Experiments.Tests", "Analysis", "Analysis.Tests", "Cli", "FakeModel", "Harness.Tests", "tasks");

    private static readonly string[] s_sections = ["tasks", "agent", "model", "limits", "sandbox", "run"];

    public static TheoryData<string> Pages => [.. Page.All.Select(page => page.Path)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_leads_somewhere(string path)
    {
        foreach (string link in Page.Of(path).Links)
        {
            string[] parts = link.Split('#', 2);
            string folder = Path.Combine(Page.Root, Path.GetDirectoryName(path)!);
            string target = parts[0].Length == 0 ? path : Path.GetRelativePath(Page.Root, Path.Combine(folder, parts[0]));
            Path.Exists(Path.Combine(Page.Root, target)).Should().BeTrue($"{path} links to {link}");
            if (parts.Length > 1)
                Page.Of(target).Anchors.Should().Contain(parts[1], $"{path} links to {link}");
        }
    }

    [Fact]
    public void Every_page_of_docs_can_be_reached_from_the_readme()
    {
        string[] linked = [.. Page.Of("README.md").Links.Select(link => link.Split('#')[0])];

        linked.Should().Contain(Page.All.Select(page => page.Path).Where(path => path.StartsWith("docs/", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_command_can_be_typed(string path)
    {
        RootCommand root = CommandLine.Root;
        foreach (string code in Page.Of(path).Code)
        {
            if (Page.WordsOf(code) is not { } words)
                continue;
            // A verb in capitals stands for each of them.
            string[] verbs = words is ["VERB", ..] ? [.. root.Subcommands.Select(verb => verb.Name)] : [""];
            foreach (string verb in verbs)
            {
                string[] line = [.. words.Select(word => word == "VERB" ? verb : word)];
                ParseResult parsed = root.Parse(CommandLine.WithVerb(line, root));
                parsed.Errors.Select(error => error.Message).Should().BeEmpty($"{path} shows {code}");
                // What the analysis gets is its own to read.
                foreach (string option in parsed.UnmatchedTokens.Where(word => word.StartsWith("--", StringComparison.Ordinal)))
                    s_analysis.Contains($"(\"{option}\")", StringComparison.Ordinal).Should().BeTrue($"{path} shows {code}");
            }
        }
    }

    [Fact]
    public void The_pages_show_every_verb()
    {
        IEnumerable<string> verbs = CommandLine.Root.Subcommands.Where(verb => verb.Name != "run").Select(verb => verb.Name);

        Page.All.SelectMany(page => page.Code).Select(code => Page.WordsOf(code) is [string verb, ..] ? verb : "").Should().Contain(verbs);
    }

    [Fact]
    public void The_exit_codes_are_those_of_the_front_door()
    {
        IEnumerable<int> codes = typeof(ExitCodes).GetFields()
            .Where(field => field.IsLiteral && field.FieldType == typeof(int)).Select(field => (int)field.GetRawConstantValue()!);

        NumberedRow().Matches(Page.Of("docs/running.md").Text).Select(row => int.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture))
            .Should().Equal(codes);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_variable_is_read_somewhere(string path)
    {
        foreach (string name in Variable().Matches(Page.Of(path).Text).Select(match => match.Groups[1].Value).Distinct())
            s_sources.Contains(name, StringComparison.Ordinal).Should().BeTrue($"{path} names {name}");
        foreach (Match match in Override().Matches(Page.Of(path).Text))
        {
            var variables = new Dictionary<string, string> { [match.Groups[1].Value] = match.Groups[2].Value };
            FluentActions.Invoking(() => ConfigurationReader.Read(Path.Combine(Page.Root, "experiments", "default.json"), variables))
                .Should().NotThrow($"{path} shows {match.Value}");
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_value_of_an_experiment_is_in_the_schema(string path)
    {
        JsonNode[] schemas = [.. new[] { "experiment.schema.json", "scenarios.schema.json" }
            .Select(file => JsonNode.Parse(File.ReadAllText(Path.Combine(Page.Root, "experiments", file)))!)];
        foreach (Match match in Page.Of(path).Code.Select(code => Value().Match(code)).Where(match => match.Success))
        {
            string[] name = match.Groups[1].Value.Split('.');
            // run.sh and agent.json are files.
            if (!s_sections.Contains(name[0]) || name[^1] is "sh" or "ps1" or "json")
                continue;
            schemas.Should().Contain(schema => IsIn(schema, name), $"{path} names {string.Join('.', name)}");
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_file_of_the_project_is_there(string path)
    {
        foreach (string file in Page.Of(path).Code.Where(code => ProjectFile().IsMatch(code)))
            Path.Exists(Path.Combine(Page.Root, file)).Should().BeTrue($"{path} names {file}");
    }

    private static bool IsIn(JsonNode schema, string[] name)
    {
        JsonNode? node = schema;
        foreach (string key in name)
            node = node?["properties"]?[key];
        return node is not null;
    }

    private static string TextOf(params string[] folders) => string.Concat(folders
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Page.Root, folder), "*", SearchOption.AllDirectories))
        .Where(file => Path.GetExtension(file) is ".cs" or ".sh")
        .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/Docs/", StringComparison.Ordinal))
        .Select(File.ReadAllText));

    [GeneratedRegex(@"\b(TANDEM_[A-Z][A-Z_]*[A-Z])\b")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\b(TANDEM__\w+)=([^\s`]+)")]
    private static partial Regex Override();

    [GeneratedRegex(@"^([a-z]+(?:\.[a-z_]+)+)(?:: \w+)?$")]
    private static partial Regex Value();

    [GeneratedRegex(@"^\| (\d+) \|", RegexOptions.Multiline)]
    private static partial Regex NumberedRow();

    [GeneratedRegex(
        @"^(?:Records|(?:Harness|Analysis)(?:\.Tests)?|Experiments\.Tests|Cli|bench|experiments|prompts|rubrics|tasks|docs)/[\w./-]*$")]
    private static partial Regex ProjectFile();
}
