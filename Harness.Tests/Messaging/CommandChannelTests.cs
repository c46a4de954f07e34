using FluentAssertions;
using Tandem.Harness.Agents;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Messaging;

/// <summary>The commands <c>send_message</c> and <c>read_messages</c>, as commands of agents in real sandboxes meet them.</summary>
[Slow]
public sealed partial class CommandChannelTests : IAsyncDisposable
{
    private readonly RunsFixture _runs = new();

    public ValueTask DisposeAsync() => _runs.DisposeAsync();

    private static readonly (string Command, string Text)[] s_sent =
    [
        ("send_message agent2 I do parse.py, lines 10-20", "I do parse.py, lines 10-20"),
        ("send_message agent2 \"it's \\\"quoted\\\" \\$HOME\"", "it's \"quoted\" $HOME"),
        ("send_message agent2 'two\nlines\n\n'", "two\nlines\n\n"),
        ("printf 'from stdin: %%s\\\\n' | send_message agent2", "from stdin: %s\\n"),
        ("send_message agent2 <<'EOF'\n  - ä € 😀\n\tend\nEOF", "  - ä € 😀\n\tend\n"),
        ("send_message -- agent2 --wait is an option", "--wait is an option"),
        ("head -c 65536 /dev/zero | tr '\\0' x | send_message agent2", new string('x', 65536)),
    ];

    private static readonly (string Command, int Code, string Said)[] s_refused =
    [
        ("send_message agent3 hello", 1, "not sent: there is no 'agent3'; you can write to agent2"),
        ("send_message agent1 hello", 1, "not sent: 'agent1' is yourself; you can write to agent2"),
        ("send_message agent2 ''", 1, "not sent: the message is empty"),
        ("send_message agent2", 1, "not sent: the message is empty"),
        ("printf '\\377' | send_message agent2", 1, "not sent: the message is not valid Unicode"),
        ("head -c 65537 /dev/zero | tr '\\0' x | send_message agent2", 1,
            "not sent: the message is longer than 65536 bytes, the most that is taken"),
        ("send_message", 2, "usage: send_message RECIPIENT [--wait SECONDS] [TEXT ...]"),
        ("send_message agent2 --wait soon hello", 2, "--wait takes a number of seconds, not 'soon'"),
        ("send_message agent2 --wait", 2, "usage: send_message RECIPIENT [--wait SECONDS] [TEXT ...]"),
        ("read_messages all", 2, "usage: read_messages"),
        ("read_messages", 0, "no new messages"),
    ];

    [Fact]
    public async Task What_is_sent_arrives_unchanged()
    {
        var sent = new TaskCompletionSource();
        RunRecord record = await _runs.RecordAsync(RunsFixture.Comm, Talking(async (context, token) =>
        {
            if (context.AgentId == "agent1")
            {
                await context.BeginStepAsync(token);
                foreach ((string command, _) in s_sent)
                    (await ShellAsync(context, command, token)).Should().Be((0, "sent to agent2\n"), command);
                sent.SetResult();
                return AgentEnd.Submitted;
            }
            await sent.Task.WaitAsync(token);
            (await context.BeginStepAsync(token)).Select(message => message.Message).Should().Equal(s_sent.Select(one => one.Text));
            return AgentEnd.Submitted;
        }));

        record.AgentStatus.Should().Be(AgentStatus.Submitted, record.Error?.Message);
        record.Messages.Select(message => (message.From, message.To, message.SentStep, message.DeliveredStep, message.ReadAt)).Should()
            .HaveCount(s_sent.Length).And.OnlyContain(
                message => message.From == "agent1" && message.To == "agent2" && message.SentStep == 1 && message.DeliveredStep == 1
                && message.ReadAt == null);
        record.Messages.Select(message => message.Message).Should().Equal(s_sent.Select(one => one.Text));
    }

    [Fact]
    public async Task What_cannot_be_done_is_told_truthfully()
    {
        var done = new TaskCompletionSource();
        RunRecord record = await _runs.RecordAsync(RunsFixture.Comm, Talking(async (context, token) =>
        {
            await context.BeginStepAsync(token);
            if (context.AgentId == "agent2")
            {
                await done.Task.WaitAsync(token);
                return AgentEnd.Submitted;
            }
            try
            {
                foreach ((string command, int code, string said) in s_refused)
                {
                    (int exit, string output) = await ShellAsync(context, command, token);
                    (exit, output.Split('\n')[0]).Should().Be((code, said), command);
                }
            }
            finally
            {
                done.SetResult();
            }
            return AgentEnd.Submitted;
        }));

        record.AgentStatus.Should().Be(AgentStatus.Submitted, record.Error?.Message);
        record.MessagesCount.Should().Be(0);
    }

    [Fact]
    public async Task An_answer_is_waited_for_while_the_command_runs_and_counts_as_read()
    {
        // The question must come after agent2's step began: one that is there before is given at the step's begin, and no command sees it.
        var began = new TaskCompletionSource();
        RunRecord record = await _runs.RecordAsync(RunsFixture.Comm, Talking(async (context, token) =>
        {
            await context.BeginStepAsync(token);
            if (context.AgentId == "agent1")
            {
                await began.Task.WaitAsync(token);
                (await ShellAsync(context, "send_message agent2 --wait 60 'which file?' && echo went on", token)).Should()
                    .Be((0, "sent to agent2\n[Message from agent2]\niso.py\nwent on\n"));
                return AgentEnd.Submitted;
            }
            began.SetResult();
            // A command of its own sees the question in the middle of a step, and answers in the same.
            (await ShellAsync(context, "until read_messages | grep -q which; do sleep 0.05; done; send_message agent1 iso.py", token))
                .Should().Be((0, "sent to agent1\n"));
            return AgentEnd.Submitted;
        }));

        record.AgentStatus.Should().Be(AgentStatus.Submitted, record.Error?.Message);
        record.Messages.Where(m => m.To == "agent2").Should().ContainSingle().Which.Should()
            .BeEquivalentTo(new { Message = "which file?", DeliveredStep = 1 });
        record.Messages[0].ReadAt.Should().NotBeNull().And.Be(record.Messages[0].DeliveredAt);
        record.Messages.Should().Contain(m => m.From == "agent2" && m.Message == "iso.py" && m.ReadAt >= m.SentAt);
    }

    [Fact, Long]
    public async Task A_wait_ends_truthfully_when_nobody_answers_or_the_teammate_has_finished()
    {
        var (began, ended) = (new TaskCompletionSource(), new TaskCompletionSource());
        await _runs.RecordAsync(RunsFixture.Comm, Talking(async (context, token) =>
        {
            await context.BeginStepAsync(token);
            if (context.AgentId == "agent2")
            {
                began.SetResult();
                while ((await context.ReadMessagesAsync(token)).All(message => message.Message != "still there?"))
                    await Task.Delay(20, token);
                return AgentEnd.Submitted;
            }
            await began.Task.WaitAsync(token);
            (await ShellAsync(context, "send_message agent2 --wait 0.3 hello?", token)).Should()
                .Be((3, "sent to agent2\nno answer: agent2 did not answer within 0.3 s\n"));
            (await ShellAsync(context, "send_message agent2 --wait 60 'still there?'", token)).Should()
                .Be((3, "sent to agent2\nno answer: agent2 has finished and did not answer\n"));
            (await ShellAsync(context, "send_message agent2 anybody?", token)).Should().Be((1, "not sent: agent2 has finished\n"));
            ended.SetResult();
            return AgentEnd.Submitted;
        }));
        ended.Task.IsCompletedSuccessfully.Should().BeTrue();
    }

    [Fact]
    public async Task A_long_message_is_read_page_by_page_and_nothing_of_it_is_lost()
    {
        string text = string.Concat(Enumerable.Range(0, 2000).Select(i => $"line {i} of the message\n"));
        var sent = new TaskCompletionSource();
        var began = new TaskCompletionSource();
        string read = "";
        await _runs.RecordAsync(RunsFixture.Comm, Talking(async (context, token) =>
        {
            await context.BeginStepAsync(token);
            if (context.AgentId == "agent1")
            {
                await began.Task.WaitAsync(token);
                (await context.SendAsync("agent2", text, token)).Should().BeNull();
                sent.SetResult();
                return AgentEnd.Submitted;
            }
            began.SetResult();
            await sent.Task.WaitAsync(token);
            for (int i = 0; i < 20 && !read.EndsWith("no new messages\n"); i++)
            {
                string page = (await ShellAsync(context, "read_messages", token)).Output;
                page.Length.Should().BeLessThan(context.Settings.OutputCharacters);
                read += page;
            }
            return AgentEnd.Submitted;
        }));

        string.Join('\n', read.Split('\n').Where(line => !line.Contains("more characters wait"))).Should()
            .Be($"[Message from agent1]\n{text}\nno new messages\n");
    }

    [Fact, Long]
    public async Task Many_messages_at_once_all_arrive_once_and_each_from_its_sender()
    {
        RunRecord record = await _runs.RecordAsync(RunsFixture.Comm, Talking(async (context, token) =>
        {
            await context.BeginStepAsync(token);
            (await ShellAsync(context,
                $"for i in 1 2 3 4 5 6 7 8; do send_message {context.Mailbox!.Peers[0]} \"$i of {context.AgentId}\" & done; wait",
                token)).Code.Should().Be(0);
            return AgentEnd.Submitted;
        }));

        record.AgentStatus.Should().Be(AgentStatus.Submitted, record.Error?.Message);
        foreach (string agent in new[] { "agent1", "agent2" })
            record.Messages.Where(m => m.From == agent).Select(m => m.Message).Should()
                .BeSubsetOf(Enumerable.Range(1, 8).Select(i => $"{i} of {agent}")).And.OnlyHaveUniqueItems();
        record.Messages.Should().HaveCountGreaterThanOrEqualTo(8);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_messages_there_are_no_commands(bool isSolo)
    {
        RunRecord record = await _runs.RecordAsync(isSolo ? RunsFixture.Solo : RunsFixture.Coop, Talking(async (context, token) =>
        {
            await context.BeginStepAsync(token);
            (await ShellAsync(context, "send_message agent2 hello", token)).Code.Should().Be(127);
            (await ShellAsync(context, "read_messages", token)).Code.Should().Be(127);
            return AgentEnd.Submitted;
        }));
        record.AgentStatus.Should().Be(AgentStatus.Submitted, record.Error?.Message);
    }

    private static async Task<(int Code, string Output)> ShellAsync(AgentContext context, string command, CancellationToken token)
    {
        ExecResult result = await context.ExecAsync(
            ExecRequest.Shell("exec 2>&1; " + command) with
            { Environment = new Dictionary<string, string> { ["TANDEM_SCRATCH_OF_TEST"] = context.Sandbox.Paths.Scratch } }, token);
        return (result.ExitCode ?? -1, result.Stdout.Text + result.Stderr.Text);
    }

    /// <summary>Agents that write by commands. None begins before all have, so that nobody "has finished" by chance.</summary>
    private static AgentKind Talking(Func<AgentContext, CancellationToken, Task<AgentEnd>> work)
    {
        var begun = new Dictionary<string, TaskCompletionSource> { ["agent1"] = new(), ["agent2"] = new(), ["solo"] = new() };
        return RunsFixture.Agent(async (context, token) =>
        {
            begun[context.AgentId].TrySetResult();
            if (context.Mailbox is not null)
                await Task.WhenAll(begun["agent1"].Task, begun["agent2"].Task).WaitAsync(token);
            return await work(context, token);
        }) with
        { TalksByCommands = true };
    }
}
