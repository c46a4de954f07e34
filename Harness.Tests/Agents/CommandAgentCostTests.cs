using FluentAssertions;
using Tandem.Harness.Admission;
using Tandem.Harness.Cases;
using Tandem.Harness.Configuration;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>What the command agent costs, as far as it says.</summary>
public sealed class CommandAgentCostTests : CommandAgentCases
{
    [Fact]
    public async Task What_is_stopped_from_outside_has_an_unknown_cost_and_not_none()
    {
        Run("touch begun; sleep 60");
        using var stop = new CancellationTokenSource();
        Task<CaseResult> running = Runs.RunAsync(RunsFixture.Solo, Command, stop: stop);
        while (!Runs.SandboxesLeft().Any(folder => Directory.EnumerateFiles(folder, "begun", SearchOption.AllDirectories).Any()))
            await Task.Delay(50, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await FluentActions.Awaiting(() => running).Should().ThrowAsync<OperationCanceledException>();

        await Runs.CloseAsync();
        RunRecord record = Runs.Stored(RunsFixture.Solo).Single();
        record.Should().BeEquivalentTo(new { Interrupted = true, TotalCost = (decimal?)null, TotalSteps = (int?)null });
        PairLedger.SpentOn([record], 3).Usd.Should().Be(3);
    }

    [Theory]
    [InlineData(WritesUsage, 0.25, 1000L, 800L)]
    [InlineData("echo '{\"cost_usd\": null, \"input_tokens\": 7, \"output_tokens\": 3}' > {usage_file}", null, 7L, null)]
    [InlineData("echo '{\"cost_usd\": 0.1}' > {usage_file}", 0.1, null, null, Traits = ["Tier", "Long"])]
    [InlineData("true", null, null, null)]
    [InlineData("echo 'not json' > {usage_file}", null, null, null)]
    [InlineData("echo '[1]' > {usage_file}", null, null, null, Traits = ["Tier", "Long"])]
    [InlineData("echo '{\"cost_usd\": -1}' > {usage_file}", null, null, null, Traits = ["Tier", "Long"])]
    [InlineData("echo '{\"cost_usd\": \"much\"}' > {usage_file}", null, null, null, Traits = ["Tier", "Long"])]
    [InlineData("echo '{\"cost_usd\": 1e999}' > {usage_file}", null, null, null, Traits = ["Tier", "Long"])]
    [InlineData("echo '{\"cost_usd\": 1, \"input_tokens\": 1e25, \"output_tokens\": 1}' > {usage_file}", null, null, null,
        Traits = ["Tier", "Long"])]
    [InlineData("mkdir {usage_file}", null, null, null, Traits = ["Tier", "Long"])]
    [InlineData("head -c 70000 /dev/zero > {usage_file}", null, null, null, Traits = ["Tier", "Long"])]
    [InlineData("ln -s /etc/passwd {usage_file}", null, null, null)]
    public async Task Cost_and_tokens_are_what_its_usage_file_says_and_else_unknown(string command, double? cost,
        long? input, long? cacheRead)
    {
        Run(command);

        RunRecord record = await RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new { AgentStatus = AgentStatus.Submitted, InfraError = false, TotalCost = (decimal?)cost }, "{0}",
            record.Error?.Message);
        (record.Tokens?.Input, record.Tokens?.CacheRead).Should().Be((input, cacheRead));
        Runs.Trajectory(RunsFixture.Solo, 1).Single(e => e.Kind == "response").Text.Should()
            .Contain(cost is not null || input is not null ? "as the command's usage file says" : "unknown");
    }

    [Fact]
    public async Task Tokens_without_a_cost_are_priced_by_the_table_and_its_own_counts_are_taken()
    {
        Runs.Configuration = Runs.Configuration with { Model = new ModelSettings { Name = "gpt-5-mini" } };
        Run("echo '{\"input_tokens\": 1000000, \"output_tokens\": 100000, \"steps\": 7, \"model_calls\": 9}' > {usage_file}");

        RunRecord record = await RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new { TotalCost = 0.45m, TotalSteps = 7 }, record.Error?.Message);
        record.Agents.Single().ModelCalls.Should().Be(9);
        record.Provenance.PriceTableDigest.Should().HaveLength(64);
    }

    [Fact]
    public async Task An_unknown_cost_counts_as_the_most_that_it_may_have_been()
    {
        Run("true");
        Runs.Configuration = Runs.Configuration with
        { Limits = Runs.Configuration.Limits with { CaseCostUsd = 2, MaxCostUsd = new CostLimit(3) } };

        await RecordAsync(RunsFixture.Solo);
        CaseResult next = await Runs.RunAsync(RunsFixture.Coop, Command);

        next.Should().BeOfType<CaseResult.Skipped>().Which.Reason.Should().Contain(
            "0.00 of 3.00 USD are spent, 2.00 USD are held for 1 attempt of unknown cost, and this one may cost 2.00 USD");
    }

    [Fact]
    public async Task Without_a_budget_it_is_not_started()
    {
        Run("true");
        Runs.Configuration = Runs.Configuration with { Limits = Runs.Configuration.Limits with { MaxCostUsd = null } };

        (await Runs.RunAsync(RunsFixture.Solo, Command)).Should().BeOfType<CaseResult.Skipped>().Which.Reason.Should()
            .Contain("limits.max_cost_usd");
    }
}
