using System.Text;
using FluentAssertions;
using Tandem.Harness.Agents;
using Tandem.Harness.Models;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>What a command-line agent says that it used: what it leaves out is computed where it can be, and what cannot be is
/// unknown.</summary>
public sealed class CommandUsageTests
{
    private static readonly ModelPrice s_price = new(Input: 2, Output: 10, CacheRead: 0.2m, CacheWrite: 2.5m);

    [Theory]
    [InlineData("{\"input_tokens\": 1000000, \"output_tokens\": 100000}", 3.0, "by the price table, for the model 'm'")]
    [InlineData("{\"cost_usd\": null, \"input_tokens\": 1000000, \"output_tokens\": 0, \"cache_read_tokens\": 500000}", 1.1, "price table")]
    [InlineData("{\"cost_usd\": 2.5, \"input_tokens\": 1000000, \"output_tokens\": 100000}", 2.5, "as the command's usage file says")]
    [InlineData("{\"cost_usd\": 0.0003, \"input_tokens\": 100, \"output_tokens\": 10}", 0.0003, "usage file says")]
    [InlineData("{\"cost_usd\": 0.01, \"input_tokens\": 100, \"output_tokens\": 10}", 0.01, "usage file says")]
    [InlineData("{\"cost_usd\": 0, \"input_tokens\": 0, \"output_tokens\": 0}", 0.0, "usage file says")]
    [InlineData("{\"cost_usd\": 0}", 0.0, "usage file says")]
    [InlineData("{\"cost_usd\": 0, \"input_tokens\": 18000000, \"output_tokens\": 60000}", null,
        "0 USD cannot be right for 18000000 tokens")]
    [InlineData("{\"cost_usd\": 0, \"input_tokens\": 100, \"output_tokens\": 10}", null, "0 USD cannot be right")]
    [InlineData("{\"cost_usd\": 0.01, \"input_tokens\": 18000000, \"output_tokens\": 60000}", null, "cannot be right")]
    [InlineData("{\"cost_usd\": 950, \"input_tokens\": 18000000, \"output_tokens\": 60000}", null, "4.20 to 45.60 USD for the model 'm'")]
    [InlineData("{\"input_tokens\": 5}", null, "its cost is unknown")]
    [InlineData("{}", null, "its cost is unknown")]
    [InlineData("{\"cost_usd\": 1, \"cost_usd\": 0}", null, "is not right")]
    [InlineData("{\"cost_usd\": 1, \"input_tokens\": 1e15, \"output_tokens\": 50}", null,
        "no agent can have used so many input_tokens")]
    [InlineData("{\"input_tokens\": 1.5, \"output_tokens\": 1}", null, "'input_tokens' must be a whole number")]
    public void The_cost_is_as_said_or_by_the_price_table_and_unknown_where_it_cannot_be_right(string json, double? cost, string note)
    {
        CommandUsage usage = Read(json, "m", s_price);

        usage.CostUsd.Should().Be((decimal?)cost, usage.Note);
        usage.Note.Should().Contain(note);
    }

    [Theory]
    [InlineData("{\"cost_usd\": 0, \"input_tokens\": 900, \"output_tokens\": 10}", "m", null, "does not say that it is free")]
    [InlineData("{\"cost_usd\": 0, \"input_tokens\": 900, \"output_tokens\": 10}", null, null, "does not name (model.name)")]
    [InlineData("{\"cost_usd\": 3, \"input_tokens\": 900, \"output_tokens\": 10}", "m", 3.0, "usage file says")]
    [InlineData("{\"input_tokens\": 900, \"output_tokens\": 10}", "m", null, "the price table has no model 'm'")]
    [InlineData("{\"input_tokens\": 900, \"output_tokens\": 10}", null, null, "names no model (model.name)")]
    public void Without_a_price_only_what_was_really_said_counts(string json, string? model, double? cost, string note)
    {
        CommandUsage usage = Read(json, model, price: null);

        usage.CostUsd.Should().Be((decimal?)cost, usage.Note);
        usage.Note.Should().Contain(note);
        usage.Tokens!.Input.Should().Be(900);
    }

    [Theory]
    [InlineData("{\"cost_usd\": 0, \"input_tokens\": 900, \"output_tokens\": 10}", 0.0)]
    [InlineData("{\"input_tokens\": 900, \"output_tokens\": 10}", 0.0)]
    [InlineData("{\"cost_usd\": 5, \"input_tokens\": 900, \"output_tokens\": 10}", null)]
    public void A_model_that_the_table_calls_free_costs_nothing(string json, double? cost) =>
        Read(json, "m", new ModelPrice(0, 0)).CostUsd.Should().Be((decimal?)cost);

    [Theory]
    [InlineData("{\"cost_usd\": 1, \"input_tokens\": 200, \"output_tokens\": 50, \"cache_read_tokens\": 770}", 1.0)]
    [InlineData("{\"input_tokens\": 200, \"output_tokens\": 50, \"cache_read_tokens\": 100, \"cache_write_tokens\": 101}", null)]
    public void Tokens_that_cannot_be_are_unknown_and_so_is_a_cost_that_would_rest_on_them(string json, double? cost)
    {
        CommandUsage usage = Read(json, "m", s_price);

        usage.Tokens.Should().BeNull(usage.Note);
        usage.CostUsd.Should().Be((decimal?)cost);
        usage.Note.Should().Contain("its tokens are unknown");
    }

    [Theory]
    [InlineData("{\"steps\": 12, \"model_calls\": 14}", 12, 14)]
    [InlineData("{\"steps\": 0}", 0, null)]
    [InlineData("{\"steps\": null}", null, null)]
    [InlineData("{\"steps\": 2.5}", null, null)]
    [InlineData("{\"steps\": -1}", null, null)]
    public void Steps_and_calls_are_as_it_counts_them(string json, int? steps, int? calls)
    {
        CommandUsage usage = Read(json, "m", s_price);

        (usage.Steps, usage.ModelCalls).Should().Be((steps, calls));
    }

    [Theory]
    [InlineData("{\"cost_usd\": 300}", 300.0, "usage file says")]
    [InlineData("{\"cost_usd\": 301}", null, "301.00 USD is more than 100 times what it may cost (3.00 USD)")]
    [InlineData("{\"cost_usd\": 1000000, \"input_tokens\": 10}", null, "more than 100 times")]
    public void One_agents_word_does_not_use_up_the_budget(string json, double? cost, string note)
    {
        CommandUsage usage = CommandUsage.Read(Encoding.UTF8.GetBytes(json), "m", s_price, limitUsd: 3m);

        usage.CostUsd.Should().Be((decimal?)cost);
        usage.Note.Should().Contain(note);
    }

    [Theory]
    [InlineData("{\"steps\": 1000000, \"model_calls\": 1000001}", 1_000_000, null)]
    [InlineData("{\"steps\": 2147483647, \"model_calls\": 3}", null, 3)]
    public void Counts_that_no_agent_reaches_are_unknown_and_the_others_stay(string json, int? steps, int? calls)
    {
        CommandUsage usage = Read(json, "m", s_price);

        (usage.Steps, usage.ModelCalls).Should().Be((steps, calls));
        usage.Note.Should().Contain("no agent takes");
    }

    private static CommandUsage Read(string json, string? model, ModelPrice? price) =>
        CommandUsage.Read(Encoding.UTF8.GetBytes(json), model, price);
}
