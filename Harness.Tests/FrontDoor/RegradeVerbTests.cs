using System.Text.Json;
using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Recovery;
using Tandem.Cli.Verbs;
using Tandem.Harness.Configuration;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>What the verbs of recovery do with a store that real runs left, and what they say.</summary>
[Slow]
public sealed class RegradeVerbTests : IAsyncLifetime
{
    private readonly RunsFixture _runs = new();

    private string Tasks => Path.Combine(_runs.Store, "..", "tasks");

    private string FirstTests => Path.Combine(Tasks, "timespan_task", "task14", "runner.sh");

    /// <summary>Tasks of their own, for a test to change, and two completed cases of them.</summary>
    public async ValueTask InitializeAsync()
    {
        string tasks = Path.Combine(ProjectFolder.Find(), "tasks");
        foreach (string file in Directory.EnumerateFiles(tasks, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(Tasks, Path.GetRelativePath(tasks, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        _runs.TaskSet = TaskSetLoader.Load(Tasks);
        _runs.Configuration = _runs.Configuration with
        {
            Tasks = _runs.Configuration.Tasks with { Path = Path.GetFullPath(Tasks) },
            Agent = _runs.Configuration.Agent with { Kind = "oracle" },
        };
        await _runs.RecordAsync(RunsFixture.Solo, RunsFixture.Oracle);
        await _runs.RecordAsync(RunsFixture.Coop, RunsFixture.Oracle);
        await _runs.CloseAsync();
    }

    public ValueTask DisposeAsync() => _runs.DisposeAsync();

    [Fact]
    public async Task A_regrade_by_the_same_tests_is_an_attempt_of_its_own_and_comes_to_the_same()
    {
        (int code, string output, string error) =
            await RunAsync("regrade", "--setting", "solo", "--task", "14", "--pair", "1_3", "--seed", "0");

        code.Should().Be(ExitCodes.Ok, output + error);
        output.Should().Contain($"{RunsFixture.Solo}  the same: passed (merge_clean, ").And
            .Contain("1 of 1 cases graded again; 0 changed, 1 the same, 0 without a new verdict").And
            .MatchRegex(@"solo\s+\d+\s+1/1 100\.0 %\s+1/1 100\.0 %").And.MatchRegex(@"TOTAL\s+\d+\s+2/2 100\.0 %\s+2/2 100\.0 %");
        IReadOnlyList<RunRecord> records = _runs.Stored(RunsFixture.Solo);
        records.Select(record => (record.Attempt, record.AttemptKind, record.AttemptReason)).Should()
            .Equal((1, AttemptKind.Run, AttemptReason.Due), (2, AttemptKind.Regrade, AttemptReason.Regrade));
        Counting.Of(records)!.Attempt.Should().Be(2);
        records[1].TotalCost.Should().Be(records[0].TotalCost);
        _runs.Stored(RunsFixture.Coop).Should().ContainSingle("it was not selected");
    }

    [Fact, Long]
    public async Task A_task_whose_tests_changed_can_be_regraded_and_nothing_else_can_be_done_with_it()
    {
        string digest = _runs.Stored(RunsFixture.Solo)[0].Provenance.TaskDigest;
        File.WriteAllText(FirstTests, "#!/bin/sh\necho '==== 1 failed, 1 passed in 0.01s ===='\nexit 1\n");
        File.Delete(Path.Combine(_runs.Layout.AttemptFolder(RunsFixture.Coop, 1), StoreLayout.EvaluationFile));

        (int regenerated, string left, _) = await RunAsync("regenerate", "--setting", "coop-nocomm");
        (int code, string output, string error) = await RunAsync("regrade", "--status", "completed");

        regenerated.Should().Be(ExitCodes.Red);
        left.Should().Contain("left: the files of task timespan_task/14 have changed since the experiment began.").And
            .Contain("./run.sh regrade x");
        code.Should().Be(ExitCodes.Ok, output + error);
        output.Should().MatchRegex($@"  {RunsFixture.Solo}  changed: passed -> failed; f1 passed .* -> failed").And
            .MatchRegex(@"solo\s+\d+\s+1/1 100\.0 %\s+0/1   0\.0 %").And
            .Contain($"Next: ./run.sh collect x --store {_runs.Store}, then ./run.sh report x --store {_runs.Store}\n");
        RunRecord after = _runs.Stored(RunsFixture.Solo)[1];
        after.Provenance.TaskDigest.Should().NotBe(digest).And.Be(TaskSetLoader.Load(Tasks).Find("timespan_task", 14)!.Digest);
        _runs.Stored(RunsFixture.Solo)[0].Provenance.TaskDigest.Should().Be(digest);
        (await Programs.ValidateAsync(_runs.Store, "x", "--deep", "--partial")).Stdout.Text.Should()
            .Contain("1 re-rolls (0 force, 0 status, 1 regrade)");
    }

    [Fact, Long]
    public async Task Another_difference_than_the_tasks_files_is_refused()
    {
        string plan = await File.ReadAllTextAsync(_runs.Layout.PlanFile, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_runs.Layout.PlanFile, plan.Replace("\"settings_hash\": \"", "\"settings_hash\": \"0",
            StringComparison.Ordinal), TestContext.Current.CancellationToken);

        (int code, _, string error) = await RunAsync("regrade");

        code.Should().Be(ExitCodes.BadInput);
        error.Should().Contain("has an experiment 'x' with another configuration");
    }

    [Fact, Long]
    public async Task A_case_without_finished_agents_or_with_a_lost_patch_is_skipped_with_the_reason()
    {
        File.Delete(Path.Combine(_runs.Layout.AttemptFolder(RunsFixture.Solo, 1), "solo.patch"));

        (int code, string output, _) = await RunAsync("regrade", "--setting", "solo", "--task", "14", "--pair", "1_3,1_2", "--seed", "0",
            "--list");

        code.Should().Be(ExitCodes.Ok);
        output.Should().Contain($"  {RunsFixture.Solo}  skipped: solo.patch is missing").And
            .Contain("1 selected case was skipped, since the agents have not finished:\n  solo/timespan_task/14/f1_f2/seed0\n");
        _runs.Stored(RunsFixture.Solo).Should().ContainSingle();
    }

    [Fact, Long]
    public async Task A_sample_and_a_dry_run_start_nothing_and_are_the_same_each_time()
    {
        (_, string first, string said) = await RunAsync("regrade", "--sample", "0.5", "--seed-of-sample", "1", "--dry-run");
        (_, string again, _) = await RunAsync("regrade", "--sample", "0.5", "--seed-of-sample", "1", "--dry-run");
        (int bad, _, string why) = await RunAsync("regrade", "--sample", "2");

        first.Should().Be(again);
        first.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().ContainSingle().Which.Should().EndWith("/14/f1_f3/seed0");
        said.Should().Contain("Dry run: 1 of ");
        bad.Should().Be(ExitCodes.BadInput);
        why.Should().Contain("--sample 2: a number above 0, at most 1, is expected.");
    }

    [Fact, Long]
    public async Task Regenerate_says_what_it_would_do_does_it_and_then_has_nothing_to_do()
    {
        string folder = _runs.Layout.AttemptFolder(RunsFixture.Solo, 1);
        File.Delete(Path.Combine(folder, StoreLayout.AgentsFile));
        File.WriteAllText(Path.Combine(folder, StoreLayout.EvaluationFile), "");
        File.Delete(Path.Combine(_runs.Layout.AttemptFolder(RunsFixture.Coop, 1), StoreLayout.ResultFile));

        (int planned, string plan, _) = await RunAsync("regenerate", "--dry-run");
        (int json, string machine, _) = await RunAsync("regenerate", "--dry-run", "--json");
        (int code, string output, string error) = await RunAsync("regenerate");
        (_, string status, _) = await RunAsync("status", "--list", "--status", "completed");
        (int again, string nothing, _) = await RunAsync("regenerate");

        (planned, json, again).Should().Be((ExitCodes.Ok, ExitCodes.Ok, ExitCodes.Ok));
        plan.Should().Contain(
            $"{RunsFixture.Solo}  attempt 1  to rebuild: agent.json is missing, eval.json is empty; needs a sandbox").And
            .Contain($"{RunsFixture.Coop}  attempt 1  to rebuild: result.json is missing\n").And.Contain("looked at, 2 to rebuild.");
        JsonDocument.Parse(machine).RootElement.GetProperty("cases").GetArrayLength().Should().Be(2);
        code.Should().Be(ExitCodes.Ok, output + error);
        error.Should().Contain("Evaluating 1 case in ");
        output.Should().Contain($"{RunsFixture.Coop}  attempt 1  rebuilt: result.json as revision 2\n").And
            .Contain("looked at, 2 rebuilt.\nThe store has changed. Next: ./run.sh collect x --store ");
        status.Should().Contain(RunsFixture.Solo.ToString()).And.Contain(RunsFixture.Coop.ToString());
        nothing.Should().Contain("all files are as their records say. Nothing was written.");
    }

    [Theory]
    [InlineData(100, 0.02, 2)]
    [InlineData(10, 0.02, 1, Traits = ["Tier", "Long"])]
    [InlineData(3, 1.0, 3, Traits = ["Tier", "Long"])]
    public void A_sample_has_the_size_that_was_asked_for_and_another_seed_gives_another(int cases, double share, int expected)
    {
        CaseId[] all = [.. Enumerable.Range(0, cases).Select(seed => CaseId.Parse($"solo/a_task/1/f1_f2/seed{seed}"))];

        CaseSample.Of(all, share, 1).Should().HaveCount(expected).And.BeSubsetOf(all).And.Equal(CaseSample.Of(all, share, 1));
        if (cases == 100)
            CaseSample.Of(all, share, 1).Should().NotEqual(CaseSample.Of(all, share, 2));
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(string verb, params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        string[] sandbox = verb == "status" ? [] : ["--sandbox", "process"];
        int code = await CommandLine.RunAsync([verb, "x", .. arguments, .. sandbox, "--store", _runs.Store], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
