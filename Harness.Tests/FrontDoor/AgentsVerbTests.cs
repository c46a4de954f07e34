using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Agents;
using Tandem.Cli.Verbs;
using Tandem.Harness.Agents;
using Tandem.Harness.Agents.Definitions;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker;
using Tandem.Harness.Tests.Agents.Definitions;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>What <c>agents</c> prints and refuses; what it does to an engine is tested with the programs.</summary>
public sealed class AgentsVerbTests
{
    private static readonly AgentDefinition s_one = DefinitionFolder.Read() with { Name = "one", Description = "the first" };
    private static readonly AgentDefinition s_two = s_one with { Name = "a-second-agent", Description = "the second" };
    private static readonly AgentDefinition s_three = s_one with { Name = "three", Description = "the third" };

    [Fact]
    public void The_list_reads_so()
    {
        OwnPrograms[] own = [Own(s_one, 246_400_000), Own(s_two, null), Own(s_one with { Name = "gone" }, 1_500_000_000)];

        Rows([s_one, s_two, s_three], own).Should().Be("""
            one             ready      246 MB  the first
            a-second-agent  torn        ~1 MB  the second
            three           missing     ~1 MB  the third
            Not ready: a-second-agent, three. `./run.sh agents build a-second-agent` makes an agent's programs, and so does a run that needs them.
            Volumes that no definition names: 1. `./run.sh agents clean` removes them.

            """);
        AgentTable.ToText([], [], null).Split('\n')[..2].Should().Equal("agent      programs     size  what it is",
            "simulated  built in           " + AgentCatalog.All[0].Description);
        Rows([s_one], null).Should().Be("one        unknown     ~1 MB  the first\n"
            + "No engine answers, so it is not known which programs are ready: why\n");
    }

    [Fact]
    public void A_definition_reads_so()
    {
        AgentDefinition definition = DefinitionFolder.Read("""
            {
              "environment": { "HOME": "{home}" }, "files": { "{home}/a b": "x = {model}\n", "{home}/b": { "a": 1 } },
              "keep": ["{home}/x"], "resume": { "command": ["x", "-c"], "stdin": "none" },
              "messages": { "delivery": "tool", "arguments": ["--mcp"] },
              "failure": { "event": { "type": "bad" } }, "exit_codes": { "3": "LimitsExceeded" }
            }
            """);

        string page = AgentPage.ToText(definition, "/agents", [Own(definition, 7_000_000)], null);

        page.Should().Be($$"""
            mine: an agent
              file        /agents/mine/agent.json (digest {{definition.Digest[..12]}})
              programs    tandem-agent-mine-{{definition.RecipeDigest[..12]}}: ready, 7 MB
              check       /opt/tandem-agent/bin/x prints 1.0
              dialect     openai_chat; another model than the experiment's: refuse
              command     /opt/tandem-agent/bin/x '{model}'
              stdin       prompt
              variable    HOME={home}
              file in it  {home}/a b
                            x = {model}
              file in it  {home}/b
                            {
                              "a": 1
                            }
              messages    by tool, with --mcp
              resume      x -c (stdin: none)
              keeps       {home}/x
              fails by    a line with type = "bad"
              exit codes  3 LimitsExceeded, 0 Submitted unless named, others Error

            """);
    }

    [Theory]
    [InlineData("agents show nobody", "There is no definition of this name in ")]
    [InlineData("agents build nobody codex", "The agent 'nobody'")]
    [InlineData("agents build", "build")]
    [InlineData("agents remove", "remove")]
    [InlineData("agents list --all", "--all")]
    public async Task Bad_input_is_one_clear_line_and_exit_code_2(string line, string complaint)
    {
        using var error = new StringWriter();
        int code = await CommandLine.RunAsync(line.Split(' '), TextWriter.Null, error);

        code.Should().Be(ExitCodes.BadInput);
        error.ToString().Should().Contain(complaint).And.NotContain("   at ");
    }

    private static OwnPrograms Own(AgentDefinition definition, long? bytes) => new(
        new ProgramVolume(ProgramStore.VolumeName(definition.Recipe), definition.RecipeDigest), definition.Name,
        bytes is long size ? new ProgramMark(definition.RecipeDigest, size, 12) : null);

    /// <summary>The list without the agents that are built in.</summary>
    private static string Rows(AgentDefinition[] definitions, OwnPrograms[]? own) => string.Join('\n',
        AgentTable.ToText(definitions, own, "why").Split('\n').Skip(1 + AgentCatalog.All.Count));
}
