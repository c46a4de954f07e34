using FluentAssertions;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>The commands for messages, as a command-line agent finds them or does not.</summary>
public sealed class CommandAgentMessageTests : CommandAgentCases
{
    [Theory, Long]
    [InlineData("bash -lc")]
    [InlineData("sh -lc")]
    [InlineData("env -i HOME=\"$HOME\" bash -lc")]
    public async Task Login_shells_find_them_too(string shell)
    {
        // /etc/profile sets PATH anew: what the harness put in front of it is gone.
        // Whose teammate has finished is refused; it has found the command all the same.
        Run(shell + " 'command -v send_message && send_message \"$0\" hello' {peers} || true");

        RunRecord record = await RecordAsync(RunsFixture.Comm);

        record.AgentStatus.Should().Be(AgentStatus.Submitted, record.Error?.Message);
        record.Messages.Select(m => m.Message).Should().Contain("hello");
        record.Agents.Should().OnlyContain(agent => agent.MessageCalls == 1);
    }

    [Fact]
    public async Task That_an_agent_never_called_one_is_in_its_record()
    {
        Run("if [ {agent_id} = agent1 ]; then read_messages; fi");

        RunRecord record = await RecordAsync(RunsFixture.Comm);

        record.Agents.Select(agent => agent.MessageCalls).Should().Equal(1, 0);
        Runs.Trajectory(RunsFixture.Comm, 1).Where(e => e.Kind == "messages_unused").Select(e => (e.AgentId, e.Text)).Should()
            .Equal(("agent2", "it never asked to send or to read a message"));
    }

    [Fact]
    public async Task Where_there_are_no_messages_nobody_counts_them()
    {
        Run("true");

        RunRecord record = await RecordAsync(RunsFixture.Coop);

        record.Agents.Should().OnlyContain(agent => agent.MessageCalls == null);
        Runs.Trajectory(RunsFixture.Coop, 1).Should().NotContain(e => e.Kind == "messages_unused");
    }
}
