using FluentAssertions;
using Tandem.Harness.Agents;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Messaging;

/// <summary>Requests that an agent writes itself into the folder of the message channel, without its commands: each is refused with a
/// reason, and ends neither its agent nor its case.</summary>
[Slow]
public sealed class ForgedRequestTests : IAsyncDisposable
{
    // forge NAME: makes a request of what is in the files request, to and text; prints what comes back, if something does.
    private const string Forge = """
        mail="$(dirname "$(dirname "$(command -v send_message)")")/mail"
        mkdir forged && cd forged && printf 'agent2' > to && printf 'hello' > text && printf 'send - 1\n' > request
        forge() {
          rm -rf "$mail/tmp.$1"; mkdir "$mail/tmp.$1"; cp -R --sparse=always request to text "$mail/tmp.$1"
          mkfifo "$mail/tmp.$1/reply"; exec 4<>"$mail/tmp.$1/reply"
          mv "$mail/tmp.$1" "$mail/new/$1"; echo "$1" 1<>"$mail/bell"
          read -r code <&4; echo "code $code"; cat "$mail/new/$1"/answer.* 2>&1
        }

        """;

    private readonly RunsFixture _runs = new();

    public ValueTask DisposeAsync() => _runs.DisposeAsync();

    [Theory]
    [InlineData("printf 'send soon 1\\n' > request", "not sent: its time to wait is no number of seconds")]
    [InlineData("printf 'send NaN 1\\n' > request", "not sent: its time to wait is no number of seconds", Traits = ["Tier", "Long"])]
    [InlineData("printf 'send -1 1\\n' > request", "not sent: its time to wait is no number of seconds", Traits = ["Tier", "Long"])]
    [InlineData("printf 'send 1e999 1\\n' > request", "not sent: its time to wait is no number of seconds", Traits = ["Tier", "Long"])]
    [InlineData("printf 'burn - 1\\n' > request",
        "not sent: it is neither one of send_message nor of read_messages", Traits = ["Tier", "Long"])]
    [InlineData("printf 'send -\\n' > request",
        "not sent: it is neither one of send_message nor of read_messages", Traits = ["Tier", "Long"])]
    [InlineData("head -c 200000 /dev/zero > request",
        "not sent: it is neither one of send_message nor of read_messages", Traits = ["Tier", "Long"])]
    [InlineData("head -c 90 /dev/urandom > request", "not sent: it is neither one of send_message nor of read_messages",
        Traits = ["Tier", "Long"])]
    [InlineData("printf 'send - 1 2 3\\n' > request",
        "not sent: it is neither one of send_message nor of read_messages", Traits = ["Tier", "Long"])]
    [InlineData("printf 'send - $(reboot)\\n' > request", "not sent: it names no process", Traits = ["Tier", "Long"])]
    [InlineData("printf 'send - -1\\n' > request", "not sent: it names no process", Traits = ["Tier", "Long"])]
    [InlineData(": > request", "not sent: it is not whole", Traits = ["Tier", "Long"])]
    [InlineData("rm text; mkfifo text", "not sent: the message is empty", Traits = ["Tier", "Long"])]
    [InlineData("rm request; mkdir request", "not sent: it is not whole", Traits = ["Tier", "Long"])]
    [InlineData("truncate -s 1T text", "not sent: the message is 65537 bytes long; at most 65536 are taken")]
    [InlineData("truncate -s 1T to", "not sent: there is no '", Traits = ["Tier", "Long"])]
    [InlineData("printf '../../agent2' > to", "not sent: there is no '../../agent2'; you can write to agent2")]
    [InlineData("printf agent1 > to", "not sent: 'agent1' is yourself; you can write to agent2", Traits = ["Tier", "Long"])]
    [InlineData("printf 'a\\377' > to", "not sent: the message is not valid Unicode", Traits = ["Tier", "Long"])]
    [InlineData("head -c 1000 /dev/urandom > text", "not sent: the message is not valid Unicode", Traits = ["Tier", "Long"])]
    public async Task A_forged_request_is_refused_with_a_reason(string forge, string reason)
    {
        string? said = null;
        RunRecord record = await RecordAsync($"{forge}; forge abc", text => said = text);

        said.Should().StartWith("code 1\n" + reason);
        record.MessagesCount.Should().Be(1, "the one that its command sent afterwards");
    }

    [Theory]
    [InlineData("head -c 300000 /dev/urandom 1<>\"$mail/bell\" >\"$mail/bell\"")]
    [InlineData("for n in '../../..' '' '*' '-' 'a b' '$(x)'; do echo \"$n\" 1<>\"$mail/bell\"; done", Traits = ["Tier", "Long"])]
    [InlineData("mkdir \"$mail/new/x y\" \"$mail/new/none\"; ln -s / \"$mail/new/root\"; "
        + "for n in none root nobody; do echo $n 1<>\"$mail/bell\"; done", Traits = ["Tier", "Long"])]
    [InlineData("mkdir \"$mail/new/few\"; cp request \"$mail/new/few\"; echo few 1<>\"$mail/bell\"")]
    [InlineData("for i in $(seq 400); do mkdir \"$mail/new/m$i\"; cp request to \"$mail/new/m$i\"; : > \"$mail/new/m$i/text\"; "
        + "echo m$i 1<>\"$mail/bell\"; done", Traits = ["Tier", "Long"])]
    public async Task Garbage_in_the_channel_ends_nobody(string garbage)
    {
        RunRecord record = await RecordAsync(garbage + "; echo done", _ => { });

        record.MessagesCount.Should().Be(1);
    }

    /// <summary>Has agent1 forge, and then send a message by its command.</summary>
    private async Task<RunRecord> RecordAsync(string script, Action<string> take)
    {
        var done = new TaskCompletionSource();
        AgentKind talking = RunsFixture.Agent(async (context, token) =>
        {
            await context.BeginStepAsync(token);
            if (context.AgentId == "agent2")
            {
                await done.Task.WaitAsync(token);
                return AgentEnd.Submitted;
            }
            try
            {
                take((await context.ExecAsync(ExecRequest.Shell(Forge + script), token)).Stdout.Text);
                ExecResult sent = await context.ExecAsync(
                    ExecRequest.Shell("cd /; rm -rf \"$TANDEM_REPO/forged\"; send_message agent2 honest"), token);
                sent.Succeeded.Should().BeTrue("{0} {1}", sent.Stdout.Text, sent.Stderr.Text);
            }
            finally
            {
                done.SetResult();
            }
            return AgentEnd.Submitted;
        }) with
        { TalksByCommands = true };
        RunRecord record = await _runs.RecordAsync(RunsFixture.Comm, talking);

        record.Should().BeEquivalentTo(new { AgentStatus = AgentStatus.Submitted, InfraError = false, Attempt = 1 }, "{0}", record.Error);
        return record;
    }
}
