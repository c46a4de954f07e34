using System.Text;
using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Admission;
using Tandem.Harness.Cases;
using Tandem.Harness.Tests.Cases;
using Tandem.Harness.Tests.Victims;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>An attempt that was stopped, taken up again from its trajectory.</summary>
[Slow]
public sealed class ResumptionTests
{
    [Theory]
    [InlineData(false, Traits = ["Tier", "Long"])]
    [InlineData(true)]
    public async Task An_agent_stopped_after_7_of_12_steps_asks_5_times_more_and_its_record_is_as_if_nothing_had_been(bool isKilled)
    {
        using var stop = new CancellationTokenSource();
        var eighth = new TaskCompletionSource();
        int held = 0;
        await using ShellCases cases = await ShellCases.StartAsync(request =>
        {
            if (request.Turn == 7 && Interlocked.Exchange(ref held, 1) == 0)
            {
                eighth.SetResult();
                return new FakeAnswer.Stall(TimeSpan.FromMinutes(5));
            }
            return ShellCases.Says(request.Turn < 11 ? $"echo {request.Turn} | tee -a steps.txt; date" : FakeAnswer.SubmitCommand);
        });
        if (isKilled)
        {
            await KillAsync(cases, eighth.Task);
        }
        else
        {
            Task<CaseResult> first = cases.Runs.RunAsync(RunsFixture.Solo, ShellCases.Shell, stop: stop);
            await eighth.Task.WaitAsync(TestContext.Current.CancellationToken);
            await stop.CancelAsync();
            await first.Invoking(f => f).Should().ThrowAsync<OperationCanceledException>();
        }
        int asked = cases.Server.Count;
        asked.Should().Be(8);

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        (cases.Server.Count - asked).Should().Be(5);
        record.Should().BeEquivalentTo(new
        {
            Attempt = 2,
            AttemptKind = AttemptKind.Resumed,
            AgentStatus = AgentStatus.Submitted,
            Interrupted = false,
            InfraError = false,
            BothPassed = false,
            TotalSteps = 12,
            TotalCost = 12 * ShellCases.Cost,
            SunkCost = (decimal?)null,
            Tokens = new TokenCounts(1200, 120, 720, null),
        });
        record.Agents[0].Should()
            .BeEquivalentTo(new { ModelCalls = 12, MalformedCalls = 0, PatchSource = PatchSource.WorkTree, Error = (string?)null });
        Encoding.UTF8.GetString(cases.Runs.Artifact(RunsFixture.Solo, 2, "solo.patch")!).Should()
            .Contain("+0\n+1\n+2\n+3\n+4\n+5\n+6\n+7\n+8\n+9\n+10\n");
        IReadOnlyList<TrajectoryEvent> trajectory = cases.Runs.Trajectory(RunsFixture.Solo, 2);
        trajectory.Where(e => e.Kind == "response").Select(e => e.Step).Should().Equal(Enumerable.Range(1, 12));
        trajectory.Where(e => e.Kind == "command").Select(e => e.Step).Should().Equal(Enumerable.Range(1, 12));
        trajectory.Count(e => e.Kind == "resumed").Should().Be(1);
        trajectory.Sum(e => e.Cost ?? 0).Should().Be(record.TotalCost);
        // The eighth prompt is the one that was lost, word for word, but for the sandbox's own folder.
        cases.Server.Requests[8].Messages.Skip(1).Select(m => m!.ToJsonString()).Should()
            .Equal(cases.Server.Requests[7].Messages.Skip(1).Select(m => m!.ToJsonString()));
        RunRecord interrupted = cases.Runs.Stored(RunsFixture.Solo)[0];
        interrupted.Should().BeEquivalentTo(new { Interrupted = true, TotalCost = 7 * ShellCases.Cost, BothPassed = (bool?)null });
        PairLedger.SpentOn(cases.Runs.Stored(RunsFixture.Solo), 3).Usd.Should().Be(12 * ShellCases.Cost);
        // What a killed process left is swept when the next one starts, before its first case.
        cases.Runs.SandboxesLeft().Should().HaveCount(isKilled ? 1 : 0);
    }

    [Theory]
    [InlineData("ls -la --time-style=+%s%N .; git commit -q --allow-empty -m x; git log --oneline; sleep 1 & echo $!", true)]
    [InlineData("ls -la .; date; mktemp; git -c user.name=a -c user.email=a@x commit -q --allow-empty -m x; git log --format=%H", false)]
    public async Task What_a_command_prints_may_differ_and_nothing_is_paid_twice(string command, bool isNoted)
    {
        using var stop = new CancellationTokenSource();
        await using ShellCases cases = await ShellCases.StartAsync(request =>
        {
            if (request.Turn == 2 && !stop.IsCancellationRequested)
            {
                stop.Cancel();
                return new FakeAnswer.Stall(TimeSpan.FromMinutes(5));
            }
            return ShellCases.Says(request.Turn < 2 ? command : FakeAnswer.SubmitCommand);
        });
        Func<Task> first = () => cases.Runs.RunAsync(RunsFixture.Solo, ShellCases.Shell, stop: stop);
        await first.Should().ThrowAsync<OperationCanceledException>();

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new
        {
            Attempt = 2,
            AttemptKind = AttemptKind.Resumed,
            AgentStatus = AgentStatus.Submitted,
            TotalCost = 3 * ShellCases.Cost,
            SunkCost = (decimal?)null
        });
        cases.Server.Requests.Count(request => request.Turn < 2).Should().Be(2, "what was paid is not asked again");
        (record.Agents[0].Error ?? "none").Should().Match(isNoted
            ? "departs from its recording in step 1: '*' printed something else; it went on from what was recorded" : "none");
        cases.Runs.Trajectory(RunsFixture.Solo, 2).Count(e => e.Kind == "divergence").Should().Be(isNoted ? 1 : 0);
    }

    [Fact, Long]
    public async Task Where_it_does_not_come_to_the_same_the_cost_is_sunk_and_the_case_begins_anew()
    {
        string made = Path.Combine(Path.GetTempPath(), $"tandem-made-{Guid.NewGuid():n}");
        using var stop = new CancellationTokenSource();
        await using ShellCases cases = await ShellCases.StartAsync(request =>
        {
            if (request.Turn == 3 && !stop.IsCancellationRequested)
            {
                stop.Cancel();
                return new FakeAnswer.Stall(TimeSpan.FromMinutes(5));
            }
            return ShellCases.Says(request.Turn < 4 ? $"mkdir {made}" : FakeAnswer.SubmitCommand);
        });
        Func<Task> first = () => cases.Runs.RunAsync(RunsFixture.Solo, ShellCases.Shell, stop: stop);
        await first.Should().ThrowAsync<OperationCanceledException>();

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        Directory.Delete(made);
        record.Should().BeEquivalentTo(new
        {
            Attempt = 3,
            AttemptKind = AttemptKind.Run,
            AgentStatus = AgentStatus.Submitted,
            TotalCost = 5 * ShellCases.Cost,
            SunkCost = 3 * ShellCases.Cost
        });
        IReadOnlyList<RunRecord> all = cases.Runs.Stored(RunsFixture.Solo);
        all.Should().HaveCount(3);
        all[1].Should().BeEquivalentTo(new { AttemptKind = AttemptKind.Resumed, Interrupted = true, InfraError = false });
        all[1].Error!.Message.Should().Contain("departs from its recording in step 1");
        PairLedger.SpentOn(all, 3).Usd.Should().Be(8 * ShellCases.Cost);
    }

    [Fact, Long]
    public async Task Two_agents_that_talk_are_taken_up_with_all_that_was_said()
    {
        using var stop = new CancellationTokenSource();
        var answered = new TaskCompletionSource();
        await using ShellCases cases = await ShellCases.StartAsync(request =>
        {
            switch (request.AgentId, request.Turn)
            {
                case ("agent1", 0):
                    return ShellCases.Says("send_message agent2 --wait 60 'which file?'");
                case ("agent1", 1):
                    return ShellCases.Says("send_message agent2 'I take the other one'; echo one > one.txt");
                case ("agent2", 0):
                    // Answered only once the question is there, in the prompt or later: agent1 would wait in vain for an answer that its
                    // own first prompt shows.
                    return ShellCases.Says(request.Body.ToJsonString().Contains("which file?", StringComparison.Ordinal)
                        ? "send_message agent1 iso.py"
                        : "until read_messages | grep -q which; do sleep 0.05; done; send_message agent1 iso.py");
                case ("agent2", 1) when !stop.IsCancellationRequested:
                    // Stopped while agent1 has finished and one message has not reached agent2 yet.
                    answered.Task.Wait(TimeSpan.FromSeconds(60));
                    stop.Cancel();
                    return new FakeAnswer.Stall(TimeSpan.FromMinutes(5));
                case ("agent2", 1):
                    return ShellCases.Says("echo two > two.txt; read_messages");
                default:
                    if (request.AgentId == "agent1")
                        _ = Task.Delay(500).ContinueWith(_ => answered.TrySetResult(), TaskScheduler.Default);
                    return ShellCases.Says(FakeAnswer.SubmitCommand);
            }
        });
        Func<Task> first = () => cases.Runs.RunAsync(RunsFixture.Comm, ShellCases.Shell, stop: stop);
        await first.Should().ThrowAsync<OperationCanceledException>();
        int asked = cases.Server.Count;

        RunRecord record = await cases.RecordAsync(RunsFixture.Comm);

        // Only agent2's lost call and its last one.
        (cases.Server.Count - asked).Should().Be(2);
        record.Should().BeEquivalentTo(new
        { AttemptKind = AttemptKind.Resumed, AgentStatus = AgentStatus.Submitted, TotalSteps = 6, TotalCost = 6 * ShellCases.Cost });
        record.Messages.Select(m => (m.From, m.Message)).Should()
            .Equal(("agent1", "which file?"), ("agent2", "iso.py"), ("agent1", "I take the other one"));
        record.Messages.Should().OnlyContain(m => m.DeliveredAt != null);
        record.Messages[2].DeliveredStep.Should().Be(2);
        cases.Runs.Conversation(RunsFixture.Comm, 2).Should().Equal(record.Messages);
    }

    [Fact, Long]
    public async Task A_killed_conversation_is_not_lost_from_the_record_of_what_was_interrupted()
    {
        var spoken = new TaskCompletionSource();
        await using ShellCases cases = await ShellCases.StartAsync(request =>
        {
            if (request.Turn == 0)
                return ShellCases.Says($"send_message {request.Teammate} 'hello'");
            spoken.TrySetResult();
            return new FakeAnswer.Stall(TimeSpan.FromMinutes(5));
        });
        await KillAsync(cases, spoken.Task, RunsFixture.Comm);

        await using ShellCases after = ShellCases.Join(Path.GetDirectoryName(cases.Runs.Store)!, new Uri("http://127.0.0.1:1/v1"));
        after.Configuration = after.Configuration with { Model = after.Configuration.Model with { Retries = 0 } };
        await after.Runs.RunAsync(RunsFixture.Comm, ShellCases.Shell);

        RunRecord interrupted = cases.Runs.Stored(RunsFixture.Comm)[0];
        interrupted.Interrupted.Should().BeTrue();
        interrupted.Messages.Should().NotBeEmpty().And.OnlyContain(m => m.Message == "hello");
        cases.Runs.Conversation(RunsFixture.Comm, 1).Should().Equal(interrupted.Messages);
        interrupted.Artifacts.Should().Contain(a => a.Path == StoreLayout.ConversationFile);
    }

    /// <summary>Runs a case in a process of its own, which is killed when the model has been asked so often.</summary>
    private static async Task KillAsync(ShellCases cases, Task moment, CaseId? caseId = null)
    {
        await using var victim = Dummy.Start(DummyProgram.RunCaseAsync, Path.GetDirectoryName(cases.Runs.Store)!,
            cases.Configuration.Model.BaseUrl, $"{caseId ?? RunsFixture.Solo}");
        await victim.KillAtAsync(moment);
    }
}
