using System.Text;
using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Configuration;
using Tandem.Harness.Runs;
using Tandem.Harness.Tests.Runs;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>What the shell agent did, done again at no cost.</summary>
public sealed class ReplayTests
{
    [Fact]
    public async Task A_replay_does_the_same_by_real_commands_without_a_model()
    {
        await using ShellCases cases = await ShellCases.StartAsync("date; sleep 0.1; time -p true", "echo one > a.txt", "no-such-program", "echo two >> a.txt; cat a.txt");
        RunRecord recorded = await cases.RecordAsync(RunsFixture.Solo);
        byte[] patch = cases.Runs.Artifact(RunsFixture.Solo, 1, "solo.patch")!;
        int asked = cases.Server.Count;

        RunRecord record = await ReplayAsync(cases, RunsFixture.Solo);

        cases.Server.Count.Should().Be(asked);
        record.Should().BeEquivalentTo(new { Agent = "replay", AttemptKind = AttemptKind.Run, AgentStatus = AgentStatus.Submitted, recorded.TotalSteps, TotalCost = 0m, Tokens = (TokenCounts?)null, recorded.BothPassed });
        record.Agents[0].Should().BeEquivalentTo(new { Error = (string?)null, ModelCalls = 5 });
        cases.Runs.Artifact(RunsFixture.Solo, 1, "solo.patch").Should().Equal(patch);
        cases.Runs.Trajectory(RunsFixture.Solo, 1).Where(e => e.Kind is "command" or "response").Should().HaveCount(10).And.OnlyContain(e => e.At >= record.StartedAt);
    }

    [Fact]
    public async Task The_first_divergence_is_told_and_the_replay_goes_on()
    {
        await using ShellCases cases = await ShellCases.StartAsync("true", "cat /proc/sys/kernel/random/uuid | tee id.txt", "[ $(( $(cat runs 2>/dev/null || echo 0) )) = 0 ]");
        await cases.RecordAsync(RunsFixture.Solo);

        RunRecord record = await ReplayAsync(cases, RunsFixture.Solo);

        record.AgentStatus.Should().Be(AgentStatus.Submitted);
        record.Agents[0].Error.Should().Be("departs from its recording in step 2: 'cat /proc/sys/kernel/random/uuid | tee id.txt' printed something else");
        cases.Runs.Trajectory(RunsFixture.Solo, 1).Single(e => e.Kind == "divergence").Step.Should().Be(2);
        record.TotalSteps.Should().Be(4);
    }

    [Fact]
    public async Task A_replay_ends_at_the_limit_at_which_its_recording_ended()
    {
        await using ShellCases cases = await ShellCases.StartAsync(request => request.Turn < 2
            ? ShellCases.Says("echo work >> work.txt")
            : new FakeAnswer.Status(400, Body: """{"error":{"message":"too long","code":"context_length_exceeded"}}"""));
        (await cases.RecordAsync(RunsFixture.Solo)).Agents[0].Limit.Should().Be("context");

        RunRecord record = await ReplayAsync(cases, RunsFixture.Solo);

        record.Should().BeEquivalentTo(new { AgentStatus = AgentStatus.LimitsExceeded, BothPassed = false, TotalSteps = 3 });
        record.Agents[0].Limit.Should().Be("context");
    }

    [Fact]
    public async Task Messages_meet_the_same_steps_again()
    {
        await using ShellCases cases = await ShellCases.StartAsync(request => (request.AgentId, request.Turn) switch
        {
            ("agent1", 0) => ShellCases.Says("send_message agent2 --wait 60 'which file do you change?'"),
            ("agent1", 1) => ShellCases.Says("send_message agent7 lost; send_message agent2 'thanks: bye'"),
            ("agent2", 0) => ShellCases.Says("until read_messages > heard.txt; grep -q which heard.txt; do sleep 0.05; done; cat heard.txt; rm heard.txt"),
            ("agent2", 1) => ShellCases.Says("send_message agent1 iso.py"),
            ("agent2", 2) => ShellCases.Says("for i in 1 2 3 4 5 6 7 8 9; do sleep 0.2; done"),
            ("agent2", 3) => ShellCases.Says("echo quiet"),
            _ => ShellCases.Says(FakeAnswer.SubmitCommand),
        });
        RunRecord recorded = await cases.RecordAsync(RunsFixture.Comm);
        recorded.Messages.Should().HaveCount(3);
        int asked = cases.Server.Count;

        RunRecord record = await ReplayAsync(cases, RunsFixture.Comm);

        cases.Server.Count.Should().Be(asked);
        record.Agents.Should().OnlyContain(a => a.Error == null && a.Status == AgentStatus.Submitted);
        record.Messages.Select(m => (m.From, m.To, m.Message, m.SentStep, m.DeliveredStep, m.ReadAt is null))
            .Should().Equal(recorded.Messages.Select(m => (m.From, m.To, m.Message, m.SentStep, m.DeliveredStep, m.ReadAt is null)));
        record.Messages.Should().OnlyContain(m => m.SentAt >= record.StartedAt);
    }

    /// <summary>Recorded in containers, done again in plain processes: what the shell agent writes into a trajectory must stay readable for later versions of it.</summary>
    [Theory]
    [InlineData("solo", 4, 0)]
    [InlineData("coop-comm", 12, 2)]
    public async Task The_recordings_that_are_kept_here_still_replay(string setting, int steps, int messages)
    {
        await using ShellCases cases = await ShellCases.StartAsync();
        cases.Settings = cases.Settings with { Agent = new AgentSettings { Kind = "replay", Recording = Path.Combine(ProjectFolder.Find(), "Harness.Tests", "Agents", "Recordings") } };

        RunRecord record = await cases.Runs.RecordAsync(CaseId.Parse($"{setting}/timespan_task/14/f1_f3/seed0"), ShellCases.Replay);

        record.Should().BeEquivalentTo(new { AgentStatus = AgentStatus.Submitted, TotalCost = 0m, TotalSteps = steps, MessagesCount = messages, MergeOutcome = MergeOutcome.MergeClean, BothPassed = false });
        record.Agents.Should().OnlyContain(agent => agent.Error == null && agent.PatchBytes > 0);
        cases.Server.Count.Should().Be(0);
    }

    [Fact]
    public async Task A_case_without_a_recording_is_skipped_with_the_reason()
    {
        await using ShellCases cases = await ShellCases.StartAsync();
        cases.Settings = cases.Settings with { Agent = new AgentSettings { Kind = "replay", Recording = Path.Combine(cases.Runs.Store, "nobody") } };

        CaseResult result = await cases.Runs.RunAsync(RunsFixture.Solo, ShellCases.Replay);

        result.Should().BeOfType<CaseResult.Skipped>().Which.Reason.Should().Contain("no recording").And.Contain("nobody");
        cases.Runs.Stored(RunsFixture.Solo).Should().BeEmpty();
    }

    private static Task<RunRecord> ReplayAsync(ShellCases cases, CaseId caseId)
    {
        cases.Settings = cases.Settings with { Name = "again", Agent = new AgentSettings { Kind = "replay", Recording = cases.Runs.Layout.ExperimentFolder } };
        return cases.Runs.RecordAsync(caseId, ShellCases.Replay);
    }
}

/// <summary>An attempt that was stopped, taken up again from its trajectory.</summary>
public sealed class ResumptionTests
{
    private const string VictimFolder = "TANDEM_TEST_VICTIM_FOLDER";
    private const string VictimModel = "TANDEM_TEST_VICTIM_MODEL";

    [Theory]
    [InlineData(false)]
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
        record.Agents[0].Should().BeEquivalentTo(new { ModelCalls = 12, MalformedCalls = 0, PatchSource = PatchSource.WorkTree, Error = (string?)null });
        Encoding.UTF8.GetString(cases.Runs.Artifact(RunsFixture.Solo, 2, "solo.patch")!).Should().Contain("+0\n+1\n+2\n+3\n+4\n+5\n+6\n+7\n+8\n+9\n+10\n");
        IReadOnlyList<TrajectoryEvent> trajectory = cases.Runs.Trajectory(RunsFixture.Solo, 2);
        trajectory.Where(e => e.Kind == "response").Select(e => e.Step).Should().Equal(Enumerable.Range(1, 12));
        trajectory.Where(e => e.Kind == "command").Select(e => e.Step).Should().Equal(Enumerable.Range(1, 12));
        trajectory.Count(e => e.Kind == "resumed").Should().Be(1);
        trajectory.Sum(e => e.Cost ?? 0).Should().Be(record.TotalCost);
        // The eighth prompt is the one that was lost, word for word, but for the sandbox's own folder.
        cases.Server.Requests[8].Messages.Skip(1).Select(m => m!.ToJsonString()).Should().Equal(cases.Server.Requests[7].Messages.Skip(1).Select(m => m!.ToJsonString()));
        RunRecord interrupted = cases.Runs.Stored(RunsFixture.Solo)[0];
        interrupted.Should().BeEquivalentTo(new { Interrupted = true, TotalCost = 7 * ShellCases.Cost, BothPassed = (bool?)null });
        Budget.SpentOn(cases.Runs.Stored(RunsFixture.Solo), 3).Should().Be(12 * ShellCases.Cost);
        // What a killed process left is swept when the next one starts, before its first case.
        cases.Runs.SandboxesLeft().Should().HaveCount(isKilled ? 1 : 0);
    }

    [Fact]
    public async Task Where_it_does_not_come_to_the_same_the_cost_is_sunk_and_the_case_begins_anew()
    {
        using var stop = new CancellationTokenSource();
        await using ShellCases cases = await ShellCases.StartAsync(request =>
        {
            if (request.Turn == 3 && !stop.IsCancellationRequested)
            {
                stop.Cancel();
                return new FakeAnswer.Stall(TimeSpan.FromMinutes(5));
            }
            return ShellCases.Says(request.Turn < 4 ? "cat /proc/sys/kernel/random/uuid" : FakeAnswer.SubmitCommand);
        });
        Func<Task> first = () => cases.Runs.RunAsync(RunsFixture.Solo, ShellCases.Shell, stop: stop);
        await first.Should().ThrowAsync<OperationCanceledException>();

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new { Attempt = 3, AttemptKind = AttemptKind.Run, AgentStatus = AgentStatus.Submitted, TotalCost = 5 * ShellCases.Cost, SunkCost = 3 * ShellCases.Cost });
        IReadOnlyList<RunRecord> all = cases.Runs.Stored(RunsFixture.Solo);
        all.Should().HaveCount(3);
        all[1].Should().BeEquivalentTo(new { AttemptKind = AttemptKind.Resumed, Interrupted = true, InfraError = false });
        all[1].Error!.Message.Should().Contain("departs from its recording in step 1");
        Budget.SpentOn(all, 3).Should().Be(8 * ShellCases.Cost);
    }

    [Fact]
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
                    return ShellCases.Says("until read_messages > /dev/null; send_message agent1 iso.py; do sleep 0.05; done");
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
        record.Should().BeEquivalentTo(new { AttemptKind = AttemptKind.Resumed, AgentStatus = AgentStatus.Submitted, TotalSteps = 6, TotalCost = 6 * ShellCases.Cost });
        record.Messages.Select(m => (m.From, m.Message)).Should().Equal(("agent1", "which file?"), ("agent2", "iso.py"), ("agent1", "I take the other one"));
        record.Messages.Should().OnlyContain(m => m.DeliveredAt != null);
        record.Messages[2].DeliveredStep.Should().Be(2);
        cases.Runs.Conversation(RunsFixture.Comm, 2).Should().Equal(record.Messages);
    }

    [Fact]
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
        after.Settings = after.Settings with { Model = after.Settings.Model with { Retries = 0 } };
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
        var command = new System.Diagnostics.ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] host = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(ResumptionTests).Assembly.Location] : [];
        foreach (string argument in (string[])[.. host, "-method", $"{typeof(ResumptionTests).FullName}.{nameof(A_victim_runs_a_case)}", "-explicit", "only"])
            command.ArgumentList.Add(argument);
        command.Environment[VictimFolder] = Path.GetDirectoryName(cases.Runs.Store);
        command.Environment[VictimModel] = $"{cases.Settings.Model.BaseUrl} {caseId ?? RunsFixture.Solo}";
        using System.Diagnostics.Process victim = System.Diagnostics.Process.Start(command)!;
        Task<string> said = victim.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        _ = victim.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task ended = victim.WaitForExitAsync(TestContext.Current.CancellationToken);
        if (await Task.WhenAny(moment, ended) == ended)
            Assert.Fail($"The victim ended by itself: {await said}");
        victim.Kill();
        await ended;
    }

    [Fact(Explicit = true)]
    public async Task A_victim_runs_a_case()
    {
        string? folder = Environment.GetEnvironmentVariable(VictimFolder);
        Assert.SkipWhen(folder is null, "It is started by another test.");
        string[] model = Environment.GetEnvironmentVariable(VictimModel)!.Split(' ');
        await using ShellCases cases = ShellCases.Join(folder, new Uri(model[0]));
        await cases.Runs.RunAsync(CaseId.Parse(model[1]), ShellCases.Shell);
    }
}
