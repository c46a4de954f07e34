using System.Diagnostics;
using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes;

public abstract partial class SandboxContract
{
    [Theory(Timeout = BackstopMs)]
    [InlineData(false)]
    [InlineData(true, Traits = ["Tier", "Long"])]
    public async Task A_time_limit_ends_everything_that_the_command_started(bool ownProcess)
    {
        await using ISandbox sandbox = await CreateAsync();
        string marker = sandbox.Paths.Scratch + "/marker";
        ExecResult result = await sandbox.ExecAsync(
            new ExecRequest
            {
                Command = ["/bin/sh", "-c", "echo so far; echo warned >&2; trap '' TERM; " + GrowForEver + "sleep 60; echo never", marker],
                TimeLimit = TimeSpan.FromSeconds(3),
                OwnProcess = ownProcess,
            },
            Token);
        result.Outcome.Should().Be(ExecOutcome.TimedOut);
        result.ExitCode.Should().BeNull();
        result.Detail.Should().NotBeNullOrWhiteSpace();
        result.Stdout.Text.Should().Be("so far\n");
        result.Stderr.Text.Should().Be("warned\n");
        result.Duration.Should().BeGreaterThan(TimeSpan.FromSeconds(2.9)).And.BeLessThan(TimeSpan.FromSeconds(50));

        (await SizeAsync(sandbox, marker)).Should().BePositive("the child in a session of its own did start");
        (await IsGrowingAsync(sandbox, marker)).Should().BeFalse("it has been killed too");
        (await PrintAsync(sandbox, "echo still here")).Should().Be("still here\n");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_time_limit_spares_the_other_commands()
    {
        await using ISandbox sandbox = await CreateAsync();
        string server = sandbox.Paths.Scratch + "/server";
        await sandbox.ExecAsync(new ExecRequest { Command = ["/bin/sh", "-c", GrowForEver, server] }, Token);
        Task<ExecResult> other = sandbox.ExecAsync(ExecRequest.Shell("sleep 2; echo unharmed"), Token);
        ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell("sleep 60") with { TimeLimit = TimeSpan.FromSeconds(0.5) }, Token);
        result.Outcome.Should().Be(ExecOutcome.TimedOut);
        (await other).Stdout.Text.Should().Be("unharmed\n");
        (await IsGrowingAsync(sandbox, server)).Should().BeTrue();
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(false)]
    [InlineData(true, Traits = ["Tier", "Long"])]
    public async Task Cancelling_kills_and_throws(bool ownProcess)
    {
        await using ISandbox sandbox = await CreateAsync();
        string marker = sandbox.Paths.Scratch + "/marker";
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<ExecResult> running =
            sandbox.ExecAsync(new ExecRequest
            { Command = ["/bin/sh", "-c", GrowForEver + "sleep 60", marker], OwnProcess = ownProcess }, cancel.Token);
        await WaitForFileAsync(sandbox, marker);

        long asked = Stopwatch.GetTimestamp();
        await cancel.CancelAsync();
        await FluentActions.Awaiting(() => running).Should().ThrowAsync<OperationCanceledException>();
        Stopwatch.GetElapsedTime(asked).Should().BeLessThan(TimeSpan.FromSeconds(50));
        (await IsGrowingAsync(sandbox, marker)).Should().BeFalse("what it had started has been killed");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_command_that_is_cancelled_before_it_starts_does_not_start()
    {
        await using ISandbox sandbox = await CreateAsync();
        await FluentActions.Awaiting(() => sandbox.ExecAsync(ExecRequest.Shell("touch started"), new CancellationToken(canceled: true)))
            .Should().ThrowAsync<OperationCanceledException>();
        (await sandbox.GetFileAsync(sandbox.Paths.Repo + "/started", 1, Token)).Should().BeNull();
    }
}
