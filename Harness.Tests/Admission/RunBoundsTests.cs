using FluentAssertions;
using Tandem.Harness.Admission;
using Tandem.Harness.Agents;
using Tandem.Harness.Cases;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Harness.Tests.Admission;

/// <summary>What one invocation may spend, and the order of cases.</summary>
[Slow]
public sealed class RunBoundsTests : IAsyncDisposable
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

    public RunBoundsTests() =>
        _runs.Configuration = _runs.Configuration with
        { Limits = _runs.Configuration.Limits with { MaxCostUsd = new CostLimit(null), CaseCostUsd = 1 } };

    public ValueTask DisposeAsync() => _runs.DisposeAsync();

    [Fact, Long]
    public async Task Past_the_time_no_attempt_begins_and_a_completed_case_still_tells_its_verdict()
    {
        await _runs.RunAsync(RunsFixture.Solo, RunsFixture.Oracle);
        _runs.Bounds = new RunBounds(null, TimeSpan.Zero);

        CaseResult late = await _runs.RunAsync(RunsFixture.Coop, RunsFixture.Oracle);
        CaseResult stored = await _runs.RunAsync(RunsFixture.Solo, RunsFixture.Oracle);

        late.Should().BeOfType<CaseResult.Skipped>().Which.Reason.Should().StartWith(RunBounds.Mark).And.Contain("--max-minutes");
        stored.Should().BeOfType<CaseResult.Stored>();
        _runs.Stored(RunsFixture.Coop).Should().BeEmpty();
    }

    [Fact, Long]
    public async Task The_money_is_this_invocations_alone_and_a_case_begins_only_if_it_is_covered()
    {
        _runs.Bounds = new RunBounds(1.15m, null);
        CaseRunner first = _runs.Runner(s_paid);
        CaseId third = CaseId.Parse("solo/timespan_task/14/f1_f3/seed1");
        async Task<CaseResult> RunAsync(CaseRunner runner, CaseId caseId) =>
            await runner.RunAsync(caseId, Records.Runs.AttemptReason.Due, TimeSpan.Zero, TestContext.Current.CancellationToken);

        (await RunAsync(first, RunsFixture.Solo)).Should().BeOfType<CaseResult.Ran>();
        (await RunAsync(first, CaseId.Parse("solo/timespan_task/14/f1_f3/seed2"))).Should().BeOfType<CaseResult.Ran>();
        (await RunAsync(first, third)).Should().BeOfType<CaseResult.Skipped>().Which.Reason.Should().StartWith(RunBounds.Mark).And
            .Contain("0.20 of 1.15 USD");

        (await RunAsync(_runs.Runner(s_paid), third)).Should().BeOfType<CaseResult.Ran>("another invocation has spent nothing yet");
    }

    [Fact]
    [Long]
    public async Task Where_only_open_attempts_stand_in_the_way_a_case_waits_for_them()
    {
        _runs.Bounds = new RunBounds(1.5m, null);
        CaseRunner runner = _runs.Runner(s_paid);

        CaseResult[] results = await Task.WhenAll(Enumerable.Range(0, 3).Select(seed =>
            runner.RunAsync(CaseId.Parse($"solo/timespan_task/14/f1_f3/seed{seed}"), Records.Runs.AttemptReason.Due, TimeSpan.Zero,
                TestContext.Current.CancellationToken)));

        results.Should().AllBeOfType<CaseResult.Ran>("each has cost a tenth of what it may");
    }

    [Theory]
    [InlineData(RunBounds.CostVariable, "-1")]
    [InlineData(RunBounds.CostVariable, "1e3")]
    [InlineData(RunBounds.MinutesVariable, "soon")]
    public void A_bound_that_is_no_number_is_refused(string variable, string value) =>
        FluentActions.Invoking(() => RunBounds.Parse(new Dictionary<string, string> { [variable] = value })).Should()
            .Throw<SettingsException>().WithMessage($"*{variable} {value}:*");

    [Fact]
    public void Blocks_keep_the_settings_of_a_pair_together_and_change_neither_the_cases_nor_the_hash()
    {
        ExperimentConfiguration configuration = _runs.Configuration with { Tasks = new TaskSettings() };
        var inSettings = Plan(configuration);
        var inBlocks = Plan(configuration with { Run = configuration.Run with { Order = OrderChoice.Blocks } });
        var otherwise = Plan(configuration with { Run = configuration.Run with { Order = OrderChoice.Blocks, OrderSeed = 1 } });

        inSettings.Cases.Select(c => c.Setting).Should().BeInAscendingOrder();
        inBlocks.Cases.Should().BeEquivalentTo(inSettings.Cases);
        inBlocks.SettingsHash.Should().Be(inSettings.SettingsHash);
        Pairs(inBlocks).Should().OnlyHaveUniqueItems("each pair is a block").And.NotEqual(Pairs(inSettings).Distinct()).And
            .BeEquivalentTo(Pairs(otherwise));
        Pairs(otherwise).Should().NotEqual(Pairs(inBlocks));
        Plan(configuration with { Run = configuration.Run with { Order = OrderChoice.Blocks } }).Cases.Should().Equal(inBlocks.Cases);
    }

    private Records.Runs.ExperimentPlan Plan(ExperimentConfiguration configuration) =>
        ExperimentPlanner.Plan(configuration, _runs.TaskSet, DateTimeOffset.UnixEpoch);

    /// <summary>The pairs, in their order; one that comes again after another stands there again.</summary>
    private static List<string> Pairs(Records.Runs.ExperimentPlan plan)
    {
        var pairs = new List<string>();
        foreach (CaseId caseId in plan.Cases)
        {
            if (pairs.LastOrDefault() != caseId.PairKey)
                pairs.Add(caseId.PairKey);
        }
        return pairs;
    }
}
