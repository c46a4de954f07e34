using FluentAssertions;
using Tandem.Harness.Agents;
using Tandem.Harness.Cases;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Shards;

/// <summary>A shard spends its part of the budget on its own cases, whatever the other shards of the same store spend on theirs.</summary>
[Slow]
public sealed class ShardBudgetTests : IAsyncDisposable
{
    private readonly RunsFixture _runs = new();

    /// <summary>Each of its cases costs a tenth of what it may.</summary>
    private static readonly AgentKind s_paid = RunsFixture.Agent(
        async (context, token) =>
        {
            await context.BeginStepAsync(token);
            context.BookModelCall(null, 0.1m, isMalformed: false);
            return AgentEnd.Submitted;
        },
        costsMoney: true);

    private static readonly ShardDivision s_division = ShardDivision.ByHash(2);

    public ValueTask DisposeAsync() => _runs.DisposeAsync();

    [Fact, Long]
    public async Task A_shard_is_refused_what_its_part_does_not_cover_and_the_other_shard_has_its_own()
    {
        CaseId[] plan = [.. ExperimentPlanner.Plan(_runs.Configuration, _runs.TaskSet, TimeProvider.System.GetUtcNow()).Cases];
        ILookup<int, CaseId> shards = plan.ToLookup(caseId => s_division.NumberOf(caseId.ToString()));
        // The part of shard 1 covers one case of up to 1 USD, and not a second one after it has cost 0.10 USD.
        decimal whole = decimal.Round(1.05m * plan.Length / shards[1].Count(), 2);
        _runs.Configuration = _runs.Configuration with
        { Limits = _runs.Configuration.Limits with { MaxCostUsd = new CostLimit(whole), CaseCostUsd = 1 } };
        decimal part = ShardDivision.PartsOf(whole, [shards[1].Count(), shards[2].Count()])[0];

        CaseResult foreign = await RunAsync(shards[2].First(), 2);
        CaseResult first = await RunAsync(shards[1].First(), 1);
        CaseResult second = await RunAsync(shards[1].Last(), 1);

        foreign.Should().BeOfType<CaseResult.Ran>();
        first.Should().BeOfType<CaseResult.Ran>("what the other shard has spent is not of this one's part");
        second.Should().BeOfType<CaseResult.Skipped>().Which.Reason.Should().Be(FormattableString.Invariant(
            $"the part of the experiment's budget that belongs to shard 1/2 does not cover it: 0.10 of {part:0.00##} USD are spent, and ")
            + "this one may cost 1.00 USD (limits.max_cost_usd, limits.case_cost_usd)");
        File.Exists(_runs.Layout.ShardsFile).Should().BeTrue("the first start has frozen the division");
        (await RunAsync(shards[1].Last(), null)).Should().BeOfType<CaseResult.Ran>("without shards the whole budget holds");
    }

    [Fact]
    public void With_one_ledger_for_all_workers_the_budget_is_not_divided()
    {
        string[] cases = ["a", "b", "c", "d"];
        var sharding = new Sharding(s_division, new Shard(1, 2), IsFrozen: true);

        sharding.PartOf(20, cases, hasSharedLedger: false)!.Usd.Should()
            .Be(ShardDivision.PartsOf(20, s_division.SizesOf(cases))[0]);
        sharding.PartOf(20, cases, hasSharedLedger: true).Should().BeNull();
        sharding.PartOf(null, cases, hasSharedLedger: false).Should().BeNull();
        (sharding with { Shard = null }).PartOf(20, cases, hasSharedLedger: false).Should().BeNull();
    }

    private async Task<CaseResult> RunAsync(CaseId caseId, int? shard)
    {
        _runs.Sharding = new Sharding(s_division, shard is int number ? new Shard(number, 2) : null, IsFrozen: false);
        return await _runs.RunAsync(caseId, s_paid);
    }
}
