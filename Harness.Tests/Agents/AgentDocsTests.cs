using System.Text.RegularExpressions;
using FluentAssertions;
using Tandem.Harness.Agents;
using Tandem.Harness.Agents.Recordings;
using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>What docs/agents.md shows is what is compiled, loaded and run here.</summary>
[Slow]
public sealed partial class AgentDocsTests
{
    private static readonly string s_project = ProjectFolder.Find();
    private static readonly string s_doc = File.ReadAllText(Path.Combine(s_project, "docs", "agents.md"));

    // Its source is a line of the document, as it would stand in the catalog.
    private static readonly AgentKind s_example =
        new("example", "writes to a teammate", IsSimulated: false, NeedsIsolation: false, CostsMoney: false, () => new ExampleAgent());

    [Fact]
    public void The_examples_are_those_of_the_project()
    {
        Blocks("csharp")[0].Should().Be(Read("Harness.Tests/Agents/ExampleAgent.cs"));
        Read("Harness.Tests/Agents/AgentDocsTests.cs").Should().Contain(Blocks("csharp")[1].TrimEnd().TrimEnd(','));
        Blocks("json")[0].Should().Be(Read("experiments/command.json"));
    }

    [Fact]
    public async Task The_example_agent_works_and_talks()
    {
        await using var runs = new RunsFixture();

        // On a slow machine one could be done before the other one has begun.
        var ended = new CountdownEvent(2);
        AgentKind together = s_example with { Create = () => new EndsWithTheOther(s_example.Create(), ended) };

        RunRecord record = await runs.RecordAsync(RunsFixture.Comm, together);

        record.Should().BeEquivalentTo(new
        {
            Agent = "example",
            AgentStatus = AgentStatus.Submitted,
            InfraError = false,
            TotalSteps = 4,
            TotalCost = (decimal?)0,
            MergeOutcome = MergeOutcome.MergeClean
        });
        record.Messages.Select(m => m.Message).Should()
            .BeEquivalentTo("I write NOTES-agent1.md and nothing else.", "I write NOTES-agent2.md and nothing else.");
        runs.Trajectory(RunsFixture.Comm, 1).Where(e => e.Kind == "command").Select(e => e.Output).Should()
            .BeEquivalentTo("?? NOTES-agent1.md\n", "?? NOTES-agent2.md\n");
    }

    [Fact]
    public void The_example_experiments_can_be_read()
    {
        ExperimentConfiguration command = ConfigurationReader
            .Read(Path.Combine(s_project, "experiments", "command.json"), new Dictionary<string, string>());
        command.Agent.Command!.Keys.Should().Equal("MY_AGENT_API_KEY");
        command.Sandbox.AgentNetwork.Should().Be(SandboxNetwork.Bridge);

        ExperimentConfiguration shell = ConfigurationReader
            .Read(Path.Combine(s_project, "experiments", "shell.json"), new Dictionary<string, string>());
        shell.Should().BeEquivalentTo(new
        {
            Name = "shell",
            Agent = new { Kind = "shell" },
            Model = new { Name = (string?)null, Provider = ProviderChoice.OpenAi, KeyVariable = "OPENAI_API_KEY" },
            Limits = new { MaxCostUsd = (CostLimit?)null }
        });
        ConfigurationReader.Read(Path.Combine(s_project, "experiments", "shell.json"), new Dictionary<string,
            string>
        { ["TANDEM__Model__Name"] = "gpt-5-mini" }).Name.Should().Be("shell-gpt-5-mini");
    }

    [Fact]
    public void Every_agent_every_value_and_every_kind_of_event_is_in_the_document()
    {
        s_doc.Should().ContainAll(AgentCatalog.All.Select(kind => $"| `{kind.Kind}` |"));
        s_doc.Should().ContainAll(CommandTemplate.Values.Select(value => $"`{{{value}}}`"));
        string[] kinds = [.. typeof(TrajectoryKinds).GetFields().Where(field => field.IsLiteral)
            .Select(field => (string)field.GetRawConstantValue()!)];
        kinds.Should().HaveCountGreaterThan(10);
        s_doc.Should().ContainAll(kinds.Select(kind => $"`{kind}`"));
    }

    private static string[] Blocks(string language) =>
        [.. Block().Matches(s_doc).Where(m => m.Groups[1].Value == language).Select(m => m.Groups[2].Value)];

    private static string Read(string path) => File.ReadAllText(Path.Combine(s_project, path));

    [GeneratedRegex("^```(\\w+)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    private sealed class EndsWithTheOther(IAgent agent, CountdownEvent ended) : IAgent
    {
        public async Task<AgentEnd> RunAsync(AgentContext context, CancellationToken cancellationToken)
        {
            AgentEnd end = await agent.RunAsync(context, cancellationToken);
            ended.Signal();
            while (!ended.IsSet)
                await Task.Delay(10, cancellationToken);
            return end;
        }
    }
}
