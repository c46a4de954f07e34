using FluentAssertions;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Tests.Victims;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes;

public abstract partial class SandboxContract
{
    [Theory(Timeout = BackstopMs)]
    [InlineData(false)]
    [InlineData(true, Traits = ["Tier", "Long"])]
    public async Task Input_arrives_whole_and_ends(bool ownProcess)
    {
        byte[] input = Noise(5_000_000);
        await using ISandbox sandbox = await CreateAsync();
        ExecResult result = await sandbox.ExecAsync(new ExecRequest
        { Command = ["cat"], Stdin = input, KeepBytes = 6_000_000, OwnProcess = ownProcess }, Token);
        result.ExitCode.Should().Be(0);
        result.Stdout.TotalBytes.Should().Be(input.Length);
        result.Stdout.Head.Span.SequenceEqual(input).Should().BeTrue("every byte comes back as it went in");
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(false)]
    [InlineData(true, Traits = ["Tier", "Long"])]
    public async Task A_command_without_input_reads_an_end_at_once(bool ownProcess)
    {
        await using ISandbox sandbox = await CreateAsync();
        var request = new ExecRequest { Command = ["wc", "-c"], OwnProcess = ownProcess, TimeLimit = TimeSpan.FromSeconds(20) };
        (await sandbox.ExecAsync(request, Token)).Stdout.Text.Trim().Should().Be("0");
        (await sandbox.ExecAsync(request with { Stdin = ReadOnlyMemory<byte>.Empty }, Token)).Stdout.Text.Trim().Should().Be("0");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Input_that_nobody_reads_does_not_hang()
    {
        await using ISandbox sandbox = await CreateAsync();
        ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell("echo done; exit 3") with
        { Stdin = Noise(5_000_000), TimeLimit = TimeSpan.FromSeconds(20) }, Token);
        result.Outcome.Should().Be(ExecOutcome.Exited);
        result.ExitCode.Should().Be(3);
        result.Stdout.Text.Should().Be("done\n");

        // Nor does a child that keeps the input open without reading it.
        result = await sandbox.ExecAsync(ExecRequest.Shell("exec 3<&0; sleep 60 <&3 & echo done") with
        { Stdin = Noise(5_000_000), TimeLimit = TimeSpan.FromSeconds(20) }, Token);
        result.Outcome.Should().Be(ExecOutcome.Exited);
        result.Stdout.Text.Should().Be("done\n");
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(false)]
    [InlineData(true, Traits = ["Tier", "Long"])]
    public async Task Output_that_is_no_text_is_kept_byte_for_byte(bool ownProcess)
    {
        await using ISandbox sandbox = await CreateAsync();
        ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell("printf '\\377\\000\\200\\r\\n'; printf '\\303' >&2") with
        { OwnProcess = ownProcess }, Token);
        result.Stdout.Head.ToArray().Should().Equal(0xff, 0x00, 0x80, 0x0d, 0x0a);
        result.Stderr.Head.ToArray().Should().Equal(0xc3);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Of_long_output_the_head_and_the_tail_are_kept()
    {
        string whole = string.Concat(Enumerable.Range(1, 100_000).Select(i => $"{i}\n"));
        await using ISandbox sandbox = await CreateAsync();
        ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell("seq 1 100000; seq 1 100000 >&2") with { KeepBytes = 1000 }, Token);
        foreach (CapturedOutput output in new[] { result.Stdout, result.Stderr })
        {
            output.TotalBytes.Should().Be(whole.Length);
            output.Head.ToArray().Should().Equal(Utf8(whole[..500]));
            output.Tail.ToArray().Should().Equal(Utf8(whole[^500..]));
        }
    }

    [Fact(Timeout = BackstopMs), Long]
    [Slow]
    public async Task A_lot_of_output_flows_in_bounded_memory()
    {
        const long Total = 200_000_000;
        // In a process of its own: other tests allocate in this one.
        await using var measuring = Dummy.Start(
            DummyProgram.MeasureOutputAsync, [Number(Total), .. Folder is { } folder ? (string[])[folder] : []]);
        long[] measured = [.. (await measuring.WaitForEndAsync()).Split(' ').Select(number => long.Parse(number, null))];
        (measured[0], measured[1]).Should().Be((Total, 4096));
        measured[2].Should().BeLessThan(Total / 4, "what has been seen is let go");
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(false)]
    [InlineData(true, Traits = ["Tier", "Long"])]
    public async Task Output_without_end_is_ended(bool ownProcess)
    {
        await using ISandbox sandbox = await CreateAsync();
        ExecResult result = await sandbox.ExecAsync(
            new ExecRequest
            {
                Command = ["yes"],
                MaxOutputBytes = 1_000_000,
                KeepBytes = 100,
                OwnProcess = ownProcess,
                TimeLimit = TimeSpan.FromSeconds(30)
            }, Token);
        result.Outcome.Should().Be(ExecOutcome.TooMuchOutput);
        result.ExitCode.Should().BeNull();
        result.Detail.Should().NotBeNullOrWhiteSpace();
        result.Stdout.TotalBytes.Should().BeGreaterThanOrEqualTo(1_000_000);
        result.Stdout.Text.Should().StartWith("y\ny\n");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task The_bound_of_output_counts_both_streams_and_allows_what_reaches_it()
    {
        await using ISandbox sandbox = await CreateAsync();
        ExecRequest request = ExecRequest.Shell("head -c 500 /dev/zero; head -c 500 /dev/zero >&2");
        (await sandbox.ExecAsync(request with { MaxOutputBytes = 1000 }, Token)).Outcome.Should().Be(ExecOutcome.Exited);
        (await sandbox.ExecAsync(request with { MaxOutputBytes = 999 }, Token)).Outcome.Should().Be(ExecOutcome.TooMuchOutput);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(false)]
    [InlineData(true, Traits = ["Tier", "Long"])]
    public async Task Output_is_told_while_the_command_runs(bool ownProcess)
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var stdout = new MemoryStream();
        using var stderr = new MemoryStream();
        await using ISandbox sandbox = await CreateAsync();
        string go = sandbox.Paths.Scratch + "/go";
        Task<ExecResult> running = sandbox.ExecAsync(
            new ExecRequest
            {
                Command = ["/bin/sh", "-c", "echo ready; echo warn >&2; while [ ! -e \"$0\" ]; do sleep 0.05; done; echo done", go],
                OwnProcess = ownProcess,
                TimeLimit = TimeSpan.FromSeconds(30),
                OnOutput = (isStderr, piece) =>
                {
                    (isStderr ? stderr : stdout).Write(piece.Span);
                    if (stdout.Length > 0 && stderr.Length > 0)
                        ready.TrySetResult();
                },
            },
            Token);

        // Only after the output was seen does the command get what it waits for.
        await ready.Task.WaitAsync(TimeSpan.FromSeconds(20), Token);
        await sandbox.PutFilesAsync([new SandboxFile(go, default)], Token);
        (await running).Succeeded.Should().BeTrue();
        stdout.ToArray().Should().Equal(Utf8("ready\ndone\n"));
        stderr.ToArray().Should().Equal(Utf8("warn\n"));
    }
}
