using System.Globalization;
using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.Harness.Agents.Shell;
using Tandem.Harness.Models;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>What gives way when a history nears its mark.</summary>
public sealed class ChatHistoryTests
{
    private const int Mark = 10_000; // tokens of about four characters

    [Fact]
    public void Arguments_give_way_where_outputs_are_not_enough()
    {
        ChatHistory history = Begun();
        for (int i = 0; i < 9; i++)
        {
            history.Add(Calls(i, new string((char)('a' + i), 5000)));
            history.AddToolResult(Id(i), "ok");
        }

        history.Compact().Should().StartWith("5 arguments of old calls were left out: from about 11");

        string[] arguments = [.. history.Messages.SelectMany(m => m["tool_calls"] as JsonArray ?? [])
            .Select(call => (string)call!["function"]!["arguments"]!)];
        arguments.Take(5).Should().OnlyContain(text => text.Contains("characters left out]"));
        arguments.Skip(5).Should().OnlyContain(text => text.Length > 5000, "the latest stay");
        arguments.Should().OnlyContain(text => JsonNode.Parse(text) is JsonObject, "endpoints parse them");
        history.Compact().Should().BeNull();
    }

    [Fact]
    public void Messages_of_teammates_and_long_texts_give_way_and_the_task_never()
    {
        ChatHistory history = Begun(task: new string('t', 9000));
        for (int i = 0; i < 12; i++)
            history.Add("user", $"[Message from agent2]\n{new string('m', 4000)}");

        history.Compact().Should().MatchRegex("^[0-9]+ old messages were left out: from about 14[0-9]{3} to about [0-9]+ tokens$");

        string[] texts = [.. history.Messages.Select(m => (string)m["content"]!)];
        texts[1].Should().HaveLength(9000);
        texts[2].Should().Be("[a text of 4022 characters was left out to save room]");
        texts[^4..].Should().OnlyContain(text => text.Length > 4000);
    }

    [Fact]
    public void What_is_long_among_the_latest_is_shortened_where_nothing_else_is_left()
    {
        ChatHistory history = Begun();
        history.Add(Calls(0, "ls"));
        history.AddToolResult(Id(0), new string('o', 60_000));

        history.Compact().Should().StartWith("1 parts of the latest messages were left out");

        ((string)history.Messages[^1]["content"]!).Should().HaveLength(1000 + "\n[... 59000 characters left out ...]\n".Length);
    }

    [Fact]
    public void What_the_endpoint_counted_and_thoughts_that_go_back_are_part_of_the_estimate()
    {
        ChatHistory history = Begun();
        history.Add(Calls(0, new string('c', 3000)) with { Tokens = new(6000, 1, null, null) });
        history.Compact().Should().BeNull("the first request had 6000 tokens with 19 characters: at least one character a token");
        ChatHistory thinking = Begun();
        ChatReply reply = Calls(0, "ls");
        reply.Message["reasoning_content"] = new string('r', 50_000);
        thinking.Add(reply);
        thinking.AddToolResult(Id(0), new string('o', 3000));

        thinking.Compact().Should().NotBeNull();
    }

    [Fact]
    public void Old_thoughts_of_Anthropics_models_give_way_and_those_of_the_latest_answers_stay()
    {
        ChatHistory history = Begun();
        for (int i = 0; i < 9; i++)
        {
            ChatReply reply = Calls(i, "ls");
            reply.Message[MessagesHistory.Blocks] = new JsonArray(
                new JsonObject { ["type"] = "thinking", ["thinking"] = new string('r', 5000), ["signature"] = "s" },
                new JsonObject { ["type"] = "tool_use", [MessagesHistory.Call] = 0 });
            history.Add(reply);
            history.AddToolResult(Id(i), "ok");
        }

        history.Compact().Should().StartWith("5 old thoughts were left out: from about 11");

        (JsonArray _, JsonArray messages) = MessagesHistory.Of(history.ToJson());
        string[] kinds = [.. messages.Where(message => (string?)message!["role"] == "assistant")
            .Select(message => string.Join(' ', message!["content"]!.AsArray().Select(block => (string?)block!["type"])))];
        kinds.Should().Equal([.. Enumerable.Repeat("tool_use", 5), .. Enumerable.Repeat("thinking tool_use", 4)]);
    }

    private static ChatHistory Begun(string task = "Do it.")
    {
        var history = new ChatHistory(Mark);
        history.Add("system", "You are solo.");
        history.Add("user", task);
        return history;
    }

    private static ChatReply Calls(int i, string command)
    {
        string arguments = new JsonObject { ["command"] = command }.ToJsonString();
        return new ChatReply
        {
            Content = null,
            ToolCalls = [new ChatToolCall(Id(i), "bash", arguments)],
            FinishReason = "tool_calls",
            Tokens = null,
            Cost = null,
            Latency = TimeSpan.Zero,
            Retries = 0,
            Message = new JsonObject
            {
                ["role"] = "assistant",
                ["content"] = null,
                ["tool_calls"] = new JsonArray(new JsonObject
                {
                    ["id"] = Id(i),
                    ["type"] = "function",
                    ["function"] = new JsonObject { ["name"] = "bash", ["arguments"] = arguments },
                }),
            },
        };
    }

    private static string Id(int i) => "call_" + i.ToString(CultureInfo.InvariantCulture);
}
