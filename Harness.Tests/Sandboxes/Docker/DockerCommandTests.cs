using System.Diagnostics;
using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>What the contract does not know: commands that go for the session they run in, or for the whole sandbox.</summary>
public sealed class DockerCommandTests : DockerTestBase
{
    [Theory(Timeout = BackstopMs)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_command_that_kills_everything_has_a_truthful_result_and_the_next_one_runs(bool ownProcess)
    {
        await using ISandbox sandbox = await CreateAsync();
        await PrintAsync(sandbox, "echo kept > kept");
        // What forwards a session's output is killed too: it gets the time to do its work before.
        ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell("echo before; sleep 0.5; kill -9 -1; sleep 30; echo after") with
        { OwnProcess = ownProcess }, Token);
        result.Outcome.Should().Be(ExecOutcome.Exited);
        result.ExitCode.Should().Be(137);
        result.Stdout.Text.Should().Be("before\n");
        (await PrintAsync(sandbox, "cat kept")).Should().Be("kept\n");
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task A_command_that_kills_everything_after_a_reset_is_still_told_from_a_lost_sandbox()
    {
        await using ISandbox sandbox = await CreateAsync();
        for (int times = 0; times < 3; times++)
        {
            await sandbox.ResetProcessesAsync(Token);
            ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell("kill -9 -1; sleep 30") with { OwnProcess = true }, Token);
            (result.Outcome, result.ExitCode).Should().Be((ExecOutcome.Exited, 137), result.Detail);
        }
        (await PrintAsync(sandbox, "echo still here")).Should().Be("still here\n");
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task A_background_child_that_kills_everything_later_does_not_disturb_the_next_command()
    {
        await using ISandbox sandbox = await CreateAsync();
        await PrintAsync(sandbox, "(sleep 2; kill -9 -1) >/dev/null 2>&1 &");
        await Task.Delay(3500, Token);
        (await PrintAsync(sandbox, "echo still here")).Should().Be("still here\n");
        (await sandbox.ExecAsync(new ExecRequest { Command = ["cat"], Stdin = "in"u8.ToArray() }, Token)).Stdout.Text.Should().Be("in");
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task A_command_that_kills_its_session_has_a_truthful_result()
    {
        await using ISandbox sandbox = await CreateAsync();
        ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell("echo before; sleep 0.5; kill -9 $PPID; sleep 30"), Token);
        result.Outcome.Should().Be(ExecOutcome.Exited);
        result.ExitCode.Should().Be(137);
        result.Detail.Should().Contain("together with what it ran in");
        result.Stdout.Text.Should().Be("before\n");
        (await SleepersAsync(sandbox)).Should().Be(0);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(9)]
    [InlineData(15)]
    public async Task A_command_that_kills_all_programs_of_a_name_does_not_end_the_sandbox(int signal)
    {
        // The session forwards by cat, and the main process is one.
        await using ISandbox sandbox = await CreateAsync();
        string kill = $"echo before; sleep 0.5; for p in /proc/[0-9]*; do read -r name < $p/comm; [ \"$name\" = cat ] && kill -{signal} "
            + $"${{p#/proc/}}; done; echo after; sleep 2; echo late";
        ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell(kill), Token);
        result.Outcome.Should().Be(ExecOutcome.Exited);
        result.Stdout.Text.Should().StartWith("before\n");
        (await PrintAsync(sandbox, "echo still here")).Should().Be("still here\n");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_command_that_kills_the_forwarders_of_its_output_still_has_its_output()
    {
        await using ISandbox sandbox = await CreateAsync();
        const string Kill = "for p in /proc/[0-9]*; do read -r pid name state parent rest < $p/stat; [ \"$name\" = '(cat)' ] && [ "
            + "\"$parent\" = $PPID ] && kill -9 $pid; done; sleep 0.5; echo after; echo complaint >&2; exit 7";
        ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell(Kill), Token);
        result.ExitCode.Should().Be(7);
        result.Stdout.Text.Should().Be("after\n");
        result.Stderr.Text.Should().Be("complaint\n");
        (await PrintAsync(sandbox, "echo still here")).Should().Be("still here\n");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_command_that_kills_its_process_group_does_not_hit_its_session()
    {
        await using ISandbox sandbox = await CreateAsync();
        ExecResult result = await sandbox.ExecAsync(ExecRequest
            .Shell("trap : TERM; sleep 60 & sleep 0.2; kill 0; wait; echo survived"), Token);
        result.Stdout.Text.Should().Be("survived\n");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task An_interrupt_from_within_is_not_ignored()
    {
        await using ISandbox sandbox = await CreateAsync();
        ExecResult result = await sandbox.ExecAsync(new ExecRequest
        {
            Command = ["python3", "-c",
            "import os, signal\ntry:\n  os.kill(os.getpid(), signal.SIGINT)\nexcept KeyboardInterrupt:\n  print('interrupted')"]
        }, Token);
        result.Stdout.Text.Should().Be("interrupted\n");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_command_sees_nothing_of_the_session_it_runs_in()
    {
        await using ISandbox sandbox = await CreateAsync();
        string inSession = await PrintAsync(sandbox,
            "ls /proc/self/fd | wc -l; env | grep -v -e ^TANDEM_EXEC= -e ^PWD= | sort; grep -E '^Sig(Ign|Blk)' /proc/self/status");
        ExecResult own = await sandbox.ExecAsync(
            ExecRequest.Shell("ls /proc/self/fd | wc -l; env | grep -v -e ^TANDEM_EXEC= -e ^PWD= | sort; grep -E '^Sig(Ign|Blk)' "
                + "/proc/self/status") with
            { OwnProcess = true }, Token);
        inSession.Should().Be(own.Stdout.Text);
        (await PrintAsync(sandbox, "ls -A /dev/shm")).Should().BeEmpty();
    }

    [Fact(Timeout = BackstopMs)]
    [Long]
    public async Task A_fork_bomb_stays_within_its_bound_and_the_sandbox_recovers()
    {
        await using ISandbox sandbox = await CreateAsync(spec => spec with { Limits = spec.Limits with { Pids = 64 } });
        ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell("bomb() { bomb | bomb & }; bomb; sleep 60") with
        { TimeLimit = TimeSpan.FromSeconds(2) }, Token);
        result.Outcome.Should().Match(outcome => outcome == ExecOutcome.TimedOut || outcome == ExecOutcome.Exited);
        if (result.Outcome == ExecOutcome.Exited)
            await sandbox.ResetProcessesAsync(Token);
        (await PrintAsync(sandbox, "echo recovered")).Should().Be("recovered\n");
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task When_no_process_can_be_made_a_command_is_not_started()
    {
        await using ISandbox sandbox = await CreateAsync(spec => spec with { Limits = spec.Limits with { Pids = 24 } });
        const string Fill = "import os, time\nwhile True:\n  try:\n    if os.fork() == 0:\n      time.sleep(600)\n  except OSError:\n    "
            + "time.sleep(0.01)";
        await sandbox.ExecAsync(new ExecRequest
        { Command = ["/bin/sh", "-c", "python3 -c \"$0\" > /dev/null 2>&1 & sleep 1", Fill] }, Token);
        // A busy machine needs longer to fill it.
        ExecResult result;
        int tries = 0;
        do
        {
            await Task.Delay(200, Token);
            result = await sandbox.ExecAsync(ExecRequest.Shell("echo unlikely"), Token);
        }
        while (result.Outcome != ExecOutcome.NotStarted && ++tries < 50);
        result.Outcome.Should().Be(ExecOutcome.NotStarted);
        result.Detail.Should().NotBeNullOrWhiteSpace();
        // The engine can put one process past the bound; it cannot make another.
        result = await sandbox.ExecAsync(ExecRequest.Shell("/bin/true && :") with { OwnProcess = true }, Token);
        result.Succeeded.Should().BeFalse();
        result.Outcome.Should().NotBe(ExecOutcome.SandboxLost);
        await sandbox.ResetProcessesAsync(Token);
        (await PrintAsync(sandbox, "echo recovered")).Should().Be("recovered\n");
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("env -i setsid sleep 300 & sleep 60")]
    [InlineData("env -i sh -c 'sleep 300 & sleep 300' & sleep 60")]
    [InlineData("setsid sh -c 'setsid sh -c \"sleep 300\" & sleep 300' & sleep 60")]
    public async Task A_time_limit_finds_children_that_hide(string script)
    {
        await using ISandbox sandbox = await CreateAsync();
        ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell(script) with { TimeLimit = TimeSpan.FromSeconds(0.5) }, Token);
        result.Outcome.Should().Be(ExecOutcome.TimedOut);
        result.Detail.Should().NotContain("everything else", "the marker is enough");
        (await SleepersAsync(sandbox)).Should().Be(0);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_time_limit_ends_a_command_of_another_user()
    {
        await using ISandbox sandbox = await CreateAsync();
        ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell("sleep 300 & sleep 300") with
        { User = "65534", WorkingDirectory = "/", TimeLimit = TimeSpan.FromSeconds(0.5) }, Token);
        result.Outcome.Should().Be(ExecOutcome.TimedOut);
        result.Detail.Should().NotContain("everything else", "the marker is enough");
        (await SleepersAsync(sandbox)).Should().Be(0);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_throwing_callback_comes_out_and_leaves_nothing_running()
    {
        await using ISandbox sandbox = await CreateAsync();
        ExecRequest request = ExecRequest.Shell("echo go; sleep 300") with
        { OnOutput = (_, _) => throw new InvalidOperationException("of the caller") };
        foreach (bool ownProcess in new[] { false, true })
            await FluentActions.Awaiting(() => sandbox.ExecAsync(request with { OwnProcess = ownProcess }, Token)).Should()
                .ThrowAsync<InvalidOperationException>();
        (await SleepersAsync(sandbox)).Should().Be(0);
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task Many_background_children_that_print_leave_the_sandbox_usable()
    {
        await using ISandbox sandbox = await CreateAsync();
        for (int i = 0; i < 6; i++)
            (await PrintAsync(sandbox, $"(while :; do echo noise {i}; echo noise >&2; sleep 0.01; done) & echo {i}")).Should()
                .MatchRegex($"^(noise {i}\n)*{i}\n(noise {i}\n)*$");
        (await PrintAsync(sandbox, "sleep 0.2; echo quiet")).Should().Be("quiet\n");
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task Output_flows_at_full_speed()
    {
        await using ISandbox sandbox = await CreateAsync();
        long began = Stopwatch.GetTimestamp();
        ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell("head -c 200000000 /dev/zero | tr '\\0' 'x'") with
        { KeepBytes = 1000 }, Token);
        TestContext.Current.TestOutputHelper!.WriteLine($"{200 / Stopwatch.GetElapsedTime(began).TotalSeconds:0} MB/s");
        result.Stdout.TotalBytes.Should().Be(200_000_000);
        Stopwatch.GetElapsedTime(began).Should().BeLessThan(TimeSpan.FromSeconds(20));
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task Commands_of_a_session_start_no_process_of_the_engine()
    {
        await using ISandbox sandbox = await CreateAsync();
        var request = new ExecRequest { Command = ["/bin/true"] };
        await sandbox.ExecAsync(request, Token);
        DateTimeOffset began = TimeProvider.System.GetUtcNow();

        for (int i = 0; i < 20; i++)
            (await sandbox.ExecAsync(request, Token)).Succeeded.Should().BeTrue();

        (await StartedAsync()).Should().Be(0);
        (await sandbox.ExecAsync(request with { OwnProcess = true }, Token)).Succeeded.Should().BeTrue();
        (await StartedAsync()).Should().Be(1, "this one asks for a process of its own");

        async Task<int> StartedAsync() =>
            (await Engine.GetEventsAsync(sandbox.Id, began, TimeProvider.System.GetUtcNow(), ["exec_create"], Token)).Count;
    }

    private static async Task<int> SleepersAsync(ISandbox sandbox) =>
        int.Parse(await PrintAsync(sandbox, "cat /proc/[0-9]*/comm | grep -cx sleep || :"),
            System.Globalization.CultureInfo.InvariantCulture);
}
