using FluentAssertions;
using Tandem.Cli.Planning;
using Tandem.Cli.Running;
using Tandem.Cli.Status;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>What a run's table says of money: an attempt that took up another one has that one's cost in its own.</summary>
[Slow]
public sealed class RunTableTests : IAsyncDisposable
{
    private readonly RunsFixture _runs = new();

    public ValueTask DisposeAsync() => _runs.DisposeAsync();

    [Fact]
    public async Task A_resumed_chain_is_counted_once_in_the_table_the_cost_line_and_the_status()
    {
        ExperimentView view = await StoreAsync(
            record => Attempt(record, 1, AttemptKind.Run, 1.00m) with { Interrupted = true, BothPassed = null, Tests = [] },
            record => Attempt(record, 2, AttemptKind.Resumed, 1.50m));

        string text = RunTable.Read(view).ToText();

        text.Should().MatchRegex(@"solo\s+21\s+1\s+0\s+0\s+20\s+1\.50\s").And.MatchRegex(@"TOTAL\s+42\s+1\s+0\s+0\s+41\s+1\.50\s").And
            .Contain("Cost: 1.50 USD, 0.00 USD of it for attempts that do not count. The experiment has no budget.").And
            .NotContain("2.50");
        Standing(view).Spending.Should().Be(new Spending(1.50m, 0, 0));
        Standing(view).Records.Select(StatusText.Attempt).Should().SatisfyRespectively(
            first => first.Should().Contain("  1.00 USD"),
            second => second.Should().Contain("  1.50 USD with the attempt that it resumed"));
    }

    [Fact, Long]
    public async Task A_regraded_attempt_costs_nothing_again()
    {
        ExperimentView view = await StoreAsync(record => Attempt(record, 1, AttemptKind.Run, 1.00m),
            record => Attempt(record, 2, AttemptKind.Regrade, 1.00m));

        RunTable.Read(view).ToText().Should().MatchRegex(@"solo\s+21\s+1\s+0\s+0\s+20\s+1\.00\s");
        StatusText.Attempt(Standing(view).Records[1]).Should().Contain("  0.00 USD");
    }

    [Fact, Long]
    public async Task An_unknown_cost_is_not_taken_for_nothing()
    {
        ExperimentView view = await StoreAsync(record => Attempt(record, 1, AttemptKind.Run, null) with { TotalSteps = 3 });

        RunTable.Read(view).ToText().Should().MatchRegex(@"solo\s+21\s+1\s+0\s+0\s+20\s+unpriced\s").And
            .Contain("(unpriced, or a plus: 1 attempts have no known cost");
    }

    [Theory]
    [InlineData(0, "The experiment has spent 0.50 USD; its budget is 9.00 USD.")]
    [InlineData(1, "The experiment has spent 0.50 USD; its budget is 9.00 USD, of which 2.00 USD are held for 1 attempt of unknown cost.")]
    [InlineData(2, "The experiment has spent 0.50 USD; its budget is 9.00 USD, of which 4.00 USD are held for 2 attempts of unknown cost.")]
    public void The_line_about_the_budget_says_what_is_held_for_unknown_costs(int unpriced, string line) =>
        JudgeCost.Line(new Spending(0.5m, 0, unpriced), default, new ExperimentConfiguration
        { Name = "x", Limits = new LimitSettings { CaseCostUsd = 2, MaxCostUsd = new CostLimit(9) } }).Should().Be(line);

    [Fact, Long]
    public async Task What_a_whole_case_takes_is_not_read_from_an_attempt_that_did_a_part_of_it()
    {
        ExperimentView view = await StoreAsync(record => Attempt(record, 1, AttemptKind.Run, 1.00m),
            record => Attempt(record, 2, AttemptKind.Resumed, 1.50m), record => Attempt(record, 3, AttemptKind.Regrade, 1.50m));

        Forecast.PastOf(PastCases.Of(_runs.Store, view.Agent.Kind, null))[Setting.Solo].Should().ContainSingle().Which.CostUsd.Should()
            .Be(1.0);
    }

    [Theory]
    [InlineData("eval.json", "1 results: ", "regenerate oracle --store")]
    [InlineData("solo.patch", "1 partial: ", "regenerate oracle --dry-run --store", Traits = ["Tier", "Long"])]
    [InlineData(null, "1 failed: ", "with --status failed")]
    public async Task The_last_lines_name_the_command_for_each_kind_of_case_that_is_left(string? lost, string kind, string command)
    {
        ExperimentView view = await StoreAsync(record => lost is not null ? record : record with
        {
            AgentStatus = AgentStatus.Error,
            BothPassed = false,
            Error = new RunError(ErrorClass.Agent, CasePhase.Agent, "It crashed."),
            Tests = [],
        });
        if (lost is not null)
            File.Delete(Path.Combine(view.Layout.AttemptFolder(RunsFixture.Solo, 1), lost));

        string[] lines = RunTable.Read(view).ToText().Split('\n');

        lines.Should().ContainSingle(line => line.StartsWith(kind, StringComparison.Ordinal) && line.Contains(command));
        lines.Should().Contain("41 missing: the same command goes on with them.");
    }

    private static RunRecord Attempt(RunRecord record, int number, AttemptKind kind, decimal? cost) => record with
    {
        Attempt = number,
        AttemptId = $"{record.AttemptId[..^1]}{number}",
        AttemptKind = kind,
        TotalCost = cost,
        DurationSeconds = 10,
    };

    private static CaseStanding Standing(ExperimentView view)
    {
        var status = new StoreStatus(view.Layout);
        status.Refresh();
        return status.Cases.Single(standing => standing.CaseId == RunsFixture.Solo);
    }

    /// <summary>A store of the experiment "oracle" whose one case has the attempts that a test makes of a real record.</summary>
    private async Task<ExperimentView> StoreAsync(params IReadOnlyList<Func<RunRecord, RunRecord>> attempts)
    {
        _runs.Configuration = _runs.Configuration with { Name = "oracle" };
        RunRecord real = await _runs.RecordAsync(RunsFixture.Solo, RunsFixture.Oracle);
        await _runs.CloseAsync();
        Directory.Delete(_runs.Layout.RunsFolder, recursive: true);
        File.Delete(_runs.Layout.PlanFile);
        using (var writer = new RunFileWriter(_runs.Layout, "test", "1", TimeProvider.System))
        {
            foreach (Func<RunRecord, RunRecord> attempt in attempts)
                writer.Append(attempt(real));
        }
        var variables = new Dictionary<string, string> { ["TANDEM_EXPERIMENT"] = "oracle" };
        ExperimentView view = ExperimentView.Load(variables, _runs.Store, TimeProvider.System);
        ExperimentPlanner.Freeze(view.Plan, view.Layout);
        return view;
    }
}
