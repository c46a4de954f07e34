using System.Text.RegularExpressions;
using FluentAssertions;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Scenarios.Rules;
using Tandem.Analysis.Tests.Stores;
using Tandem.Analysis.Validating;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Analysis.Tests.Docs;

/// <summary>What docs/analysis.md and CONTRIBUTING.md say of the rules is so.</summary>
public sealed partial class RuleDocsTests
{
    private static readonly CaseId s_case = Sample.Case(Setting.CoopComm, task: 1, seed: 1);

    [Fact]
    public void Every_rule_is_in_the_table_and_no_other()
    {
        IEnumerable<(string Id, bool IsDeep)> rows = Rows().Matches(Read("docs/analysis.md"))
            .SelectMany(row => Id().Matches(row.Value).Select(id => (id.Value, row.Value.Contains("deep", StringComparison.Ordinal))));

        rows.Should().BeEquivalentTo(Validation.Rules.Concat<INamedRule>(ScenarioValidation.Rules).Select(rule => (rule.Id, rule.IsDeep)));
    }

    [Fact]
    public void The_example_of_a_rule_is_the_class_here()
    {
        string page = Unindented().Replace(Read("CONTRIBUTING.md"), "");

        page.Should().Contain(ClassOf(Read("Analysis.Tests/Docs/ModelRule.cs")));
    }

    [Fact]
    public void The_example_passes_a_sound_store_and_fails_the_planted_one()
    {
        using var store = StoreBuilder.Sound();
        new ModelRule().Check(store.Read()).Passed.Should().BeTrue();

        store.Add(Sample.Run(s_case) with { Model = "another" });

        new ModelRule().Check(store.Read()).Findings.Should().ContainSingle().Which.Where.Should().Be("the experiment");
    }

    private static string Read(string path)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Tandem.slnx")))
            folder = folder.Parent;
        return File.ReadAllText(Path.Combine(folder!.FullName, path));
    }

    private static string ClassOf(string source) => source[source.IndexOf("internal ", StringComparison.Ordinal)..].Trim();

    [GeneratedRegex(@"^\| (?:[A-Z0-9]+-\d\d(?:, )?)+[^|]*\|", RegexOptions.Multiline)]
    private static partial Regex Rows();

    [GeneratedRegex(@"[A-Z0-9]+-\d\d")]
    private static partial Regex Id();

    /// <summary>The page's blocks stand in a list, three columns to the right.</summary>
    [GeneratedRegex("^   ", RegexOptions.Multiline)]
    private static partial Regex Unindented();
}
