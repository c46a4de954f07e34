using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Models;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Models;

/// <summary>Answers that were paid and that nobody can use, and refusals without a known reason.</summary>
public sealed class UnusableAnswerTests
{
    private static readonly FakeAnswer s_paidGarbage = new FakeAnswer.Garbage(
        """{ "choices": [], "usage": { "prompt_tokens": 1000000, "completion_tokens": 5000, "total_tokens": 1005000 } }"""u8.ToArray());

    [Fact]
    public async Task What_could_not_be_used_is_counted_beside_the_answer_that_came_for_it()
    {
        await using ModelFixture model = await ModelFixture.AfterAsync(s_paidGarbage);

        ChatReply reply = await model.AskAsync();

        reply.Retries.Should().Be(1);
        UnusableAnswer unusable = reply.Unusable.Should().ContainSingle().Which;
        unusable.Tokens.Should().Be(new TokenCounts(1_000_000, 5000, null, null));
        unusable.Why.Should().Contain("it has no choices");
        unusable.Cost.Should().Be(2.5m + 0.05m, "gpt-4o costs 2.5 and 10 USD per million");
        reply.Tokens!.Input.Should().BeLessThan(1000, "that is the prompt's own length");
        reply.AllTokens!.Input.Should().Be(1_000_000 + reply.Tokens.Input);
        reply.AllCost.Should().Be(reply.Cost + unusable.Cost);
    }

    [Fact]
    public async Task A_request_that_is_given_up_has_cost_what_its_answers_used()
    {
        await using ModelFixture model = await ModelFixture.AlwaysAsync(s_paidGarbage, settings => settings with { Retries = 2 });

        ModelException exception = (await FluentActions.Awaiting(() => model.AskAsync()).Should().ThrowAsync<ModelException>()).Which;

        exception.Fault.Should().Be(ModelFault.Transport);
        exception.Unusable.Should().HaveCount(3);
    }

    [Fact]
    public async Task What_is_paid_in_vain_has_a_bound()
    {
        await using ModelFixture model = await ModelFixture.AlwaysAsync(s_paidGarbage, settings => settings with { Retries = 20 });
        ChatRequest request = ModelFixture.Request("Hello.") with { MostUnusableUsd = 5 };

        ModelException exception = (await FluentActions
            .Awaiting(() => model.Connection.CompleteAsync(request, TestContext.Current.CancellationToken))
            .Should().ThrowAsync<ModelException>()).Which;

        (exception.Fault, exception.Unusable.Count, model.Server.Count).Should().Be((ModelFault.Transport, 2, 2), "each costs 2.55 USD");
        exception.Message.Should().Contain("5.10 USD");
    }

    [Fact]
    public async Task An_answer_without_usage_or_with_none_used_costs_nothing()
    {
        await using ModelFixture model = await ModelFixture.AfterAsync(new FakeAnswer.Garbage("{}"u8.ToArray()),
            new FakeAnswer.Garbage("""{ "choices": [], "usage": { "prompt_tokens": 0, "completion_tokens": 0 } }"""u8.ToArray()));

        (await model.AskAsync()).Unusable.Should().BeEmpty();
    }

    [Theory]
    [InlineData(1000, ModelFault.ContextOverflow)]
    [InlineData(100_000, ModelFault.ConversationRefused)]
    public async Task A_refusal_in_unknown_words_near_the_stated_context_is_one_of_length(int contextTokens, ModelFault fault)
    {
        int asked = 0;
        await using ModelFixture model = await ModelFixture.StartAsync(_ => ++asked == 1 ? new FakeAnswer.Says("Hello.")
            : new FakeAnswer.Status(400, Body: """{ "error": { "message": "nope" } }"""), settings => settings with
            { ContextTokens = contextTokens });
        await model.AskAsync();
        ChatRequest request = ModelFixture.Request(new string('x', 4000));

        ModelException exception = (await FluentActions
            .Awaiting(() => model.Connection.CompleteAsync(request, TestContext.Current.CancellationToken))
            .Should().ThrowAsync<ModelException>()).Which;

        exception.Fault.Should().Be(fault);
        exception.Message.Contains("near or above model.context_tokens (1000), so that it counts as longer than the context").Should()
            .Be(fault == ModelFault.ContextOverflow);
    }
}
