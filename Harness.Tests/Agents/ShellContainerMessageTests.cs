using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Tests.Evaluation;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>Shell agents in containers talk, whatever becomes of the processes that they talk by.</summary>
[Slow]
[Long]
public sealed class ShellContainerMessageTests(TinyTasks tiny) : ShellContainerCases(tiny)
{
    [Fact(Timeout = BackstopMs)]
    public async Task Two_agents_talk_and_each_message_has_its_times_and_steps()
    {
        // Each waits for the other, so that every message meets the step that the test says.
        using var hasBegun = new ManualResetEventSlim();
        using var isInSecondStep = new ManualResetEventSlim();
        using var hasToldMore = new ManualResetEventSlim();
        await using FakeModelServer server = await StartAsync(request =>
        {
            if (request.AgentId == "agent2")
            {
                if (request.Turn == 0)
                    hasBegun.Set();
                if (request.Turn == 1)
                    isInSecondStep.Wait(TimeSpan.FromMinutes(1));
                if (request.Turn == 2)
                    hasToldMore.Set();
                return request.Turn switch
                {
                    0 => FakeAnswer.Runs("until read_messages | grep 'which line'; do sleep 0.1; done; printf 'line 1\\nof value.sh' | "
                        + "send_message agent1"),
                    1 => FakeAnswer.Runs("send_message agent1 'and I do list.txt'"),
                    2 => FakeAnswer.Runs(WorkOf(request)),
                    _ => FakeAnswer.Submits,
                };
            }
            if (request.Turn == 0)
                hasBegun.Wait(TimeSpan.FromMinutes(1));
            if (request.Turn == 1)
            {
                isInSecondStep.Set();
                hasToldMore.Wait(TimeSpan.FromMinutes(1));
            }
            return request.Turn switch
            {
                0 => FakeAnswer.Runs("send_message agent2 --wait 60 'which line?'"),
                1 => FakeAnswer.Runs(WorkOf(request)),
                _ => FakeAnswer.Submits,
            };
        });

        RunRecord record = await Cases.RecordAsync(Comm, Shell);

        ShouldHavePassed(record);
        record.Messages.Select(m => (m.From, m.To, m.Message, m.FeatureId, m.SentStep, m.DeliveredStep, m.ReadAt is not null)).Should()
            .Equal(
            ("agent1", "agent2", "which line?", 1, 1, 1, true), ("agent2", "agent1", "line 1\nof value.sh", 2, 1, 1, true),
                ("agent2", "agent1", "and I do list.txt", 2, 2, 3, false));
        record.Messages.Should().OnlyContain(m => m.SentAt <= m.DeliveredAt && (m.ReadAt == null || m.ReadAt == m.DeliveredAt));
        record.Messages.Select(m => m.SentAt).Should().BeInAscendingOrder();
        StoreJson.Read<IReadOnlyList<MessageRecord>>(File.ReadAllBytes(Path.Combine(Folder(Comm), StoreLayout.ConversationFile))).Should()
            .Equal(record.Messages);
        Commands(Comm).First(e => e.AgentId == "agent1").Output.Should()
            .Be("sent to agent2\n[Message from agent2]\nline 1\nof value.sh\n");
        // What came between two steps is in the prompt, marked, once.
        string[] prompted = [.. server.Requests.Last(r => r.AgentId == "agent1").Messages.Where(m => (string?)m!["role"] != "assistant")
            .Select(m => (string)m!["content"]!).Where(text => text.Contains("and I do list.txt"))];
        prompted.Should().ContainSingle().Which.Should().EndWith("]\n\n[Message from agent2]\nand I do list.txt");
        Events(Comm).Select(e => e.Kind).Should().Contain(["message_sent", "message_received", "message_read"]);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("kill -9 -1; sleep 30", 137)]
    [InlineData("send_message agent2 before; kill -9 -1; sleep 30", 137)]
    [InlineData("send_message agent2 before; sleep 60", null)]
    [InlineData("pkill -9 sh; sleep 0.2; for p in /proc/[0-9]*; do kill -9 ${p#/proc/} 2>/dev/null; done; sleep 30", 137)]
    public async Task Whatever_kills_the_processes_of_its_sandbox_its_messages_go_on(string command, int? exitCode)
    {
        // Only a command that shall run into its limit has a short one: a busy machine takes seconds for a message.
        Cases.Configuration = Cases.Configuration with
        { Limits = Cases.Configuration.Limits with { CommandSeconds = exitCode is null ? 10 : 60 } };
        // Messages are in capitals, so that they differ from the commands that look for them.
        const string Poll = "for i in 1 2 3 4 5 6 7 8 9 10; do read_messages | grep -i -e after -e 'got it' && break; sleep 0.1; done";
        await using FakeModelServer server = await StartAsync(request =>
        {
            string told = request.Messages.ToJsonString();
            if (request.AgentId == "agent1" && request.Turn < 2)
                return FakeAnswer.Runs(request.Turn == 0 ? command : "send_message agent2 AFTER && echo went");
            string awaited = request.AgentId == "agent1" ? "GOT IT" : "AFTER";
            return !told.Contains(awaited, StringComparison.Ordinal) && request.Turn < 40 ? FakeAnswer.Runs(Poll)
                : request.AgentId == "agent2" && !told.Contains("send_message agent1 GOT", StringComparison.Ordinal)
                ? FakeAnswer.Runs("send_message agent1 GOT IT")
                : !told.Contains("sed -i", StringComparison.Ordinal) ? FakeAnswer.Runs(WorkOf(request))
                : FakeAnswer.Submits;
        });

        RunRecord record = await Cases.RecordAsync(Comm, Shell);

        ShouldHavePassed(record);
        TrajectoryEvent[] commands = [.. Commands(Comm).Where(e => e.AgentId == "agent1")];
        if (!command.StartsWith("pkill", StringComparison.Ordinal))
            commands[0].ExitCode.Should().Be(exitCode);
        commands[1].Output.Should().Be("sent to agent2\nwent\n");
        record.Messages.Where(m => m.From == "agent1").Select(m => m.Message).Should()
            .Equal(command.Contains("before") ? ["before", "AFTER"] : ["AFTER"]);
        record.Messages.Should().OnlyContain(m => m.DeliveredAt != null);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("send_message agent2 --wait 60 'which line?'")]
    [InlineData("timeout 1 send_message agent2 --wait 60 'which line?'; true")]
    public async Task An_answer_that_its_waiting_command_did_not_live_to_see_is_in_the_next_prompt(string command)
    {
        Cases.Configuration = Cases.Configuration with { Limits = Cases.Configuration.Limits with { CommandSeconds = 4 } };
        using var hasGivenUp = new ManualResetEventSlim();
        using var hasAnswered = new ManualResetEventSlim();
        await using FakeModelServer server = await StartAsync(request =>
        {
            if (request.AgentId == "agent2")
            {
                if (request.Turn == 0)
                    hasGivenUp.Wait(TimeSpan.FromMinutes(1));
                if (request.Turn == 1)
                    hasAnswered.Set();
                return request.Turn switch
                {
                    0 => FakeAnswer.Runs("send_message agent1 'line 1'"),
                    1 => FakeAnswer.Runs(WorkOf(request)),
                    _ =>
                FakeAnswer.Submits
                };
            }
            if (request.Turn == 1)
            {
                hasGivenUp.Set();
                hasAnswered.Wait(TimeSpan.FromMinutes(1));
            }
            return request.Turn switch { 0 => FakeAnswer.Runs(command), 1 => FakeAnswer.Runs(WorkOf(request)), _ => FakeAnswer.Submits };
        });

        RunRecord record = await Cases.RecordAsync(Comm, Shell);

        ShouldHavePassed(record);
        record.Messages.Single(m => m.From == "agent2").Should()
            .BeEquivalentTo(new { Message = "line 1", DeliveredStep = 3, ReadAt = (DateTimeOffset?)null });
        server.Requests.Last(r => r.AgentId == "agent1").Messages.ToJsonString().Should().Contain("[Message from agent2]");
    }
}
