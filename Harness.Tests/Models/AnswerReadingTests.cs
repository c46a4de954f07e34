using System.Text.Json;
using FluentAssertions;
using Tandem.Harness.Models;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Models;

public sealed class AnswerReadingTests
{
    public static TheoryData<string, string, TokenCounts?> Usages => new()
    {
        { "OpenAI", """{ "prompt_tokens": 2006, "completion_tokens": 300, "total_tokens": 2306, "prompt_tokens_details": {"""
            + """ "cached_tokens": 1920 } }""", new(2006, 300, 1920, null) },
        { "vLLM", """{ "prompt_tokens": 20, "completion_tokens": 3, "total_tokens": 23, "prompt_tokens_details": null }""",
            new(20, 3, null, null) },
        { "OpenRouter", """{ "prompt_tokens": 194, "completion_tokens": 2, "prompt_tokens_details": { "cached_tokens": 0,"""
            + """ "cache_write_tokens": 100 }, "cost": 0.95 }""", new(194, 2, 0, 100) },
        { "LiteLLM", """{ "prompt_tokens": 2006, "completion_tokens": 3, "prompt_tokens_details": { "cached_tokens": 1000,"""
            + """ "cache_creation_tokens": 900 } }""", new(2006, 3, 1000, 900) },
        { "Anthropic's counts", """{ "prompt_tokens": 31, "completion_tokens": 467, "cache_creation_input_tokens": 1253,"""
            + """ "cache_read_input_tokens": 10 }""", new(31 + 1253 + 10, 467, 10, 1253) },
        { "DeepSeek", """{ "prompt_tokens": 50, "completion_tokens": 5, "prompt_cache_hit_tokens": 40, "prompt_cache_miss_tokens": 10 }""",
            new(50, 5, 40, null) },
        { "fractions", """{ "prompt_tokens": 50.0, "completion_tokens": 5.0 }""", new(50, 5, null, null) },
        { "thoughts in the total alone", """{ "prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 11100,"""
            + """ "completion_tokens_details": { "reasoning_tokens": 10000 } }""", new(1000, 10100, null, null) },
        { "thoughts without a total", """{ "prompt_tokens": 1000, "completion_tokens": 100,"""
            + """ "completion_tokens_details": { "reasoning_tokens": 10000 } }""", new(1000, 10100, null, null) },
        { "thoughts in no sum", """{ "prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100,"""
            + """ "completion_tokens_details": { "reasoning_tokens": 5000 } }""", new(1000, 5100, null, null) },
        { "as many thoughts as cached", """{ "prompt_tokens": 5000, "completion_tokens": 100, "total_tokens": 6100,"""
            + """ "prompt_tokens_details": { "cached_tokens": 1000 }, "completion_tokens_details": { "reasoning_tokens": 1000 } }""",
            new(5000, 1100, 1000, null) },
        { "thoughts among the completion", """{ "prompt_tokens": 10, "completion_tokens": 100, "total_tokens": 110,"""
            + """ "completion_tokens_details": { "reasoning_tokens": 90 } }""", new(10, 100, null, null) },
        { "cached apart, with a total", """{ "prompt_tokens": 5000, "completion_tokens": 100, "total_tokens": 8100,"""
            + """ "cache_read_input_tokens": 3000 }""", new(8000, 100, 3000, null) },
        { "input and output", """{ "input_tokens": 50, "output_tokens": 5, "input_tokens_details": { "cached_tokens": 40 } }""",
            new(50, 5, 40, null) },
        { "Moonshot", """{ "prompt_tokens": 50, "completion_tokens": 5, "total_tokens": 55, "cached_tokens": 40 }""",
            new(50, 5, 40, null) },
        { "prompt and total", """{ "prompt_tokens": 50, "total_tokens": 60 }""", new(50, 10, null, null) },
        { "texts", """{ "prompt_tokens": "50", "completion_tokens": "5" }""", new(50, 5, null, null) },
        { "too many to be", """{ "prompt_tokens": 9223372036854775807, "completion_tokens": 5 }""", null },
        { "none", "null", null },
        { "half", """{ "prompt_tokens": 50 }""", null },
        { "nonsense", """{ "prompt_tokens": -1, "completion_tokens": "5" }""", null },
    };

    [Theory]
    [MemberData(nameof(Usages))]
    public void Tokens_are_read_under_the_names_that_endpoints_give_them(string endpoint, string usage, TokenCounts? tokens) =>
        UsageReader.Read(JsonDocument.Parse($$"""{ "usage": {{usage}} }""").RootElement).Should().Be(tokens, endpoint);

    [Fact]
    public void An_answer_without_usage_has_unknown_tokens() => UsageReader.Read(JsonDocument.Parse("{}").RootElement).Should().BeNull();

    [Fact]
    public void The_message_goes_back_with_thoughts_and_without_what_only_its_endpoint_knows()
    {
        ReplyText reply = Read("""
            { "role": "assistant", "content": "I look.", "reasoning_content": "long", "audio": null, "tool_calls": [
              { "index": 0, "id": "c1", "type": "function", "function": { "name": "bash", "arguments": "{\"command\": \"ls\"}" }, "extra_content": { "google": { "thought_signature": "s" } } } ] }
            """);

        reply.Content.Should().Be("I look.");
        reply.ToolCalls.Should().Equal(new ChatToolCall("c1", "bash", "{\"command\": \"ls\"}"));
        reply.FinishReason.Should().Be("odd");
        JsonSerializer.Serialize(reply.Message, JsonOptions).Should().Be(
            """{"role":"assistant","content":"I"""
                + """ look.","tool_calls":[{"id":"c1","type":"function","function":{"name":"bash","arguments":"{\"command\":"""
                + """ \"ls\"}"},"extra_content":{"google":{"thought_signature":"s"}}}],"reasoning_content":"long"}""");
    }

    [Fact]
    public void Calls_without_an_id_get_one_and_arguments_may_be_an_object_or_missing()
    {
        ReplyText reply = Read("""{ "content": null, "tool_calls": [{ "function": { "name": "bash", "arguments": { "command": "ls" } }"""
            + """ }, { "id": "", "function": { "name": "bash" } }] }""");

        reply.Content.Should().BeNull();
        reply.ToolCalls.Should()
            .Equal(new ChatToolCall("call_7_1", "bash", """{ "command": "ls" }"""), new ChatToolCall("call_7_2", "bash", ""));
        reply.Message["content"].Should().BeNull();
    }

    [Theory]
    [InlineData("""{ "content": [{ "type": "text", "text": "one " }, { "type": "text", "text": "two" }] }""", "one two")]
    [InlineData("""{ "content": null, "refusal": "I will not." }""", "I will not.")]
    [InlineData("""{ "content": "", "tool_calls": null }""", "")]
    [InlineData("{}", null)]
    public void Texts_come_in_several_shapes(string message, string? content)
    {
        ReplyText reply = Read(message);

        reply.Content.Should().Be(content);
        ((string?)reply.Message["content"]).Should()
            .Be(content ?? "", "a message with neither text nor calls is refused by some endpoints");
        reply.Message.ContainsKey("tool_calls").Should().BeFalse();
    }

    [Theory]
    [InlineData("{}", "no choices")]
    [InlineData("[]", "no choices")]
    [InlineData("""{ "choices": [] }""", "no choices")]
    [InlineData("""{ "choices": "many" }""", "no choices")]
    [InlineData("""{ "choices": [{ "text": "old" }] }""", "no message")]
    [InlineData("""{ "choices": [{ "finish_reason": "error", "message": { "content": "I" } }] }""", "it ended with 'error'")]
    public void What_is_no_answer_says_what_is_missing(string answer, string message)
    {
        Action read = () => ChatReplyReader.Read(JsonDocument.Parse(answer).RootElement, 1);

        read.Should().Throw<FormatException>().WithMessage($"*{message}*");
    }

    [Theory]
    [InlineData("1.5", null, 1.5)]
    [InlineData("20", "300", 0.3)]
    [InlineData("Fri, 01 May 2026 10:00:42 GMT", null, 42.0)]
    [InlineData("Fri, 01 May 2026 09:00:00 GMT", null, 0.0)]
    [InlineData("99999999999999999999", null, 120.0)]
    [InlineData("soon", null, null)]
    [InlineData("NaN", null, null)]
    [InlineData(null, "NaN", null)]
    [InlineData("Infinity", null, null)]
    [InlineData("-5", null, null)]
    [InlineData(null, null, null)]
    public void The_pause_that_an_endpoint_asks_for_is_read_in_all_its_forms_and_bounded(string? after,
        string? milliseconds, double? seconds) =>
        RetryAfter.Read(name => name == "Retry-After" ? after : name == "retry-after-ms" ? milliseconds
            : null, new(2026, 5, 1, 10, 0, 0, TimeSpan.Zero))
            .Should().Be(seconds is double s ? TimeSpan.FromSeconds(s) : null);

    [Fact]
    public void Ids_names_and_signatures_of_any_length_and_any_number_of_calls_are_bounded()
    {
        static string Long(char of, int count) => $"\"{new string(of, count)}\"";
        string call = $$"""
            { "id": {{Long('i', 300)}}, "function": { "name": {{Long('n', 300)}}, "arguments": "{}" }, "extra_content": { "s": {{Long('x', 1_000_000)}} } }
            """;
        ReplyText reply = Read($$"""
            { "reasoning_content": {{Long('r', 1_000_000)}}, "tool_calls": [{{call}}{{string.Concat(Enumerable.Repeat(", {}", 200))}}] }
            """);

        reply.ToolCalls.Should().HaveCount(128);
        reply.ToolCalls[0].Should().Be(new ChatToolCall("call_7_1", new string('n', 256), "{}"));
        reply.Message.ToJsonString().Length.Should().BeLessThan(20_000);
    }

    private static JsonSerializerOptions JsonOptions { get; } = new()
    { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static ReplyText Read(string message) =>
        ChatReplyReader.Read(JsonDocument.Parse($$"""{ "choices": [{ "message": {{message}}, "finish_reason": "odd" }] }""").RootElement, 7);
}
