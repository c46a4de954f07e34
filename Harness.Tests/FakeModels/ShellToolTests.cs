using FluentAssertions;
using Tandem.FakeModel;
using Xunit;

namespace Tandem.Harness.Tests.FakeModels;

/// <summary>A script runs commands by the shell of whatever client asks, and ends as that client ends.</summary>
public sealed class ShellToolTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(FakeDialect.Messages, "Bash",
        """{"properties":{"command":{"type":"string"},"timeout":{},"description":{"type":"string"}},"required":["command"]}""",
        """{"command":"ls \"a\"","description":"Runs a command of the script"}""")]
    [InlineData(FakeDialect.Responses, "exec_command",
        """{"properties":{"cmd":{"type":"string"},"workdir":{"type":"string"}},"required":["cmd"]}""", """{"cmd":"ls \"a\""}""")]
    [InlineData(FakeDialect.Chat, "run_shell_command",
        """{"properties":{"command":{"type":"string"},"is_background":{"type":"boolean"}},"required":["command","is_background"]}""",
        """{"command":"ls \"a\"","is_background":false}""")]
    [InlineData(FakeDialect.Generate, "run_shell_command",
        """{"properties":{"command":{"type":"string"}},"required":["command"]}""", """{"command":"ls \"a\""}""")]
    [InlineData(FakeDialect.Chat, "bash",
        """{"properties":{"command":{"type":"string"},"description":{"type":"string"}},"required":["command","description"]}""",
        """{"command":"ls \"a\"","description":"Runs a command of the script"}""")]
    [InlineData(FakeDialect.Responses, "shell",
        """{"properties":{"command":{"type":"array"}},"required":["command"]}""", """{"command":["bash","-c","ls \"a\""]}""")]
    [InlineData(FakeDialect.Chat, "search", "{}", null)]
    public async Task The_shell_that_the_client_offers_is_called(FakeDialect dialect, string tool, string schema, string? arguments)
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ => FakeAnswer.Runs("""ls "a" """.TrimEnd()));
        using var client = new DialectClient(server, dialect, streams: true) { Tool = (tool, schema) };

        string call = (await client.AskAsync(Stop)).Calls.Should().ContainSingle().Subject;

        string[] parts = call.Split(' ', 2);
        parts[0].Should().Be(arguments is null ? "bash" : tool);
        parts[1].Replace("\\u0022", "\\\"", StringComparison.Ordinal).Should().Be(arguments ?? """{"command":"ls \"a\""}""");
    }

    [Theory]
    [InlineData("bash", "", """bash {"command":"echo TANDEM_SUBMIT"}""")]
    [InlineData("Bash", "I am done.", null)]
    [InlineData("exec_command", "I am done.", null)]
    public async Task A_submission_is_a_command_for_our_own_agent_and_a_last_word_for_others(string tool, string text, string? call)
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ => FakeAnswer.Submits);
        using var client = new DialectClient(server, FakeDialect.Chat, streams: true) { Tool = (tool, "{}") };

        Said said = await client.AskAsync(Stop);

        said.Text.Should().Be(text);
        said.Calls.Should().BeEquivalentTo(call is null ? [] : new[] { call });
    }

    [Theory]
    [MemberData(nameof(DialectTests.All), MemberType = typeof(DialectTests))]
    public async Task Calls_without_tools_take_no_turn(FakeDialect dialect, bool streams)
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(FakeScript.Of(new Dictionary<string, List<FakeAnswer>>
        {
            ["solo"] = [new FakeAnswer.Status(500), new FakeAnswer.Says("one")],
        }));
        const string Schema = """
            {"type":"object","properties":{"title":{"type":"string"},"kind":{"enum":["new","old"]},"rank":{"type":"integer","minimum":1}},
            "required":["title","kind","rank"]}
            """;
        using var aside = new DialectClient(server, dialect, streams) { Tool = (null, "") };
        using var ofSchema = new DialectClient(server, dialect, streams) { Tool = (null, ""), AnswerSchema = Schema };
        using var main = new DialectClient(server, dialect, streams);

        (await aside.AskAsync(Stop)).Text.Should().Be("A scripted session");
        (await ofSchema.AskAsync(Stop)).Text.Should().Be("""{"title":"A scripted session","kind":"new","rank":1}""");
        using (HttpResponseMessage fault = await main.SendAsync(Stop))
            ((int)fault.StatusCode).Should().Be(500, "the script begins with the first call that has tools");
        (await main.AskAsync(Stop)).Text.Should().Be("one");
    }

    [Fact]
    public async Task A_script_can_answer_calls_without_tools()
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(FakeScript.Of(new Dictionary<string, List<FakeAnswer>>
        {
            ["side"] = [new FakeAnswer.Status(429), new FakeAnswer.Says("A title")],
        }));
        using var client = new DialectClient(server, FakeDialect.Messages, streams: true) { Tool = (null, "") };

        using (HttpResponseMessage fault = await client.SendAsync(Stop))
            ((int)fault.StatusCode).Should().Be(429);
        (await client.AskAsync(Stop)).Text.Should().Be("A title");
    }

    [Theory]
    [MemberData(nameof(DialectTests.All), MemberType = typeof(DialectTests))]
    public async Task The_header_or_the_path_says_whose_request_it_is(FakeDialect dialect, bool streams)
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(FakeScript.Of(new Dictionary<string, List<FakeAnswer>>
        {
            ["solo"] = [new FakeAnswer.Says("by the prompt")],
            ["agent1"] = [new FakeAnswer.Says("by the path")],
            ["agent2"] = [new FakeAnswer.Says("by the header")],
        }));
        using var plain = new DialectClient(server, dialect, streams);
        using var path = new DialectClient(server, dialect, streams) { Prefix = "/agent/agent1" };
        using var header = new DialectClient(server, dialect, streams) { Prefix = "/t/token", AgentHeader = "agent2" };

        (await plain.AskAsync(Stop)).Text.Should().Be("by the prompt");
        (await path.AskAsync(Stop)).Text.Should().Be("by the path");
        (await header.AskAsync(Stop)).Text.Should().Be("by the header");
        server.Requests.Select(request => request.AgentId).Should().Equal("solo", "agent1", "agent2");
        server.Requests[1].Path.Should().StartWith("/agent/agent1/");
    }
}
