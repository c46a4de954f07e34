using System.Text.Json;
using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Live;
using Tandem.Cli.Status;
using Tandem.Cli.Verbs;
using Tandem.Harness.Agents;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Tests.Cases;
using Tandem.Harness.Tests.Sandboxes;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>What <c>status</c> tells of a store that real runs left.</summary>
[Slow]
public sealed class StatusVerbTests : IAsyncDisposable
{
    private readonly RunsFixture _runs = new();

    public ValueTask DisposeAsync() => _runs.DisposeAsync();

    [Fact]
    public async Task The_table_counts_cases_by_setting_and_status()
    {
        await FillAsync();

        (int code, string output, string error) = await StatusAsync();

        code.Should().Be(ExitCodes.Ok, error);
        output.Should().StartWith("x\nsetting          cases  completed    results     failed    partial    missing   infra    cost USD\n");
        output.Should().MatchRegex(@"solo\s+\d+\s+1\s+0\s+0\s+0\s+\d+\s+0\s+0\.00").And
            .MatchRegex(@"coop-comm\s+\d+\s+0\s+0\s+1\s+0\s+\d+\s+1\s+0\.00").And
            .MatchRegex(@"coop-nocomm\s+\d+\s+0\s+0\s+1\s+0\s+\d+\s+0\s+0\.00");
        output.Should().MatchRegex(@"TOTAL\s+\d+\s+1\s+0\s+2\s+0\s+\d+\s+1\s+0\.00").And.NotContain("running now");
    }

    [Fact]
    public async Task The_list_has_a_line_for_each_selected_case_and_v_its_attempts()
    {
        await FillAsync();

        (_, string failed, _) = await StatusAsync("--list", "--status", "failed,completed");
        (_, string attempts, _) = await StatusAsync("-v", "--status", "failed", "--setting", "coop-comm", "--seed", "0,2", "--repo",
            "timespan_task", "--task", "14", "--pair", "1_3");

        Cases(failed).Should().BeEquivalentTo(RunsFixture.Solo.ToString(), RunsFixture.Coop.ToString(), RunsFixture.Comm.ToString());
        failed.Should().MatchRegex($@"{RunsFixture.Solo}\s+completed\s+attempt 1\s+-\s+0\.00").And
            .MatchRegex($@"{RunsFixture.Comm}\s+failed\s+attempt 3\s+engine\s+0\.00").And
            .MatchRegex($@"{RunsFixture.Coop}\s+failed\s+attempt 1\s+agent\s");
        Cases(attempts).Should().BeEquivalentTo(RunsFixture.Comm.ToString());
        attempts.Should().MatchRegex(
            @"attempt 1 run \(due\)  infrastructure error  agent Unknown  [0-9.]+ s  0\.00 USD  engine in provision: the engine sleeps\n")
            .And.Contain("    attempt 3 ").And.NotContain("second line");
    }

    [Fact]
    public async Task An_attempt_whose_verdict_is_marked_says_so()
    {
        await FillAsync();
        RunRecord record = _runs.Stored(RunsFixture.Solo)[0];

        var twice = new SuspectMark("js_exit");

        StatusText.Attempt(record).Should().NotContain("marked");
        StatusText.Attempt(record with { Suspect = [new SuspectMark("python_exit"), twice, twice] }).Should()
            .EndWith("  marked: python_exit, js_exit (2)");
    }

    [Theory]
    [InlineData("--smoke", "3")]
    [InlineData("--subset", "lite", "--setting", "solo,coop-nocomm", "--seed", "0")]
    [InlineData("--subset", "lite", "--smoke", "2", "--repo", "timespan_task", Traits = ["Tier", "Long"])]
    [InlineData("--setting", "solo", "--setting", "coop-nocomm", "--pair", "1_2,f1_f3", "--task", "14", Traits = ["Tier", "Long"])]
    public async Task The_same_words_select_the_same_cases_as_in_a_run(params string[] selection)
    {
        (_, string planned, _) = await RunAsync(["run", "--experiment", "oracle", "--dry-run", .. selection, "--store", _runs.Store]);
        (_, string before, _) = await RunAsync(["status", "oracle", "--list", .. selection, "--store", _runs.Store]);
        var configuration = ConfigurationReader.Read(Path.Combine(Project.Find().Folder, "experiments", "oracle.json"),
            new Dictionary<string, string>());
        ExperimentPlanner.Freeze(ExperimentPlanner.Plan(configuration, _runs.TaskSet, DateTimeOffset.UnixEpoch),
            new StoreLayout(_runs.Store, "oracle"));
        (_, string begun, _) = await RunAsync(["status", "oracle", "--list", .. selection, "--store", _runs.Store]);

        string[] cases = planned.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        cases.Should().NotBeEmpty();
        Cases(before).Should().BeEquivalentTo(cases);
        Cases(begun).Should().BeEquivalentTo(cases);
    }

    [Fact]
    public async Task Machines_get_one_line_of_json()
    {
        await FillAsync();

        (_, string output, _) = await StatusAsync("--json", "--list", "-v");

        output.Should().EndWith("}\n").And.Subject.Count(c => c == '\n').Should().Be(1);
        JsonElement x = JsonDocument.Parse(output).RootElement.GetProperty("experiments")[0];
        x.GetProperty("total").GetProperty("failed").GetInt32().Should().Be(2);
        x.GetProperty("total").GetProperty("infra_errors").GetInt32().Should().Be(1);
        JsonElement comm = x.GetProperty("cases").EnumerateArray()
            .Single(c => c.GetProperty("case_id").GetString() == RunsFixture.Comm.ToString());
        comm.GetProperty("attempts").GetArrayLength().Should().Be(3);
        comm.GetProperty("last_error").GetString().Should().Be("engine");
    }

    [Fact]
    public async Task What_runs_is_told_with_its_phase_and_step()
    {
        string during = "";
        AgentKind looking = RunsFixture.Agent(async (context, token) =>
        {
            await context.BeginStepAsync(token);
            await context.BeginStepAsync(token);
            context.Note("command", "true");
            (_, during, _) = await StatusAsync();
            return AgentEnd.Submitted;
        });

        await _runs.RunAsync(RunsFixture.Solo, looking);
        (_, string after, _) = await StatusAsync();

        during.Should().MatchRegex($@"running now:\n  {RunsFixture.Solo}  attempt 1  agent step 2  \d+ s\n").And
            .MatchRegex(@"TOTAL\s+\d+\s+0\s+0\s+0\s+1\s");
        after.Should().NotContain("running now");
    }

    [Fact, Long]
    public async Task Watching_ends_when_nothing_runs_any_more()
    {
        await _runs.RunAsync(RunsFixture.Solo, RunsFixture.Oracle);

        (int code, string output, _) = await StatusAsync("--watch");

        code.Should().Be(ExitCodes.Ok);
        output.Split("setting ").Should().HaveCount(2, "a look that brings nothing new is not repeated where nothing can be drawn over");
    }

    [Fact]
    public async Task A_status_that_is_asked_again_reads_only_what_has_changed_and_says_the_same()
    {
        await _runs.RunAsync(RunsFixture.Solo, RunsFixture.Oracle);
        var status = new StoreStatus(_runs.Layout);
        status.Refresh();
        status.Cases.Count(c => c.Status == RunStatus.Completed).Should().Be(1);

        await _runs.RunAsync(RunsFixture.Coop, RunsFixture.Oracle);
        status.Refresh();

        var fresh = new StoreStatus(_runs.Layout);
        fresh.Refresh();
        status.Cases.Select(c => (c.CaseId, c.Status, c.Records.Count)).Should()
            .Equal(fresh.Cases.Select(c => (c.CaseId, c.Status, c.Records.Count)));
        status.Cases.Should().OnlyContain(c => c.Status == _runs.Status(c.CaseId));
        status.Cases.Count(c => c.Status == RunStatus.Completed).Should().Be(2);
        status.Faults.Should().BeEmpty();
    }

    [Theory]
    [InlineData("holds no experiment 'nope', and there is no ", "nope")]
    [InlineData("The selection leaves no case of experiment 'x'. The first of its ", "x", "--repo", "nope")]
    [InlineData("There is no subset 'nope' in", "x", "--subset", "nope")]
    [InlineData("--status bad: there is no such name; there are completed, results, failed, partial, missing", "x", "--status", "bad")]
    public async Task Bad_input_is_one_clear_line_and_exit_code_2(string message, params string[] arguments)
    {
        await _runs.RunAsync(RunsFixture.Solo, RunsFixture.Oracle);

        (int code, _, string error) = await RunAsync(["status", .. arguments, "--store", _runs.Store]);

        code.Should().Be(ExitCodes.BadInput);
        error.Should().Contain(message).And.NotContain("   at ");
    }

    [Fact]
    public async Task An_experiment_that_has_not_begun_is_missing_as_a_whole_and_an_empty_store_says_so()
    {
        (_, string planned, _) = await RunAsync("status", "oracle", "--store", _runs.Store);
        (int code, string empty, _) = await RunAsync("status", "--store", _runs.Store);

        planned.Should().MatchRegex(@"TOTAL\s+42\s+0\s+0\s+0\s+0\s+42\s").And.EndWith("(oracle has no record in this store)\n");
        code.Should().Be(ExitCodes.Ok);
        empty.Should().Contain("holds no experiment yet");
        Directory.Exists(_runs.Store).Should().BeFalse();
    }

    [Fact, Long]
    public async Task An_experiment_that_was_only_run_with_another_agent_says_under_which_name_that_is()
    {
        _runs.Configuration = _runs.Configuration with { Name = "oracle-nop" };
        await _runs.RunAsync(RunsFixture.Solo, RunsFixture.Oracle);

        (_, string output, _) = await RunAsync("status", "oracle", "--store", _runs.Store);

        output.Should().EndWith("(oracle has no record in this store; the store has oracle-nop)\n");
    }

    [Fact]
    public void A_live_region_is_drawn_over_and_what_is_written_goes_above_it()
    {
        using var screen = new StringWriter { NewLine = "\n" };
        var region = new LiveRegion(screen, () => (60, 3));

        region.Draw(new Spectre.Console.Text("one\ntwo\nthree"));
        region.WriteAbove("a line\n");
        region.Close(keep: false);

        screen.ToString().Should().Be("one\ntwo\n\e[2A\r\e[Ja line\none\ntwo\n\e[2A\r\e[J");
    }

    /// <summary>One case completed, one whose agent crashed, one that met infrastructure errors until its attempts were used up.</summary>
    private async Task FillAsync()
    {
        await _runs.RunAsync(RunsFixture.Solo, RunsFixture.Oracle);
        await _runs.RunAsync(RunsFixture.Coop, RunsFixture.Agent((_, _) => throw new InvalidOperationException("the agent fell over")));
        await _runs.RunAsync(RunsFixture.Comm, RunsFixture.Oracle, wrap: provider =>
            WatchedProvider.Failing(provider, (_, _) => new SandboxException(SandboxFault.Engine, "the engine sleeps\nsecond line")));
    }

    private static IEnumerable<string> Cases(string text) =>
        text.Split('\n').Where(line => line.Contains("/seed", StringComparison.Ordinal)).Select(line => line.Split(' ')[0]);

    private Task<(int Code, string Output, string Error)> StatusAsync(params string[] arguments) =>
        RunAsync(["status", "x", .. arguments, "--store", _runs.Store]);

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        int code = await CommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
