using System.Text;
using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Configuration;
using Tandem.Harness.Models;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Models;

/// <summary>What Anthropic's own protocol answers. What each answer counts as stands in the table of docs/agents.md.</summary>
public sealed class MessagesAnswerTests
{
    [Fact]
    public async Task An_answer_comes_with_its_calls_all_its_tokens_and_their_cost()
    {
        await using ModelFixture model = await MessagesRequestTests.AnthropicAsync(new FakeAnswer.Says("I look.", [FakeToolCall.Bash("ls")])
        {
            Tokens = new FakeTokens(Input: 1000, Cached: 600, CacheWrite: 100, Output: 50, Reasoning: 7),
        });

        ChatReply reply = await model.AskAsync();

        reply.Content.Should().Be("I look.");
        reply.ToolCalls.Should().Equal(new ChatToolCall("toolu_1_1", "bash", """{"command":"ls"}"""));
        reply.FinishReason.Should().Be("tool_calls");
        reply.Tokens.Should().Be(new TokenCounts(1000, 50, 600, 100));
        reply.Cost.Should().Be((300 * 3m + 600 * 0.3m + 100 * 3.75m + 50 * 15m) / 1_000_000m);
        reply.Retries.Should().Be(0);
        model.Connection.Provider.Name.Should().Be("anthropic_compatible");
    }

    [Theory]
    [InlineData("end_turn", "stop")]
    [InlineData("stop_sequence", "stop")]
    [InlineData("max_tokens", "length")]
    [InlineData("model_context_window_exceeded", "length")]
    [InlineData("refusal", "content_filter")]
    [InlineData("pause_turn", "pause_turn")]
    [InlineData("of_tomorrow", "of_tomorrow")]
    public async Task Why_it_ended_has_one_word_for_all_protocols_where_there_is_one(string stopReason, string reason)
    {
        await using ModelFixture model = await MessagesRequestTests.AnthropicAsync(Body(
            $$"""{ "content": [{ "type": "text", "text": "Hm." }], "stop_reason": "{{stopReason}}" }"""));

        ChatReply reply = await model.AskAsync();

        (reply.FinishReason, reply.Content, reply.Tokens, reply.Cost).Should().Be((reason, "Hm.", (TokenCounts?)null, (decimal?)null));
    }

    [Theory]
    [InlineData(429, "Retry-After", "90", 90)]
    [InlineData(529, "retry-after", "30", 30)]
    [InlineData(503, "retry-after-ms", "45000", 45)]
    public async Task A_refusal_is_tried_again_when_the_endpoint_says(int status, string header, string value, double seconds)
    {
        await using ModelFixture model = await ModelFixture.StartAsync(
            request => request.Number == 1 ? new FakeAnswer.Status(status, new Dictionary<string, string> { [header] = value })
                : new FakeAnswer.Says("Done."), settings => settings with { Provider = ProviderChoice.Anthropic });

        ChatReply reply = await model.AskAsync();

        (reply.Content, reply.Retries, model.Server.Count).Should().Be(("Done.", 1, 2));
        model.Clock.Waits.Should().Contain(wait => wait >= TimeSpan.FromSeconds(seconds) && wait <= TimeSpan.FromSeconds(seconds + 1));
    }

    [Fact]
    public async Task The_package_tries_nothing_again_by_itself()
    {
        await using ModelFixture model = await MessagesRequestTests.AnthropicAsync(new FakeAnswer.Status(500),
            settings => settings with { Retries = 0 });

        await FluentActions.Awaiting(model.AskAsync).Should().ThrowAsync<ModelException>();

        model.Server.Count.Should().Be(1);
    }

    [Fact]
    public async Task A_fault_says_the_endpoint_its_words_and_the_variable_and_never_the_key()
    {
        await using ModelFixture model = await MessagesRequestTests.AnthropicAsync(new FakeAnswer.Status(401, Body:
            $$"""{ "type": "error", "error": { "type": "authentication_error", "message": "invalid x-api-key {{ModelFixture.Key}}" } }"""));

        ModelException exception = (await FluentActions.Awaiting(model.AskAsync).Should().ThrowAsync<ModelException>()).Which;

        exception.Fault.Should().Be(ModelFault.Authentication);
        exception.Message.Should().Be($"Model 'claude-sonnet-4-5': {model.Server.BaseUrl} answered 401 Unauthorized, authentication_error: "
            + "invalid x-api-key [secret]. Put a valid key for this endpoint into ANTHROPIC_API_KEY (model.key_variable names the "
            + "variable).");
    }

    [Fact]
    public async Task A_refused_parameter_names_its_setting()
    {
        await using ModelFixture model = await MessagesRequestTests.AnthropicAsync(
            new FakeAnswer.Status(400, Body: """
                { "type": "error", "error": { "type": "invalid_request_error",
                  "message": "adaptive thinking is not supported on this model" } }
                """),
            settings => settings with { ReasoningEffort = "low" });

        ModelException exception = (await FluentActions.Awaiting(model.AskAsync).Should().ThrowAsync<ModelException>()).Which;

        (exception.Fault, exception.IsConfiguration).Should().Be((ModelFault.Refused, true));
        exception.Message.Should().EndWith("It refuses the parameter thinking: change or leave out model.reasoning_effort.");
    }

    [Fact]
    public async Task An_answer_above_the_bound_is_a_fault_of_the_endpoint()
    {
        await using ModelFixture model = await MessagesRequestTests.AnthropicAsync(new FakeAnswer.Huge(2_000_000),
            settings => settings with { MaxAnswerMb = 1, Retries = 0 });

        ModelException exception = (await FluentActions.Awaiting(model.AskAsync).Should().ThrowAsync<ModelException>()).Which;

        exception.Fault.Should().Be(ModelFault.Transport);
        exception.Message.Should().Contain("sent an answer of more than 1048576 bytes (model.max_answer_mb)");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_that_breaks_off_is_tried_again(bool isMidway)
    {
        await using ModelFixture model = await ModelFixture.StartAsync(
            request => request.Number == 1 ? new FakeAnswer.Reset(isMidway) : new FakeAnswer.Says("Done."),
            settings => settings with { Provider = ProviderChoice.Anthropic });

        (await model.AskAsync()).Retries.Should().Be(1);
    }

    [Fact]
    public async Task A_limit_of_time_ends_a_request_that_stalls()
    {
        await using ModelFixture model = await MessagesRequestTests.AnthropicAsync(new FakeAnswer.Stall(TimeSpan.FromMinutes(5)),
            settings => settings with { RequestSeconds = 100, Retries = 0 });

        ModelException exception = (await FluentActions.Awaiting(model.AskAsync).Should().ThrowAsync<ModelException>()).Which;

        exception.Message.Should().Contain("gave no whole answer within 100 s");
    }

    private static FakeAnswer.Garbage Body(string json) => new(Encoding.UTF8.GetBytes(json));
}
