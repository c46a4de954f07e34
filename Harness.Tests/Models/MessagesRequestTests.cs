using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Configuration;
using Tandem.Harness.Models;
using Xunit;

namespace Tandem.Harness.Tests.Models;

/// <summary>What Anthropic's own protocol is sent.</summary>
public sealed class MessagesRequestTests
{
    private static readonly JsonNode s_mark = new JsonObject { ["type"] = "ephemeral" };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_has_the_key_the_version_and_what_must_be_said()
    {
        await using ModelFixture model = await AnthropicAsync(new FakeAnswer.Says("Hello."));

        await model.AskAsync();

        FakeRequest request = model.Server.Requests.Should().ContainSingle().Subject;
        request.Path.Should().Be("/v1/messages");
        request.Headers["x-api-key"].Should().Be(ModelFixture.Key);
        request.Headers["Authorization"].Should().Be($"Bearer {ModelFixture.Key}");
        request.Headers.Should().ContainKey("anthropic-version").And.NotContainKey("anthropic-beta");
        request.Body.Select(member => member.Key).Should().BeEquivalentTo("model", "max_tokens", "tools", "system", "messages");
        ((int)request.Body["max_tokens"]!).Should().Be(8192);
        Same(request.Body["system"], """[{ "type": "text", "text": "You are solo.", "cache_control": { "type": "ephemeral" } }]""");
        Same(request.Body["tools"],
            """[{ "name": "bash", "input_schema": { "type": "object" }, "cache_control": { "type": "ephemeral" } }]""");
        Same(request.Body["messages"],
            """
            [{ "role": "user", "content": [{ "type": "text", "text": "Hello.", "cache_control": { "type": "ephemeral" } }] }]
            """);
    }

    [Theory]
    [InlineData("", "/v1/messages")]
    [InlineData("/v1", "/v1/messages")]
    [InlineData("/v1/", "/v1/messages")]
    [InlineData("/agent/solo/v1", "/agent/solo/v1/messages")]
    public async Task The_address_may_end_in_the_version_or_before_it(string path, string asked)
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ => new FakeAnswer.Says("Hello."));
        await using ModelFixture model = await AnthropicAsync(new FakeAnswer.Says("unused"),
            settings => settings with { BaseUrl = new Uri(server.BaseUrl, "/").ToString().TrimEnd('/') + path });

        await model.AskAsync();

        server.Requests.Single().Path.Should().Be(asked);
    }

    [Fact]
    public async Task Calls_and_results_become_blocks_roles_alternate_and_4_marks_hold_the_beginning()
    {
        await using ModelFixture model = await AnthropicAsync(new FakeAnswer.Says("Done."));

        await model.Connection.CompleteAsync(
            new ChatRequest
            {
                Messages =
                [
                    Message("system", "You are solo."), Message("user", "Go."), Calls("I look.", ("a", "ls"), ("b", "pwd")),
                    Result("a", "x"), Result("b", ""), Message("user", "[Message from agent2] hi"), Calls(null, ("c", "id")),
                    Result("c", "0"),
                ],
                Tools = ModelFixture.Request("").Tools,
                ToolChoice = new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = "bash" } },
            },
            Stop);

        JsonObject body = model.Server.Requests.Single().Body;
        JsonArray messages = body["messages"]!.AsArray();
        messages.Select(message => (string?)message!["role"]).Should().Equal("user", "assistant", "user", "assistant", "user");
        Same(messages[1]!["content"],
            """
            [{ "type": "text", "text": "I look." },
             { "type": "tool_use", "id": "a", "name": "bash", "input": { "command": "ls" } },
             { "type": "tool_use", "id": "b", "name": "bash", "input": { "command": "pwd" } }]
            """);
        Same(messages[2]!["content"],
            """
            [{ "type": "tool_result", "tool_use_id": "a", "content": "x" },
             { "type": "tool_result", "tool_use_id": "b", "content": "(no text)" },
             { "type": "text", "text": "[Message from agent2] hi", "cache_control": { "type": "ephemeral" } }]
            """);
        Same(messages[3]!["content"], """[{ "type": "tool_use", "id": "c", "name": "bash", "input": { "command": "id" } }]""");
        Same(body["tool_choice"], """{ "type": "tool", "name": "bash" }""");
        Marks(body).Should().Equal("$.tools[0]", "$.system[0]", "$.messages[2].content[2]", "$.messages[4].content[0]");
    }

    [Fact]
    public async Task A_long_answer_may_be_asked_for_without_a_stream()
    {
        await using ModelFixture model = await AnthropicAsync(new FakeAnswer.Says("Done."),
            settings => settings with { MaxOutputTokens = 128_000, RequestSeconds = 3000 });

        await model.AskAsync();

        ((int)model.Server.Requests.Single().Body["max_tokens"]!).Should().Be(128_000);
    }

    [Fact]
    public async Task What_is_asked_once_is_not_written_to_the_cache()
    {
        await using ModelFixture model = await AnthropicAsync(new FakeAnswer.Says("Done."));

        await model.Connection.CompleteAsync(ModelFixture.Request("Judge.") with { GoesOn = false }, Stop);

        Marks(model.Server.Requests.Single().Body).Should().BeEmpty();
    }

    [Theory]
    [InlineData("high", """{ "type": "adaptive" }""", """{ "effort": "high" }""")]
    [InlineData("2048", """{ "type": "enabled", "budget_tokens": 2048 }""", null)]
    [InlineData(null, null, null)]
    public async Task A_word_of_effort_lets_it_think_as_it_sees_fit_and_a_number_bounds_it(string? effort, string? thinking, string? output)
    {
        await using ModelFixture model = await AnthropicAsync(new FakeAnswer.Says("Done."),
            settings => settings with { ReasoningEffort = effort, MaxOutputTokens = 4000, Temperature = 1 });

        await model.AskAsync();

        JsonObject body = model.Server.Requests.Single().Body;
        ((int)body["max_tokens"]!, (double)body["temperature"]!).Should().Be((4000, 1));
        Same(body["thinking"], thinking);
        Same(body["output_config"], output);
    }

    [Fact]
    public async Task Thoughts_and_unknown_blocks_go_back_as_they_came_and_in_their_order()
    {
        const string Content = """
            [{ "type": "thinking", "thinking": "hm", "signature": "s1+/=" }, { "type": "text", "text": "First. " },
             { "type": "redacted_thinking", "data": "AAA=" }, { "type": "text", "text": "Then." },
             { "type": "tool_use", "id": "a", "name": "bash", "input": { "command": "ls" } },
             { "type": "of_tomorrow", "call": { "x": [1.50, null] }, "characters": "7" }]
            """;
        var answer = new FakeAnswer.Garbage(System.Text.Encoding.UTF8.GetBytes(
            $$"""{ "content": {{Content}}, "stop_reason": "tool_use", "usage": { "input_tokens": 7, "output_tokens": 3 } }"""));
        await using ModelFixture model = await AnthropicAsync(answer);
        ChatReply reply = await model.AskAsync();
        (reply.Content, reply.FinishReason, reply.Tokens!.Input).Should().Be(("First. Then.", "tool_calls", 7));
        ChatRequest request = ModelFixture.Request("Go.");

        // By way of a trajectory.
        request.Messages.Add(JsonNode.Parse(reply.Message.ToJsonString()));
        request.Messages.Add(Result("a", "x"));
        await model.Connection.CompleteAsync(request, Stop);

        Same(model.Server.Requests[^1].Body["messages"]![1]!["content"], Content);
    }

    [Fact]
    public async Task A_text_and_arguments_that_the_history_shortened_stay_short_beside_whole_thoughts()
    {
        await using ModelFixture model = await AnthropicAsync(
            new FakeAnswer.Says("A long text.", [FakeToolCall.Bash("echo long") with { Id = "a" }]) { Thinking = "hm" });
        ChatReply reply = await model.AskAsync();
        ChatRequest request = ModelFixture.Request("Go.");
        var message = (JsonObject)reply.Message.DeepClone();
        message["content"] = "[left out]";
        message["tool_calls"]![0]!["function"]!["arguments"] = """{"command":"[left out]"}""";
        request.Messages.Add(message);
        request.Messages.Add(Result("a", "x"));

        await model.Connection.CompleteAsync(request, Stop);

        JsonArray blocks = model.Server.Requests[^1].Body["messages"]![1]!["content"]!.AsArray();
        blocks.Select(block => (string?)block!["type"]).Should().Equal("thinking", "text", "tool_use");
        ((string?)blocks[0]!["signature"]).Should().NotBeEmpty();
        ((string?)blocks[1]!["text"], (string?)blocks[2]!["input"]!["command"]).Should().Be(("[left out]", "[left out]"));
    }

    internal static Task<ModelFixture> AnthropicAsync(FakeAnswer answer, Func<ModelSettings, ModelSettings>? change = null) =>
        ModelFixture.AlwaysAsync(answer, settings =>
        {
            settings = settings with { Provider = ProviderChoice.Anthropic, Name = "claude-sonnet-4-5" };
            return change?.Invoke(settings) ?? settings;
        });

    private static void Same(JsonNode? node, string? expected) =>
        JsonNode.DeepEquals(node, expected is null ? null : JsonNode.Parse(expected)).Should().BeTrue(node?.ToJsonString() ?? "null");

    /// <summary>Where the marks of the cache are, in the order in which a request is read.</summary>
    internal static IEnumerable<string> Marks(JsonObject body) => new[] { body["tools"], body["system"], body["messages"] }
        .SelectMany(Parts).Where(part => JsonNode.DeepEquals(part["cache_control"], s_mark)).Select(part => part.GetPath());

    private static IEnumerable<JsonObject> Parts(JsonNode? node) => node switch
    {
        JsonObject part => part.SelectMany(member => Parts(member.Value)).Prepend(part),
        JsonArray list => list.SelectMany(Parts),
        _ => [],
    };

    private static JsonObject Message(string role, string text) => new() { ["role"] = role, ["content"] = text };

    private static JsonObject Result(string id, string text) =>
        new() { ["role"] = "tool", ["tool_call_id"] = id, ["content"] = text };

    private static JsonObject Calls(string? text, params (string Id, string Command)[] calls) => new()
    {
        ["role"] = "assistant",
        ["content"] = text,
        ["tool_calls"] = new JsonArray([.. calls.Select(call => new JsonObject
        {
            ["id"] = call.Id,
            ["type"] = "function",
            ["function"] = new JsonObject
            {
                ["name"] = "bash",
                ["arguments"] = new JsonObject { ["command"] = call.Command }.ToJsonString(),
            },
        })]),
    };
}
