using System.Text.Json;
using FluentAssertions;
using Json.Schema;
using Tandem.Harness.Agents;
using Tandem.Harness.Agents.Definitions;
using Tandem.Harness.Configuration;
using Tandem.Harness.Tests.Docs;
using Tandem.Records.Json;
using Xunit;

namespace Tandem.Harness.Tests.Agents.Definitions;

/// <summary>Command-line agents as files.</summary>
public sealed class AgentDefinitionTests
{
    private static readonly JsonSchema s_schema =
        JsonSchema.FromText(File.ReadAllText(Path.Combine(Page.Root, "agents", "agent.schema.json")));

    public static TheoryData<string> Names => [.. DefinitionFolder.Shipped.Names];

    [Fact]
    public void The_shipped_definitions_are_these()
    {
        DefinitionFolder.Shipped.All.Select(one => one.Name).Should().Equal("claude-code", "codex", "gemini-cli", "mini-swe-agent",
            "opencode", "pi", "qwen-code");
        DefinitionFolder.Shipped.Names.Should().NotIntersectWith(AgentCatalog.All.Select(kind => kind.Kind));
        DefinitionFolder.Shipped.All.Select(one => one.Digest).Should().OnlyHaveUniqueItems();
        DefinitionFolder.Shipped.All.Select(one => one.RecipeDigest).Should().OnlyHaveUniqueItems();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_shipped_definition_is_whole(string name)
    {
        AgentDefinition one = DefinitionFolder.Shipped.Find(name);

        Takes(File.ReadAllText(Path.Combine(Page.Root, "agents", name, AgentDefinitions.FileName))).Should().BeTrue();
        one.Description.Should().Contain(one.Install.Says, "a reader must know the version");
        one.Command[0].Should().StartWith("{programs}/bin/");
        one.Resume?.Command[0].Should().Be(one.Command[0]);
        one.Environment["HOME"].Should().Be("{home}");
        string all = JsonSerializer.Serialize(new { one.Command, one.Environment, one.Files });
        all.Should().Contain("{model}").And.Contain("{url}").And.Contain("{token}");
        all.Contains("{prompt_file}", StringComparison.Ordinal).Should().Be(one.Stdin == AgentStdin.None,
            "the prompt comes by one way");
        (JsonSerializer.Serialize(one.Messages).Contains("{mcp_url}", StringComparison.Ordinal)).Should()
            .Be(one.Messages.Delivery == MessageDelivery.Tool);
    }

    [Fact]
    public void The_definition_that_the_docs_show_can_be_used()
    {
        string shown = Page.Of("docs/agents.md").Blocks("json")[1];
        using DefinitionFolder folder = new DefinitionFolder().With("my-agent", shown);

        folder.Definitions.Find("my-agent").Command[^1].Should().Be("{model}");
        Takes(shown).Should().BeTrue();
        foreach (AgentDefinition one in DefinitionFolder.Shipped.All)
        {
            string row = Page.Of("docs/agents.md").Text.Split('\n')
                .Single(line => line.StartsWith($"| `{one.Name}` |", StringComparison.Ordinal));
            string prompt = one.Stdin == AgentStdin.Prompt ? "as it is" : "names a file";
            string messages = one.Messages.Delivery == MessageDelivery.Tool ? "tool" : "in the prompt";
            row.Should().Contain(one.Install.Says).And.Contain($"| `{EnumNames.NameOf(one.Dialect)}` | {prompt} | {messages} |")
                .And.MatchRegex($"\\| (about )?{one.Install.SizeMb} MB \\|");
        }
    }

    [Fact]
    public void What_is_not_said_has_its_default()
    {
        AgentDefinition one = DefinitionFolder.Read();

        (one.Name, one.OtherModels, one.Stdin, one.Messages.Delivery, one.Resume, one.Failure).Should()
            .Be(("mine", OtherModels.Refuse, AgentStdin.Prompt, MessageDelivery.Prompt, null, null));
        (one.Environment.Count + one.Files.Count + one.Keep.Count + one.ExitCodes.Count).Should().Be(0);
        Takes(DefinitionFolder.Smallest).Should().BeTrue();
    }

    [Fact]
    public void Only_what_decides_over_the_programs_is_in_the_recipes_digest()
    {
        AgentDefinition one = DefinitionFolder.Read();
        AgentDefinition other = DefinitionFolder.Read("""{ "description": "changed" }""");
        other.Digest.Should().NotBe(one.Digest);
        other.RecipeDigest.Should().Be(one.RecipeDigest);

        string[] installs = [
            """{ "run": ["true"], "check": ["{programs}/bin/x"], "says": "1.0", "size_mb": 2 }""",
            """{ "run": ["true", ""], "check": ["{programs}/bin/x"], "says": "1.0", "size_mb": 1 }""",
            """{ "run": ["true"], "check": ["{programs}/bin/y"], "says": "1.0", "size_mb": 1 }""",
            """{ "run": ["true"], "check": ["{programs}/bin/x"], "says": "1.1", "size_mb": 1 }"""];
        installs.Select(install => DefinitionFolder.Read($$"""{ "install": {{install}} }""").RecipeDigest == one.RecipeDigest)
            .Should().Equal(true, false, false, false);
    }

    [Fact]
    public void All_faults_of_all_definitions_are_reported_at_once_with_file_and_line()
    {
        using DefinitionFolder folder = new DefinitionFolder().With("good", DefinitionFolder.Smallest).With("torn", "{\n\"a\": ")
            .With("bad", """
            {
              "description": " ",
              "dialect": "soap",
              "install": {
                "run": ["cp {home}/x {programs}"],
                "check": [],
                "size_mb": 0
              },
              "command": ["x", "{modle}", "${HOME}"],
              "stdin": "Prompt",
              "environment": { "PATH": "/x", "A-B": "{mcp_url}" },
              "files": {
                "{home}/a.json": { "key": ["{nowhere}"], "{tokn}": 1 },
                "/etc/passwd": "x",
                "{home}/../x": 3
              },
              "messages": { "delivery": "tool", "arguments": ["{mcp_url}"], "files": { "{home}/b": "{nope}" } },
              "resume": { "command": ["x"] },
              "failure": { "event": {} },
              "exit_codes": { "256": "Error", "01": "Error" },
              "name": "red"
            }
            """);

        IReadOnlyList<string> faults = FluentActions.Invoking(() => folder.Definitions.All).Should()
            .Throw<SettingsException>().Which.Faults;

        faults.Should().Equal(
            "bad/agent.json(3): dialect: 'soap' is none of anthropic_messages, openai_chat, openai_responses, gemini_content.",
            "bad/agent.json(4): install.says: it is missing.",
            "bad/agent.json(10): stdin: 'Prompt' is none of prompt, none.",
            "bad/agent.json(21): name: there is no such key; there are description, dialect, other_models, install, command, stdin, "
                + "environment, files, messages, resume, keep, failure, exit_codes.",
            "torn/agent.json(2): it is not JSON: Expected depth to be zero at the end of the JSON payload. There is an open JSON object or "
                + "array that should be closed.");
    }

    [Fact]
    public void Values_that_cannot_work_are_reported_at_once_with_file_and_line()
    {
        using DefinitionFolder folder = new DefinitionFolder().With("bad", """
            {
              "description": " ",
              "dialect": "openai_chat",
              "install": {
                "run": ["cp {home}/x {programs}"],
                "check": [],
                "says": "",
                "size_mb": 0
              },
              "command": ["x", "{modle}", "${HOME}"],
              "environment": { "PATH": "/x", "A-B": "{mcp_url}" },
              "files": {
                "{home}/a.json": { "key": ["{nowhere}"], "{tokn}": 1 },
                "/etc/passwd": "x",
                "{home}/../x": 3
              },
              "messages": { "arguments": ["{mcp_url}", null], "files": { "{home}/b": "{nope}" } },
              "resume": { "command": [] },
              "failure": { "event": {} },
              "exit_codes": { "256": "Error", "01": "Error" }
            }
            """);

        IReadOnlyList<string> faults = FluentActions.Invoking(() => folder.Definitions.Find("bad")).Should()
            .Throw<SettingsException>().Which.Faults;

        string[] places = [.. faults.Select(fault => fault.Split(": ")[0] + ": " + fault.Split(": ")[1])];
        places.Should().Equal(
            "bad/agent.json(2): description", "bad/agent.json(5): install.run[0]", "bad/agent.json(6): install.check",
            "bad/agent.json(7): install.says", "bad/agent.json(8): install.size_mb", "bad/agent.json(10): command[1]",
            "bad/agent.json(11): environment.PATH", "bad/agent.json(11): environment.A-B", "bad/agent.json(11): environment.A-B",
            "bad/agent.json(13): files.{home}/a.json", "bad/agent.json(13): files.{home}/a.json",
            "bad/agent.json(14): files./etc/passwd", "bad/agent.json(15): files.{home}/../x", "bad/agent.json(15): files.{home}/../x",
            "bad/agent.json(17): messages.arguments[1]", "bad/agent.json(17): messages.files.{home}/b",
            "bad/agent.json(18): resume.command", "bad/agent.json(18): resume", "bad/agent.json(19): failure.event",
            "bad/agent.json(20): exit_codes.256", "bad/agent.json(20): exit_codes.01");
        faults.Should().Contain(fault => fault.Contains("there is no value {modle} here; there are programs, home, repo, agent_id, model"));
    }

    [Fact]
    public void An_unknown_name_shows_those_that_there_are()
    {
        using DefinitionFolder folder = new DefinitionFolder().With("one", DefinitionFolder.Smallest).With("two", "{}");

        FluentActions.Invoking(() => folder.Definitions.Find("three")).Should().Throw<SettingsException>()
            .WithMessage("*three*there are one, two.");
        folder.Definitions.Find("one").Name.Should().Be("one", "faults of others do not count");
        folder.Definitions.Has("two").Should().BeTrue();
        new AgentDefinitions("/nowhere").All.Should().BeEmpty();
    }

    [Theory]
    [InlineData("""{ "stdin": "file" }""")]
    [InlineData("""{ "environment": { "PATH": "/x" } }""")]
    [InlineData("""{ "files": { "/etc/passwd": "x" } }""")]
    [InlineData("""{ "files": { "{home}/x": 1 } }""")]
    [InlineData("""{ "exit_codes": { "300": "Error" } }""")]
    [InlineData("""{ "exit_codes": { "3": "error" } }""")]
    [InlineData("""{ "failure": { "event": {} } }""")]
    [InlineData("""{ "command": [] }""")]
    [InlineData("""{ "extra": 1 }""")]
    public void The_schema_refuses_what_the_reader_refuses(string members)
    {
        FluentActions.Invoking(() => DefinitionFolder.Read(members)).Should().Throw<SettingsException>();
        var json = (System.Text.Json.Nodes.JsonObject)System.Text.Json.Nodes.JsonNode.Parse(DefinitionFolder.Smallest)!;
        foreach ((string name, System.Text.Json.Nodes.JsonNode? value) in (System.Text.Json.Nodes.JsonObject)
            System.Text.Json.Nodes.JsonNode.Parse(members)!)
            json[name] = value?.DeepClone();
        Takes(json.ToJsonString()).Should().BeFalse();
    }

    private static bool Takes(string text)
    {
        using var json = JsonDocument.Parse(text);
        return s_schema.Evaluate(json.RootElement).IsValid;
    }
}
