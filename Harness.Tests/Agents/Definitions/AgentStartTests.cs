using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.Harness.Agents.Definitions;
using Tandem.Harness.Sandboxes;
using Xunit;

namespace Tandem.Harness.Tests.Agents.Definitions;

/// <summary>A definition with its values put in.</summary>
public sealed class AgentStartTests
{
    private const string Odd = "a \"b\"\\ü\n";

    private static readonly DefinitionValues s_values = new()
    {
        Home = "/tandem/home",
        Repo = "/workspace/repo",
        Model = Odd,
        Port = 4321,
        Token = "t0",
        McpUrl = "http://127.0.0.1:4321/mcp",
        AgentId = "agent1",
        PromptFile = "/tandem/task.md",
        ContextTokens = 100_000,
    };

    private const string Members = """
        {
          "command": ["{programs}/bin/x", "{repo} {model}", "{prompt_file}", "${HOME} {A} {}"],
          "stdin": "none",
          "environment": { "U": "{url}/v1", "P": "{port}", "KEPT": "1", "CHANGED": "a" },
          "files": {
            "{home}/a.json": { "{model}": { "limit": "{context_tokens}", "text": "at {port}", "model": "{model}", "n": [1, null, true] } },
            "{home}/a.toml": "model = \"{model}\"\nlimit = {context_tokens}\n",
            "{home}/plain": "{model}"
          },
          "messages": {
            "delivery": "tool",
            "arguments": ["--mcp", "{mcp_url}"],
            "environment": { "CHANGED": "{token}" },
            "files": { "{home}/plain": "replaced", "{home}/new": "{mcp_url}" }
          },
          "resume": { "command": ["{programs}/bin/x", "-c"], "stdin": "prompt" },
          "keep": ["{home}/.x"]
        }
        """;

    private static readonly AgentDefinition s_definition = DefinitionFolder.Read(Members);

    [Fact]
    public void Values_are_put_in_as_they_are_and_escaped_in_files_of_JSON_and_TOML()
    {
        var start = AgentStart.Of(s_definition, s_values, hasMessages: false, isResumed: false);

        start.Command.Should().Equal("/opt/tandem-agent/bin/x", "/workspace/repo " + Odd, "/tandem/task.md", "${HOME} {A} {}");
        start.Stdin.Should().Be(AgentStdin.None);
        start.Environment.Should().BeEquivalentTo(new Dictionary<string, string>
        { ["U"] = "http://127.0.0.1:4321/v1", ["P"] = "4321", ["KEPT"] = "1", ["CHANGED"] = "a" });
        start.Keep.Should().Equal("/tandem/home/.x");
        start.Files.Select(file => file.Path).Should().Equal("/tandem/home/a.json", "/tandem/home/a.toml", "/tandem/home/plain");
        JsonObject inner = JsonNode.Parse(TextOf(start.Files[0]))![Odd]!.AsObject();
        inner["limit"]!.GetValue<int>().Should().Be(100_000, "a number stands as one");
        inner["text"]!.GetValue<string>().Should().Be("at 4321");
        inner["model"]!.GetValue<string>().Should().Be(Odd);
        inner["n"]!.ToJsonString().Should().Be("[1,null,true]");
        TextOf(start.Files[1]).Should().Be("model = \"a \\u0022b\\u0022\\\\\\u00FC\\n\"\nlimit = 100000\n");
        TextOf(start.Files[2]).Should().Be(Odd);
    }

    [Fact]
    public void A_setting_with_messages_adds_and_replaces()
    {
        var start = AgentStart.Of(s_definition, s_values, hasMessages: true, isResumed: false);

        start.Command.Skip(4).Should().Equal("--mcp", "http://127.0.0.1:4321/mcp");
        start.Environment["CHANGED"].Should().Be("t0");
        start.Environment["KEPT"].Should().Be("1");
        start.Files.Select(file => file.Path).Should()
            .Equal("/tandem/home/a.json", "/tandem/home/a.toml", "/tandem/home/plain", "/tandem/home/new");
        TextOf(start.Files[2]).Should().Be("replaced");
        TextOf(start.Files[3]).Should().Be("http://127.0.0.1:4321/mcp");
    }

    [Fact]
    public void What_goes_on_has_its_own_command()
    {
        var start = AgentStart.Of(s_definition, s_values, hasMessages: true, isResumed: true);
        start.Command.Should().Equal("/opt/tandem-agent/bin/x", "-c", "--mcp", "http://127.0.0.1:4321/mcp");
        start.Stdin.Should().Be(AgentStdin.Prompt);

        FluentActions.Invoking(() => AgentStart.Of(DefinitionFolder.Read(), s_values, hasMessages: false, isResumed: true))
            .Should().Throw<InvalidOperationException>().WithMessage("*'mine' cannot go on*");
    }

    [Theory]
    [MemberData(nameof(AgentDefinitionTests.Names), MemberType = typeof(AgentDefinitionTests))]
    public void A_shipped_definition_can_be_filled(string name)
    {
        AgentDefinition one = DefinitionFolder.Shipped.Find(name);
        foreach (bool hasMessages in (bool[])[false, true])
        {
            var start = AgentStart.Of(one, s_values, hasMessages, isResumed: one.Resume is not null);
            string all = string.Join('\n', start.Command.Concat(start.Environment.Values).Concat(start.Files.Select(TextOf)));
            all.Should().NotMatchRegex("[^$]\\{[a-z_]+\\}");
            foreach (SandboxFile file in start.Files.Where(file => file.Path.EndsWith(".json", StringComparison.Ordinal)))
                JsonNode.Parse(TextOf(file)).Should().NotBeNull();
        }
    }

    [Theory]
    [InlineData("""{"type":"result","is_error":true,"result":"bad key"}""", "bad key")]
    [InlineData("""  {"type":"result","is_error":true,"result":{"a":1}}""", """{"a":1}""")]
    [InlineData("""{"type":"result","is_error":true}""", "")]
    [InlineData("""{"type":"result","is_error":false,"result":"done"}""", null)]
    [InlineData("""{"type":"result"}""", null)]
    [InlineData("""{"type":"result","is_error":true""", null)]
    [InlineData("""["type"]""", null)]
    [InlineData("is_error: true", null)]
    public void A_line_says_that_the_agent_failed_if_it_has_all_values(string line, string? words) => DefinitionFolder
        .Read("""{ "failure": { "event": { "type": "result", "is_error": true }, "text": "result" } }""").Failure!.WordsIn(line)
        .Should().Be(words);

    [Fact]
    public void Values_of_a_line_may_lie_deep()
    {
        AgentFailure failure = DefinitionFolder.Read("""
            { "failure": { "event": { "message.stop.reason": "error" }, "text": "message.words" } }
            """).Failure!;
        failure.WordsIn("""{"message":{"stop":{"reason":"error"},"words":"out of luck"}}""").Should().Be("out of luck");
        failure.WordsIn("""{"message":{"stop":"error"}}""").Should().BeNull();
    }

    private static string TextOf(SandboxFile file) => Encoding.UTF8.GetString(file.Content.Span);
}
