using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Cases;
using Tandem.Harness.Configuration;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>What paid agents need before they begin, and what their budget lets begin.</summary>
[Slow]
public sealed class ModelBudgetCaseTests
{
    [Theory]
    [InlineData("no budget", "limits.max_cost_usd")]
    [InlineData("no price", "has no price")]
    [InlineData("no key", "TANDEM_TEST_NO_KEY")]
    [InlineData("no model", "model.name")]
    public async Task What_a_paid_agent_lacks_skips_its_cases_with_what_to_set(string lack, string named)
    {
        await using ShellCases cases = await ShellCases.StartAsync();
        ExperimentConfiguration configuration = cases.Configuration;
        cases.Configuration = lack switch
        {
            "no budget" => configuration with { Limits = configuration.Limits with { MaxCostUsd = null } },
            "no price" =>
                configuration with
                {
                    Limits = configuration.Limits with { MaxCostUsd = new CostLimit(5) },
                    Model = configuration.Model with
                    { Name = "nobody-knows" }
                },
            "no key" => configuration with
            { Model = configuration.Model with { BaseUrl = "https://models.invalid/v1", KeyVariable = "TANDEM_TEST_NO_KEY" } },
            _ => configuration with { Model = configuration.Model with { Name = null } },
        };

        CaseResult result = await cases.Runs.RunAsync(RunsFixture.Solo, ShellCases.Shell);

        result.Should().BeOfType<CaseResult.Skipped>().Which.Reason.Should().Contain(named);
        cases.Server.Count.Should().Be(0);
        cases.Runs.Stored(RunsFixture.Solo).Should().BeEmpty();
    }

    [Fact]
    public async Task An_unpriced_model_has_an_unknown_cost_and_never_0()
    {
        await using ShellCases cases = await ShellCases.StartAsync();
        cases.Configuration = cases.Configuration with { Model = cases.Configuration.Model with { Name = "nobody-knows" } };

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new
        { TotalCost = (decimal?)null, Tokens = new TokenCounts(100, 10, 60, null), AgentStatus = AgentStatus.Submitted });
    }

    [Fact]
    public async Task No_case_begins_past_the_experiments_budget()
    {
        await using ShellCases cases = await ShellCases.StartAsync();
        cases.Configuration = cases.Configuration with
        {
            Model = cases.Configuration.Model with { Name = "dear" },
            Limits = cases.Configuration.Limits with
            { CaseCostUsd = 0.2m, MaxCostUsd = new CostLimit(0.3m) }
        };

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);
        CaseResult second = await cases.Runs.RunAsync(RunsFixture.Coop, ShellCases.Shell);

        record.TotalCost.Should().Be(0.11m);
        second.Should().BeOfType<CaseResult.Skipped>().Which.Reason.Should().Contain("0.11 of 0.30 USD are spent").And
            .Contain("this one may cost 0.20 USD");
        cases.Server.Count.Should().Be(1);
        // What is completed is told, whatever the budget.
        (await cases.Runs.RunAsync(RunsFixture.Solo, ShellCases.Shell)).Should().BeOfType<CaseResult.Stored>();
    }

    [Fact, Long]
    public async Task A_case_waits_for_what_open_ones_may_leave_of_the_budget()
    {
        await using ShellCases cases = await ShellCases
            .StartAsync(_ => new FakeAnswer.Stall(TimeSpan.FromSeconds(0.5), ShellCases.Says(FakeAnswer.SubmitCommand)));
        cases.Configuration = cases.Configuration with
        {
            Model = cases.Configuration.Model with { Name = "dear" },
            Limits = cases.Configuration.Limits with
            { CaseCostUsd = 0.2m, MaxCostUsd = new CostLimit(0.35m) }
        };
        CaseRunner runner = cases.Runs.Runner(ShellCases.Shell);

        CaseResult[] results = await Task.WhenAll(new[]
            { RunsFixture.Solo, CaseId.Parse("solo/timespan_task/14/f1_f3/seed1"), CaseId.Parse("solo/timespan_task/14/f1_f3/seed2") }
            .Select(id =>
            Task.Run(() => runner.RunAsync(id, AttemptReason.Due, TimeSpan.Zero, TestContext.Current.CancellationToken))));

        // 0.20 and 0.11 + 0.20 are within it; 0.22 + 0.20 are not.
        results.OfType<CaseResult.Ran>().Select(r => r.Record.TotalCost).Should().Equal(0.11m, 0.11m);
        results.OfType<CaseResult.Skipped>().Should().ContainSingle().Which.Reason.Should()
            .Contain("0.22 of 0.35 USD are spent, and this one may cost 0.20 USD");
        RunRecord[] ran = [.. results.OfType<CaseResult.Ran>().Select(r => r.Record).OrderBy(r => r.StartedAt)];
        ran[1].StartedAt.Should().BeOnOrAfter(ran[0].StartedAt.AddSeconds(ran[0].DurationSeconds - 0.1));
    }
}
