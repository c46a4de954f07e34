using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Planning;
using Tandem.Cli.Verbs;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

[Slow]
public sealed class PlanVerbTests : IAsyncDisposable
{
    private readonly RunsFixture _runs = new();

    public ValueTask DisposeAsync() => _runs.DisposeAsync();

    [Fact]
    public async Task Without_past_cases_the_plan_says_that_nothing_can_be_told()
    {
        string output = await PlanAsync();

        output.Should().StartWith("Experiment oracle: agent oracle, 4 at a time, order settings\n")
            .And.MatchRegex(@"solo\s+21\s+21\s+21\s+-\s+-\s+0\n").And.MatchRegex(@"TOTAL\s+42\s+42\s+42\n")
            .And.Contain("The store has no past case of agent oracle in these settings, so there is no estimate for the 42 cases.");
        Directory.Exists(_runs.Store).Should().BeFalse();
    }

    [Fact]
    public async Task Past_cases_of_the_same_agent_in_any_experiment_tell_what_is_to_be_expected()
    {
        await _runs.RunAsync(RunsFixture.Solo, RunsFixture.Oracle);

        string output = await PlanAsync("--smoke", "3");

        output.Should().MatchRegex(@"solo\s+21\s+3\s+3\s+0\.00 \(0\.00 to 0\.00\)\s+[0-9.]+ \([0-9.]+ to [0-9.]+\)\s+1\n")
            .And
            .MatchRegex(@"Expected for 3 cases: 0\.00 \(0\.00 to 0\.00\) USD, \d.* median and 10-90 % range, from 1 past cases of ").And
            .Contain("agent oracle. There is no estimate for the other 3: ");
    }

    [Fact, Long]
    public async Task A_case_whose_agents_have_finished_costs_no_money_any_more()
    {
        _runs.Configuration = _runs.Configuration with { Name = "oracle" };
        await _runs.RunAsync(RunsFixture.Solo, RunsFixture.Oracle);
        Directory.Delete(_runs.Layout.RunsFolder, recursive: true);
        File.Delete(_runs.Layout.PlanFile);

        string one = await PlanAsync("--setting", "solo", "--task", "14", "--pair", "f1_f3");
        string three = await PlanAsync("--setting", "solo", "--task", "14", "--smoke", "3");
        string forced = await PlanAsync("--setting", "solo", "--task", "14", "--pair", "f1_f3", "--force");

        one.Should().MatchRegex(@"solo\s+21\s+1\s+1\s").And
            .Contain("The agents of 1 of these have finished: the run only evaluates them, which costs no money").And
            .EndWith("No agent needs to run.\n");
        three.Should().MatchRegex(@"solo\s+21\s+3\s+3\s").And.Contain("no estimate for the 2 cases");
        forced.Should().NotContain("have finished").And.Contain("no estimate for the 1 cases");
    }

    [Fact]
    public void The_expected_sum_lies_around_the_mean_and_time_is_divided_by_what_runs_at_once()
    {
        ILookup<Setting, PastCase> past = Enumerable.Range(0, 100)
            .ToLookup(_ => Setting.Solo, i => new PastCase(i % 2 == 0 ? 0.1 : 0.3, 10));
        var due = new Dictionary<Setting, int> { [Setting.Solo] = 400 };

        Forecast forecast = Forecast.Of(due, past, concurrency: 4)!;

        forecast.Past.Should().Be(100);
        forecast.Seconds.Should().Be(new Interval(1000, 1000, 1000));
        forecast.CostUsd!.Value.Median.Should().BeApproximately(80, 1);
        forecast.CostUsd.Value.Low.Should().BeInRange(76, 79);
        forecast.CostUsd.Value.High.Should().BeInRange(81, 84);
        Forecast.Of(due, past, concurrency: 4)!.CostUsd.Should().Be(forecast.CostUsd, "the draws are the same every time");
        Forecast.Of(due, Enumerable.Empty<int>().ToLookup(_ => Setting.Solo, _ => default(PastCase)), 4).Should().BeNull();
        Forecast.Of(due, new[] { 1 }.ToLookup(_ => Setting.Solo, _ => new PastCase(null, 10)), 4)!.CostUsd.Should().BeNull();
    }

    [Fact]
    public void The_median_of_an_even_number_is_that_of_the_report() =>
        Interval.Of([4, 1, 3, 2]).Should().Be(new Interval(1, 2.5, 4));

    private async Task<string> PlanAsync(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        int code = await CommandLine.RunAsync(["plan", "--experiment", "oracle", "--store", _runs.Store, .. arguments], output, error);
        code.Should().Be(ExitCodes.Ok, error.ToString());
        return output.ToString();
    }
}
