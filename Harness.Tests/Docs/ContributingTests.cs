using FluentAssertions;
using Tandem.Harness.Agents;
using Tandem.Harness.Evaluation.TestOutputs;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Docs;

/// <summary>The examples of CONTRIBUTING.md are compiled here and do what the page says.</summary>
public sealed class ContributingTests
{
    [Theory]
    [InlineData("LookAgent")]
    [InlineData("TapOutput")]
    public void An_example_is_the_class_of_that_name_here(string name)
    {
        IReadOnlyList<string> blocks = Page.Of("CONTRIBUTING.md").Blocks("csharp");
        string shown = blocks.Single(block => block.Contains($"class {name}", StringComparison.Ordinal));

        BodyOf(shown).Should().Be(BodyOf(File.ReadAllText(Path.Combine(Page.Root, "Harness.Tests", "Docs", name + ".cs"))));
    }

    [Fact]
    [Slow]
    public async Task The_example_agent_looks_around_and_leaves_an_empty_patch()
    {
        await using var runs = new RunsFixture();
        AgentKind kind =
            new("look", "looks around", IsSimulated: false, NeedsIsolation: false, CostsMoney: false, () => new LookAgent());

        RunRecord record = await runs.RecordAsync(RunsFixture.Solo, kind);

        record.Should().BeEquivalentTo(new { Agent = "look", AgentStatus = AgentStatus.Submitted, InfraError = false, BothPassed = false });
    }

    [Theory]
    [InlineData("# tests 4\n# pass 3\n# fail 1\n", 3, 1)]
    public void The_example_parser_counts(string output, int passed, int failed) =>
        TapOutput.Sessions(output.Split('\n')).Should().Equal(new TestCounts(passed, failed, null));

    /// <summary>From the first line of the class on: namespaces and what they need differ here.</summary>
    private static string BodyOf(string source) => source[source.IndexOf("internal ", StringComparison.Ordinal)..].Trim();
}
