using FluentAssertions;
using Tandem.Harness.Agents;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Messaging;

/// <content>What becomes of messages when processes of the channel are killed.</content>
public sealed partial class CommandChannelTests
{
    [Fact]
    public async Task A_listener_that_is_killed_comes_back_and_nothing_is_lost()
    {
        RunRecord record = await _runs.RecordAsync(RunsFixture.Comm, Talking(async (context, token) =>
        {
            await context.BeginStepAsync(token);
            if (context.AgentId == "agent1")
            {
                (await ShellAsync(context, ToListener("-9") + "send_message agent2 after", token)).Code.Should().Be(0);
                return AgentEnd.Submitted;
            }
            await ShellAsync(context,
                "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do read_messages | grep -q after && break; sleep 0.2; done",
                token);
            return AgentEnd.Submitted;
        }));

        record.AgentStatus.Should().Be(AgentStatus.Submitted, record.Error?.Message);
        record.Messages.Should().ContainSingle().Which.Message.Should().Be("after");
    }

    [Fact, Long]
    public async Task What_a_killed_command_had_asked_to_read_is_in_the_next_prompt()
    {
        TaskCompletionSource begun = new(), sent = new();
        RunRecord record = await _runs.RecordAsync(RunsFixture.Comm, Talking(async (context, token) =>
        {
            if (context.AgentId == "agent1")
            {
                await begun.Task.WaitAsync(token);
                await context.BeginStepAsync(token);
                (await ShellAsync(context, "send_message agent2 hello", token)).Code.Should().Be(0);
                sent.SetResult();
                return AgentEnd.Submitted;
            }
            await context.BeginStepAsync(token);
            begun.SetResult();
            await sent.Task.WaitAsync(token);
            // The listener hears of the request when nobody waits any more.
            await ShellAsync(context,
                ToListener("-STOP") + "timeout -s KILL 1 read_messages; " + ToListener("-CONT") + "sleep 1", token);
            (await context.BeginStepAsync(token)).Should().ContainSingle().Which.Message.Should().Be("hello");
            return AgentEnd.Submitted;
        }));

        record.AgentStatus.Should().Be(AgentStatus.Submitted, record.Error?.Message);
        record.Messages.Should().ContainSingle().Which.Should().BeEquivalentTo(new { DeliveredStep = 2, ReadAt = (DateTimeOffset?)null });
    }

    /// <summary>Sends a signal to the listener of this sandbox, for others may run beside it.</summary>
    private static string ToListener(string signal) =>
        "for p in $(grep -al 'listen.*/mail' /proc/[0-9]*/cmdline 2>/dev/null); do p=${p#/proc/}; p=${p%/cmdline}; [ $p = $$ ] "
        + $"|| {{ grep -aq \"$TANDEM_SCRATCH_OF_TEST\" /proc/$p/cmdline && kill {signal} $p; }}; done; ";
}
