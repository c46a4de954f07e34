using System.Text;
using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>Connections to processes in containers.</summary>
public sealed class DockerChannelTests : DockerTestBase
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(10);

    [Fact(Timeout = BackstopMs)]
    public async Task What_is_written_comes_back_whole_while_it_is_written()
    {
        byte[] sent = new byte[5_000_000];
        new Random(1).NextBytes(sent);
        await using ISandbox sandbox = await CreateAsync();
        await using ISandboxChannel channel = await sandbox.ConnectAsync(["cat"], Token);
        Task writing = channel.WriteAsync(sent, Token);
        byte[] got = new byte[sent.Length];
        for (int at = 0; at < got.Length;)
        {
            int count = await channel.ReadAsync(got.AsMemory(at), Token);
            count.Should().BePositive();
            at += count;
        }
        await writing;
        got.AsSpan().SequenceEqual(sent).Should().BeTrue();
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Its_complaints_are_kept_apart_and_bounded_and_its_end_is_an_end()
    {
        await using ISandbox sandbox = await CreateAsync();
        await using ISandboxChannel channel = await sandbox.ConnectAsync(
            ["/bin/sh", "-c", "pwd; echo begun >&2; seq 100000 >&2; echo ended >&2"], Token);
        (await ReadToEndAsync(channel)).Should().Be("/\n", "a file of the repository must not stand for a part of the program");
        channel.ErrorText.Should().StartWith("begun\n").And.EndWith("ended\n").And.Match(text => text.Length < 9000);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_process_ends_with_its_channel()
    {
        await using ISandbox sandbox = await CreateAsync();
        await using (ISandboxChannel channel = await sandbox.ConnectAsync(["/bin/sh", "-c", "echo; cat; : the-other-end"], Token))
        {
            // The engine forgets the end of an input that comes before the process.
            (await channel.ReadAsync(new byte[1], Token)).Should().Be(1);
        }
        // By the end of its input, or by the signal that the engine sends it then: whichever comes first.
        await PrintAsync(sandbox,
            "for try in $(seq 100); do grep -qs '[t]he-other-end' /proc/[0-9]*/cmdline || exit 0; sleep 0.1; done; exit 1");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Whatever_ends_the_sandbox_or_its_processes_ends_the_channel()
    {
        ISandbox sandbox = await CreateAsync();
        await using (sandbox)
        {
            await using ISandboxChannel before = await sandbox.ConnectAsync(["cat"], Token);
            // The process must be there: the engine reports one that ends while it is being started in the channel.
            await before.WriteAsync("x"u8.ToArray(), Token);
            (await before.ReadAsync(new byte[1], Token)).Should().Be(1);
            await sandbox.ResetProcessesAsync(Token);
            (await ReadToEndAsync(before).WaitAsync(s_soon, Token)).Should().BeEmpty();
        }
        await sandbox.Invoking(one => one.ConnectAsync(["cat"], Token)).Should().ThrowAsync<SandboxException>()
            .Where(exception => exception.Fault == SandboxFault.Lost);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_sandbox_that_is_killed_from_inside_is_started_again_for_it()
    {
        await using ISandbox sandbox = await CreateAsync();
        await PrintAsync(sandbox, "true");
        await using (ISandboxChannel channel = await sandbox.ConnectAsync(["/bin/sh", "-c", "kill -9 -1"], Token))
            (await ReadToEndAsync(channel).WaitAsync(s_soon, Token)).Should().BeEmpty();
        await WaitUntilStoppedAsync(sandbox.Id);
        await using ISandboxChannel next = await sandbox.ConnectAsync(["echo", "back"], Token);
        (await ReadToEndAsync(next).WaitAsync(s_soon, Token)).Should().Be("back\n");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_read_ends_when_the_sandbox_counts_as_lost_though_its_processes_live()
    {
        await using ISandbox sandbox = await CreateAsync();
        // Session and process must be there: to pause a container while a process is being started in it blocks the whole engine for ever.
        await PrintAsync(sandbox, "true");
        await using ISandboxChannel channel = await sandbox.ConnectAsync(["cat"], Token);
        await channel.WriteAsync("x"u8.ToArray(), Token);
        (await channel.ReadAsync(new byte[1], Token)).Should().Be(1);
        Task<string> reading = ReadToEndAsync(channel);
        await Meddling.DoAsync(Engine, sandbox.Id, "pause", Token);
        (await sandbox.ExecAsync(ExecRequest.Shell("true"), Token)).Outcome.Should().Be(ExecOutcome.SandboxLost);
        (await reading.WaitAsync(s_soon, Token)).Should().BeEmpty();
        await channel.Invoking(one => one.WriteAsync("late"u8.ToArray(), Token)).Should().ThrowAsync<IOException>();
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_program_that_is_not_there_is_refused_or_ends_at_once()
    {
        await using ISandbox sandbox = await CreateAsync();
        try
        {
            await using ISandboxChannel channel = await sandbox.ConnectAsync(["no-such-program"], Token);
            (await ReadToEndAsync(channel).WaitAsync(s_soon, Token)).Should().Contain("no-such-program");
        }
        catch (SandboxException exception)
        {
            exception.Message.Should().Contain("no-such-program");
        }
        (await PrintAsync(sandbox, "echo sound")).Should().Be("sound\n");
    }

    private static async Task<string> ReadToEndAsync(ISandboxChannel channel)
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (await channel.ReadAsync(buffer, Token) is var count and > 0)
            text.Append(Encoding.UTF8.GetString(buffer, 0, count));
        return text.ToString();
    }
}
