using FluentAssertions;
using Tandem.Harness.Admission;
using Tandem.Harness.Agents;
using Tandem.Harness.Cases;
using Tandem.Harness.Experiments;
using Tandem.Harness.Tests.Sandboxes;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Cases;

/// <summary>What is on disk after a stop or a crash, and what the next start makes of it.</summary>
[Slow]
public sealed class InterruptionTests : IAsyncDisposable
{
    private readonly RunsFixture _runs = new();

    public ValueTask DisposeAsync() => _runs.DisposeAsync();

    [Fact]
    public async Task A_case_stopped_while_its_agent_works_is_recorded_with_the_patch_so_far_and_done_again()
    {
        using var stop = new CancellationTokenSource();
        Func<Task> run = () => _runs.RunAsync(
            RunsFixture.Solo,
            RunsFixture.GoldThen(async (_, token) =>
            {
                await stop.CancelAsync();
                await Task.Delay(Timeout.Infinite, token);
                return AgentEnd.Submitted;
            }),
            stop: stop);

        await run.Should().ThrowAsync<OperationCanceledException>();
        RunRecord interrupted = _runs.Stored(RunsFixture.Solo).Should().ContainSingle().Subject;
        interrupted.Should().BeEquivalentTo(new
        {
            Interrupted = true,
            InfraError = false,
            AgentStatus = AgentStatus.Unknown,
            BothPassed = (bool?)null,
            Error = new { Class = ErrorClass.Interrupted, Phase = CasePhase.Agent }
        });
        interrupted.Agents[0].PatchBytes.Should().BePositive();
        _runs.Status(RunsFixture.Solo).Should().Be(RunStatus.Partial);
        _runs.SandboxesLeft().Should().BeEmpty();

        RunRecord again = await _runs.RecordAsync(RunsFixture.Solo, RunsFixture.Oracle);
        again.Should().BeEquivalentTo(new { Attempt = 2, AttemptKind = AttemptKind.Run, BothPassed = true });
    }

    [Fact]
    public async Task A_case_stopped_in_its_evaluation_is_evaluated_later_without_its_agents()
    {
        using var stop = new CancellationTokenSource();
        Func<Task> run = () => _runs.RunAsync(
            RunsFixture.Coop,
            RunsFixture.Oracle,
            wrap: inner => WatchedProvider.Failing(inner, (spec, _) =>
            {
                if (spec.Owner.Role == "evaluation")
                    stop.Cancel();
                return null;
            }),
            stop: stop);

        await run.Should().ThrowAsync<OperationCanceledException>();
        _runs.Status(RunsFixture.Coop).Should().Be(RunStatus.Results);
        RunRecord graded = await _runs.RecordAsync(RunsFixture.Coop, RunsFixture.Forbidden);
        graded.Should().BeEquivalentTo(new
        { Attempt = 2, AttemptKind = AttemptKind.Regrade, BothPassed = true, AgentStatus = AgentStatus.Submitted });
    }

    [Theory]
    [InlineData(false, Traits = ["Tier", "Long"])]
    [InlineData(true)]
    public async Task What_a_killed_process_left_is_settled_before_the_case_is_tried_again(bool agentsHadFinished)
    {
        // As kill -9 leaves it: the artifacts of an attempt, and no record of it.
        await _runs.RecordAsync(RunsFixture.Solo, RunsFixture.Oracle);
        Directory.Delete(_runs.Layout.RunsFolder, recursive: true);
        if (!agentsHadFinished)
            File.Delete(Path.Combine(_runs.Layout.AttemptFolder(RunsFixture.Solo, 1), StoreLayout.AgentsFile));

        RunRecord record = await _runs.RecordAsync(RunsFixture.Solo, agentsHadFinished ? RunsFixture.Forbidden : RunsFixture.Oracle);

        record.Should().BeEquivalentTo(new
        { Attempt = 2, AttemptKind = agentsHadFinished ? AttemptKind.Regrade : AttemptKind.Run, BothPassed = true });
        RunRecord settled = _runs.Stored(RunsFixture.Solo)[0];
        settled.Should().BeEquivalentTo(new { Attempt = 1, Interrupted = true, BothPassed = (bool?)null });
        settled.Error!.Message.Should().Contain("ended before the attempt did");
    }

    [Fact, Long]
    public async Task A_simulated_agent_that_was_killed_had_cost_nothing_since_it_asks_no_model()
    {
        AgentKind simulated = AgentCatalog.Find("simulated")!;
        await _runs.RecordAsync(RunsFixture.Coop, simulated);
        Directory.Delete(_runs.Layout.RunsFolder, recursive: true);
        File.Delete(Path.Combine(_runs.Layout.AttemptFolder(RunsFixture.Coop, 1), StoreLayout.AgentsFile));

        await _runs.RecordAsync(RunsFixture.Coop, simulated);

        RunRecord settled = _runs.Stored(RunsFixture.Coop)[0];
        settled.Should().BeEquivalentTo(new { Attempt = 1, Interrupted = true, TotalCost = 0m });
        settled.TotalSteps.Should().BePositive();
        settled.Agents.Should().OnlyContain(agent => agent.ModelCalls == 0);
    }

    [Fact, Long]
    public async Task Work_that_a_killed_evaluation_had_not_yet_taken_up_is_still_there_for_the_next()
    {
        await _runs.RecordAsync(RunsFixture.Solo, RunsFixture.Oracle);
        Directory.Delete(_runs.Layout.RunsFolder, recursive: true);
        // As kill -9 leaves it just behind the begin of a second attempt, which is to evaluate the first one's work.
        AttemptIntent first = StoreJson.Read<AttemptIntent>(_runs.Artifact(RunsFixture.Solo, 1, StoreLayout.AttemptFile)!);
        AttemptIntent second = first with { Attempt = 2, AttemptId = "second", AttemptKind = AttemptKind.Regrade, TakesUp = 1 };
        DurableFile.Write(Path.Combine(_runs.Layout.AttemptFolder(RunsFixture.Solo, 2), StoreLayout.AttemptFile), StoreJson.ToFile(second));
        _runs.Status(RunsFixture.Solo).Should().Be(RunStatus.Results);

        RunRecord record = await _runs.RecordAsync(RunsFixture.Solo, RunsFixture.Forbidden);

        record.Should().BeEquivalentTo(new { Attempt = 3, AttemptKind = AttemptKind.Regrade, BothPassed = true });
        _runs.Stored(RunsFixture.Solo).Select(r => (r.Attempt, r.Interrupted)).Should().Equal((1, true), (2, true), (3, false));
    }

    [Theory, Long]
    [InlineData("eval.json", true)]
    [InlineData("agent.json", true, Traits = ["Tier", "Long"])]
    [InlineData("solo.patch", false)]
    [InlineData("trajectory.jsonl", false, Traits = ["Tier", "Long"])]
    public async Task A_completed_case_that_lost_a_file_is_evaluated_once_more_at_most_and_its_agent_is_never_paid_again(string lost,
        bool canBeEvaluated)
    {
        await _runs.RecordAsync(RunsFixture.Solo, RunsFixture.Oracle);
        File.Delete(Path.Combine(_runs.Layout.AttemptFolder(RunsFixture.Solo, 1), lost));

        if (canBeEvaluated)
        {
            RunRecord graded = await _runs.RecordAsync(RunsFixture.Solo, RunsFixture.Forbidden);
            graded.Should().BeEquivalentTo(new { Attempt = 2, AttemptKind = AttemptKind.Regrade, BothPassed = true });
        }
        CaseResult again = await _runs.RunAsync(RunsFixture.Solo, RunsFixture.Forbidden);

        again.Should().BeOfType<CaseResult.Stored>().Which.Record.Attempt.Should().Be(1, "the first verdict counts");
        (await _runs.RecordAsync(RunsFixture.Solo, RunsFixture.Oracle, AttemptReason.Force)).AttemptKind.Should().Be(AttemptKind.Run);
        _runs.Status(RunsFixture.Solo).Should().Be(RunStatus.Completed);
    }

    [Fact, Long]
    public async Task A_folder_without_an_intent_leaves_no_gap()
    {
        Directory.CreateDirectory(_runs.Layout.AttemptFolder(RunsFixture.Solo, 1));

        RunRecord record = await _runs.RecordAsync(RunsFixture.Solo, RunsFixture.Oracle);

        record.Attempt.Should().Be(1);
    }

    [Fact]
    public async Task A_completed_case_is_not_run_again_unless_somebody_asks_and_then_the_new_record_counts()
    {
        RunRecord first = await _runs.RecordAsync(RunsFixture.Solo, RunsFixture.Oracle);

        (await _runs.RunAsync(RunsFixture.Solo, RunsFixture.Forbidden)).Should().BeOfType<CaseResult.Stored>().Which.Record.Should()
            .BeEquivalentTo(first);

        _runs.Configuration = _runs.Configuration with { Run = _runs.Configuration.Run with { Attempts = 1 } };
        RunRecord second = await _runs.RecordAsync(RunsFixture.Solo, AgentCatalog.Find("nop")!, AttemptReason.Force);
        second.Should().BeEquivalentTo(new { Attempt = 2, BothPassed = false, AttemptReason = AttemptReason.Force });
        (await _runs.RunAsync(RunsFixture.Solo, RunsFixture.Forbidden))
            .Should().BeOfType<CaseResult.Stored>().Which.Record.Attempt.Should().Be(2);
    }

    [Fact]
    public async Task A_case_that_another_process_holds_is_skipped_with_its_holder()
    {
        using IDisposable? held = new FileClaimStore(_runs.Layout).TryClaim(RunsFixture.Solo, out _);

        CaseResult result = await _runs.RunAsync(RunsFixture.Solo, RunsFixture.Forbidden);

        result.Should().BeOfType<CaseResult.Skipped>().Which.Reason.Should()
            .Be($"claimed elsewhere, by process {Environment.ProcessId} on {Environment.MachineName}");
        held.Should().NotBeNull();
    }

    [Fact, Long]
    public async Task A_record_of_another_process_is_seen_before_a_case_is_begun()
    {
        AgentKind waits = RunsFixture.Agent(async (context, token) =>
        {
            // Meanwhile another process completes the other case.
            await _runs.RecordAsync(RunsFixture.Coop, RunsFixture.Oracle);
            await context.BeginStepAsync(token);
            return AgentEnd.Submitted;
        });
        await _runs.RecordAsync(RunsFixture.Solo, waits);

        (await _runs.RunAsync(RunsFixture.Coop, RunsFixture.Forbidden)).Should().BeOfType<CaseResult.Stored>();
    }

    [Fact]
    public async Task An_agent_that_costs_money_is_not_started_without_a_budget()
    {
        AgentKind paid = RunsFixture.Agent((_, _) => throw new InvalidOperationException("started"), costsMoney: true);

        (await _runs.RunAsync(RunsFixture.Solo, paid)).Should().BeOfType<CaseResult.Skipped>().Which.Reason.Should()
            .Contain("limits.max_cost_usd");
        _runs.Stored(RunsFixture.Solo).Should().BeEmpty();
    }

    [Fact]
    public async Task Other_settings_under_an_old_name_are_refused_with_the_difference()
    {
        await _runs.RecordAsync(RunsFixture.Solo, RunsFixture.Oracle);
        _runs.Configuration = _runs.Configuration with { Limits = _runs.Configuration.Limits with { Steps = 7 } };

        Func<Task> run = () => _runs.RunAsync(RunsFixture.Solo, RunsFixture.Oracle);

        await run.Should().ThrowAsync<ExperimentMismatchException>().WithMessage("*: limits.steps was 100 and is 7. *another name*");
    }

    [Fact, Long]
    public async Task Seeds_added_later_join_the_plan_and_nothing_is_dropped_from_it()
    {
        await _runs.RecordAsync(RunsFixture.Solo, RunsFixture.Oracle);
        int before = new StoreReader(_runs.Layout).ReadPlan()!.Cases.Count;
        _runs.Configuration = _runs.Configuration with { Seeds = new Dictionary<string, IReadOnlyList<int>> { ["solo"] = [0, 5] } };

        await _runs.RunAsync(RunsFixture.Solo, RunsFixture.Forbidden);

        new StoreReader(_runs.Layout).ReadPlan()!.Cases.Should().HaveCount(before + 5).And.Contain(c => c.Seed == 5).And
            .Contain(c => c.Seed == 2);
    }
}
