using FluentAssertions;
using Tandem.Harness.Agents;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Tests.Sandboxes;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Cases;

/// <summary>Messages between the agents of a case, from a step to the store.</summary>
[Slow]
public sealed class ConversationTests : IAsyncDisposable
{
    private readonly RunsFixture _runs = new();

    public ValueTask DisposeAsync() => _runs.DisposeAsync();

    [Fact]
    public async Task Messages_are_recorded_with_the_senders_and_the_recipients_step_and_time()
    {
        RunRecord record = await _runs.RecordAsync(RunsFixture.Comm, InTurns(async (context, token) =>
        {
            IReadOnlyList<MessageRecord> heard = await context.BeginStepAsync(token);
            if (context.AgentId == "agent1")
                (await context.SendAsync("agent2", "I do iso.py.\n\"And\" you?", token)).Should().BeNull();
            else
                (await context.SendAsync("agent1", "heard " + heard.Single().Message.Length, token)).Should().BeNull();
            heard = await context.BeginStepAsync(token);
            heard.Should().HaveCount(context.AgentId == "agent1" ? 1 : 0);
            return AgentEnd.Submitted;
        }));

        record.MessagesCount.Should().Be(2);
        record.Messages.Should().BeEquivalentTo(
            [
                new { From = "agent1", To = "agent2", Message = "I do iso.py.\n\"And\" you?", FeatureId = 1, SentStep = 1,
                    DeliveredStep = 1 },
                new { From = "agent2", To = "agent1", Message = "heard 23", FeatureId = 3, SentStep = 1, DeliveredStep = 2 },
            ],
            options => options.WithStrictOrdering());
        record.Messages.Should().OnlyContain(m => m.SentAt >= record.StartedAt && m.DeliveredAt >= m.SentAt && m.ReadAt == null);
        _runs.Conversation(RunsFixture.Comm, 1).Should().Equal(record.Messages);
        record.Artifacts.Should().Contain(artifact => artifact.Path == StoreLayout.ConversationFile);
        _runs.Stored(RunsFixture.Comm).Should().ContainSingle().Which.Messages.Should().Equal(record.Messages);
        _runs.Status(RunsFixture.Comm).Should().Be(RunStatus.Completed);
        _runs.Trajectory(RunsFixture.Comm, 1).Where(e => e.Kind.StartsWith("message", StringComparison.Ordinal))
            .Select(e => (e.AgentId, e.Step, e.Kind, e.Text)).Should().Equal(
            ("agent1", 1, "message_sent", "agent2: I do iso.py.\n\"And\" you?"),
            ("agent2", 1, "message_received", "agent1: I do iso.py.\n\"And\" you?"),
            ("agent2", 1, "message_sent", "agent1: heard 23"),
            ("agent1", 2, "message_received", "agent2: heard 23"));
    }

    [Fact, Long]
    public async Task Agents_that_have_nothing_to_say_leave_an_empty_conversation()
    {
        RunRecord record = await _runs.RecordAsync(RunsFixture.Comm, RunsFixture.Oracle);

        record.Should().BeEquivalentTo(new { BothPassed = true, MessagesCount = 0 });
        _runs.Conversation(RunsFixture.Comm, 1).Should().BeEmpty();
    }

    [Fact, Long]
    public async Task In_other_settings_there_is_no_channel_and_no_file()
    {
        foreach (CaseId caseId in new[] { RunsFixture.Solo, RunsFixture.Coop })
        {
            await _runs.RecordAsync(caseId, InTurns(async (context, token) =>
            {
                context.Mailbox.Should().BeNull();
                await context.BeginStepAsync(token);
                await context.Invoking(c => c.SendAsync("agent2", "hello", token)).Should().ThrowAsync<InvalidOperationException>();
                return AgentEnd.Submitted;
            }));
            _runs.Artifact(caseId, 1, StoreLayout.ConversationFile).Should().BeNull();
        }
    }

    [Fact]
    public async Task A_refusal_is_told_to_the_agent_and_kept_in_the_trajectory_but_is_no_message()
    {
        RunRecord record = await _runs.RecordAsync(RunsFixture.Comm, InTurns(async (context, token) =>
        {
            await context.BeginStepAsync(token);
            if (context.AgentId == "agent1")
                return AgentEnd.Submitted;
            (await context.SendAsync("agent1", "all yours", token)).Should().Be("agent1 has finished");
            (await context.SendAsync("agent7", new string('x', 100_000) + "\ud83d", token)).Should().Be("the message is not valid Unicode");
            return AgentEnd.Submitted;
        }));

        record.Should().BeEquivalentTo(new { AgentStatus = AgentStatus.Submitted, MessagesCount = 0 });
        _runs.Trajectory(RunsFixture.Comm, 1).Where(e => e.Kind == "message_refused").Should().SatisfyRespectively(
            e => e.Should().BeEquivalentTo(new { AgentId = "agent2", Text = "agent1: all yours", Output = "agent1 has finished" }),
            e => e.Text.Should().HaveLength("agent7: ".Length + 500 + " [...]".Length));
    }

    [Theory]
    [InlineData("crash", AgentStatus.Error)]
    [InlineData("steps", AgentStatus.LimitsExceeded, Traits = ["Tier", "Long"])]
    [InlineData("wall_clock", AgentStatus.LimitsExceeded, Traits = ["Tier", "Long"])]
    [InlineData("lost", AgentStatus.Error)]
    public async Task However_the_agents_end_what_they_said_is_kept(string end, AgentStatus status)
    {
        _runs.Configuration = _runs.Configuration with
        {
            Limits = _runs.Configuration.Limits with { Steps = end == "steps" ? 1 : 100, AgentMinutes = end == "wall_clock" ? 0.02 : 10 },
            Run = _runs.Configuration.Run with { Attempts = 1 },
        };
        RunRecord record = await _runs.RecordAsync(RunsFixture.Comm, InTurns(async (context, token) =>
        {
            await context.BeginStepAsync(token);
            await context.SendAsync(context.Mailbox!.Peers[0], "hello", token);
            switch (end)
            {
                case "crash":
                    throw new InvalidOperationException("lost its way");
                case "lost":
                    throw new SandboxException(SandboxFault.Lost, "gone");
                case "wall_clock":
                    await Task.Delay(Timeout.Infinite, token);
                    break;
            }
            await context.BeginStepAsync(token);
            return AgentEnd.Submitted;
        }));

        record.AgentStatus.Should().Be(status);
        record.Messages.Should().NotBeEmpty().And.OnlyContain(m => m.Message == "hello");
        _runs.Conversation(RunsFixture.Comm, record.Attempt).Should().Equal(record.Messages);
    }

    [Fact]
    public async Task What_comes_after_the_last_step_is_recorded_as_undelivered()
    {
        var began = new TaskCompletionSource();
        var sent = new TaskCompletionSource();
        RunRecord record = await _runs.RecordAsync(RunsFixture.Comm, RunsFixture.Agent(async (context, token) =>
        {
            await (context.AgentId == "agent1" ? began.Task : Task.CompletedTask).WaitAsync(token);
            await context.BeginStepAsync(token);
            if (context.AgentId == "agent1")
            {
                (await context.SendAsync("agent2", "one more thing", token)).Should().BeNull();
                sent.SetResult();
                return AgentEnd.Submitted;
            }
            began.SetResult();
            await sent.Task.WaitAsync(token);
            return AgentEnd.Submitted;
        }));

        record.Messages.Should().ContainSingle().Which.Should()
            .BeEquivalentTo(new
            {
                Message = "one more thing",
                SentStep = 1,
                DeliveredAt = (DateTimeOffset?)null,
                DeliveredStep = (int?)null
            });
    }

    [Fact]
    public async Task An_interrupted_case_keeps_what_was_said()
    {
        using var stop = new CancellationTokenSource();
        Func<Task> run = () => _runs.RunAsync(
            RunsFixture.Comm,
            InTurns(async (context, token) =>
            {
                await context.BeginStepAsync(token);
                if (context.AgentId == "agent1")
                    await context.SendAsync("agent2", "wait for me", token);
                else
                    await stop.CancelAsync();
                await context.BeginStepAsync(token);
                return AgentEnd.Submitted;
            }),
            stop: stop);

        await run.Should().ThrowAsync<OperationCanceledException>();
        RunRecord record = _runs.Stored(RunsFixture.Comm).Should().ContainSingle().Subject;
        record.Should().BeEquivalentTo(new { Interrupted = true, MessagesCount = 1 });
        _runs.Conversation(RunsFixture.Comm, 1).Should().Equal(record.Messages);
    }

    [Fact]
    public async Task Who_evaluates_later_takes_the_conversation_over()
    {
        RunRecord record = await _runs.RecordAsync(
            RunsFixture.Comm,
            InTurns(async (context, token) =>
            {
                await context.BeginStepAsync(token);
                await context.SendAsync(context.Mailbox!.Peers[0], "hello", token);
                return AgentEnd.Submitted;
            }),
            wrap: inner =>
                WatchedProvider.Failing(inner, (spec, number) => spec.Owner.Role == "evaluation"
                && number <= 3 ? new SandboxException(SandboxFault.Engine, "down") : null));

        record.Should().BeEquivalentTo(new { Attempt = 2, AttemptKind = AttemptKind.Regrade, MessagesCount = 1 });
        _runs.Artifact(RunsFixture.Comm, 2, StoreLayout.ConversationFile).Should()
            .Equal(_runs.Artifact(RunsFixture.Comm, 1, StoreLayout.ConversationFile));
        _runs.Conversation(RunsFixture.Comm, 2).Should().Equal(record.Messages);
    }

    [Fact]
    public async Task Agents_without_turns_go_at_their_own_pace()
    {
        var met = new TaskCompletionSource();
        RunRecord record = await _runs.RecordAsync(RunsFixture.Comm, RunsFixture.Agent(async (context, token) =>
        {
            await context.BeginStepAsync(token);
            if (context.AgentId == "agent1")
            {
                // In turns this would wait for ever: the second step of one is before the first step of the other ends.
                await context.BeginStepAsync(token);
                await met.Task.WaitAsync(token);
                return AgentEnd.Submitted;
            }
            await context.SendAsync("agent1", "go on", token);
            met.SetResult();
            await context.BeginStepAsync(token);
            return AgentEnd.Submitted;
        }));

        record.AgentStatus.Should().Be(AgentStatus.Submitted);
        record.Messages.Should().ContainSingle().Which.From.Should().Be("agent2");
    }

    private static AgentKind InTurns(Func<AgentContext, CancellationToken, Task<AgentEnd>> work) =>
        RunsFixture.Agent(work) with { TakesTurns = true };
}
