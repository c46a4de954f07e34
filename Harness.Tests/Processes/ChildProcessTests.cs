using System.Diagnostics;
using System.Globalization;
using FluentAssertions;
using Tandem.Harness.Processes;
using Xunit;

namespace Tandem.Harness.Tests.Processes;

public sealed class ChildProcessTests
{
    public ChildProcessTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "These tests use programs of Linux.");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_program_is_found_in_the_path_of_its_own_environment()
    {
        ChildResult result = await ChildProcess.RunAsync(new ChildCommand("printf", "<%s>", "a b", "$HOME", "")
        { Environment = ChildEnvironment.Usual() }, Token);
        result.Outcome.Should().Be(ChildOutcome.Exited);
        result.Stdout.Text.Should().Be("<a b><$HOME><>");

        result = await ChildProcess.RunAsync(new ChildCommand("printf", "x")
        { Environment = new Dictionary<string, string> { ["PATH"] = "/nowhere" } }, Token);
        result.Outcome.Should().Be(ChildOutcome.NotStarted);
        result.Detail.Should().Contain("no program 'printf' in /nowhere");
    }

    [Fact]
    public async Task A_child_sees_only_the_variables_that_are_named()
    {
        string name = "TANDEM_TEST_KEY_" + Guid.NewGuid().ToString("N");
        Environment.SetEnvironmentVariable(name, "secret");
        try
        {
            ChildResult bare = await ChildProcess.RunAsync(new ChildCommand("env")
            { Environment = new Dictionary<string, string> { ["ONE"] = "1" } }, Token);
            bare.Stdout.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=')[0])
                .Should().BeEquivalentTo("ONE", ChildProcess.MarkerVariable);

            ChildResult usual = await ChildProcess.RunAsync(new ChildCommand("env") { Environment = ChildEnvironment.Usual() }, Token);
            usual.Stdout.Text.Should().Contain("LANG=C.UTF-8").And.Contain("PATH=").And.NotContain(name);

            ChildResult named = await ChildProcess.RunAsync(new ChildCommand("env") { Environment = ChildEnvironment.Usual(name) }, Token);
            named.Stdout.Text.Should().Contain(name + "=secret");
        }
        finally
        {
            Environment.SetEnvironmentVariable(name, null);
        }
    }

    [Fact]
    public async Task Git_reads_no_configuration_of_the_host()
    {
        var command = new ChildCommand("git", "config", "--list", "--show-scope")
        { Environment = ChildEnvironment.ForGit(), WorkingDirectory = Path.GetTempPath() };
        ChildResult result = await ChildProcess.RunAsync(command, Token);
        result.ThrowOnFailure().Stdout.Text.Should().NotContain("global").And.NotContain("system");
    }

    [Fact]
    public async Task A_failure_is_data_until_one_asks_for_an_exception()
    {
        ChildResult result = await RunAsync("echo fine; echo 'it broke here' >&2; exit 7");
        result.Succeeded.Should().BeFalse();
        result.ExitCode.Should().Be(7);
        FluentActions.Invoking(result.ThrowOnFailure).Should().Throw<ChildProcessException>()
            .Which.Message.Should().Contain("sh -c 'echo fine").And.Contain("code 7").And.EndWith("it broke here");

        ChildResult success = await RunAsync("true");
        success.ThrowOnFailure().Should().BeSameAs(success);
    }

    [Fact]
    public async Task What_could_not_start_or_ran_out_of_time_says_so_in_its_exception()
    {
        ChildResult missing = await ChildProcess.RunAsync(new ChildCommand("no-such-program"), Token);
        FluentActions.Invoking(missing.ThrowOnFailure).Should().Throw<ChildProcessException>()
            .WithMessage("*could not be started*no-such-program*");

        ChildResult noFolder = await ChildProcess.RunAsync(new ChildCommand("true") { WorkingDirectory = "/no/such/folder" }, Token);
        FluentActions.Invoking(noFolder.ThrowOnFailure).Should().Throw<ChildProcessException>()
            .WithMessage("*/no/such/folder does not exist*");

        ChildResult slow = await RunAsync("sleep 30", command => command with { TimeLimit = TimeSpan.FromMilliseconds(200) });
        FluentActions.Invoking(slow.ThrowOnFailure).Should().Throw<ChildProcessException>().WithMessage("*did not end within 0.2 s*");
    }

    [Fact]
    public async Task Input_and_output_flow_at_the_same_time()
    {
        byte[] input = new byte[3_000_000];
        new Random(1).NextBytes(input);
        ChildResult result = await RunAsync("cat", command => command with { Stdin = input, KeepBytes = input.Length });
        result.Stdout.Head.Span.SequenceEqual(input).Should().BeTrue();
    }

    [Fact]
    public async Task A_daemon_that_keeps_the_output_open_does_not_hang_the_call()
    {
        string file = Path.GetTempFileName();
        try
        {
            ChildResult result = await RunAsync($"setsid sh -c 'echo $$ > {file}; sleep 50' & echo up", command =>
                command with { TimeLimit = TimeSpan.FromSeconds(20) });
            result.Outcome.Should().Be(ChildOutcome.Exited);
            result.Stdout.Text.Should().Be("up\n");
            result.Duration.Should().BeLessThan(TimeSpan.FromSeconds(2));
        }
        finally
        {
            await EndAsync(file);
        }
    }

    [Fact]
    public async Task A_descendant_that_cannot_be_found_does_not_hang_the_kill()
    {
        // It leaves the session and clears its environment, and holds the output: the one way to escape.
        string file = Path.GetTempFileName();
        try
        {
            ChildResult result = await RunAsync(
                $"setsid env -i /bin/sh -c 'echo $$ > {file}; sleep 50' & sleep 50",
                command => command with { TimeLimit = TimeSpan.FromSeconds(1) });
            result.Outcome.Should().Be(ChildOutcome.TimedOut);
            result.Duration.Should().BeLessThan(TimeSpan.FromSeconds(5));
        }
        finally
        {
            await EndAsync(file);
        }
    }

    [Fact]
    public async Task A_crowd_that_goes_on_forking_is_killed_to_the_last()
    {
        const string Name = "TANDEM_TEST_CROWD";
        string id = Guid.NewGuid().ToString("N");
        ChildResult result = await RunAsync(
            "crowd() { setsid sh -c 'while :; do sleep 0.05 & sleep 0.02; done' & }; for i in 1 2 3 4 5; do crowd; done; sleep 50",
            command => command with
            {
                TimeLimit = TimeSpan.FromSeconds(1),
                Environment = new Dictionary<string, string>(command.Environment) { [Name] = id },
            });
        result.Outcome.Should().Be(ChildOutcome.TimedOut);
        MarkedProcesses.Find($"{Name}={id}").Should().BeEmpty();
    }

    [Fact]
    public async Task A_callback_that_throws_ends_the_command_and_comes_out()
    {
        long began = Stopwatch.GetTimestamp();
        await FluentActions.Awaiting(() =>
            RunAsync("echo x; sleep 50", command => command with { OnOutput = (_, _) => throw new FormatException("mine") }))
            .Should().ThrowAsync<FormatException>().WithMessage("mine");
        Stopwatch.GetElapsedTime(began).Should().BeLessThan(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_broken_pipe_ends_a_child_as_in_any_shell()
    {
        // The runtime ignores this signal for itself; its children must not inherit that.
        ChildResult result = await RunAsync("yes | head -n 1; echo done", command => command with { TimeLimit = TimeSpan.FromSeconds(10) });
        result.Stdout.Text.Should().Be("y\ndone\n");
    }

    [Fact]
    public async Task Many_children_run_at_once_and_none_loses_output()
    {
        ChildResult[] results = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => RunAsync($"seq 1 5000; echo {i} >&2")));
        string whole = string.Concat(Enumerable.Range(1, 5000).Select(i => $"{i}\n"));
        results.Should().OnlyContain(result => result.Stdout.Text == whole);
        results.Select(result => result.Stderr.Text.Trim()).Should()
            .Equal(Enumerable.Range(0, 40).Select(i => i.ToString(CultureInfo.InvariantCulture)));
    }

    private static Task<ChildResult> RunAsync(string script, Func<ChildCommand, ChildCommand>? with = null)
    {
        var command = new ChildCommand("sh", "-c", script) { Environment = ChildEnvironment.Usual() };
        return ChildProcess.RunAsync(with?.Invoke(command) ?? command, Token);
    }

    [Fact]
    public async Task Who_is_in_a_hurry_does_not_wait_for_a_child_that_is_asked_to_end()
    {
        using var stop = new CancellationTokenSource();
        using var hurry = new CancellationTokenSource();
        var ready = new TaskCompletionSource();
        Task<ChildResult> run = ChildProcess.RunAsync(
            new ChildCommand("sh", "-c", "trap 'echo asked' TERM; echo ready; while :; do sleep 0.1; done")
            {
                Environment = ChildEnvironment.Usual(),
                TimeLimit = TimeSpan.FromMinutes(2),
                Grace = TimeSpan.FromMinutes(2),
                Hurry = hurry.Token,
                OnOutput = (_, piece) =>
                {
                    string text = System.Text.Encoding.UTF8.GetString(piece.Span);
                    if (text.Contains("ready", StringComparison.Ordinal))
                        ready.TrySetResult();
                    if (text.Contains("asked", StringComparison.Ordinal))
                        hurry.Cancel();
                },
            },
            stop.Token);
        await ready.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        await stop.CancelAsync();

        await FluentActions.Awaiting(() => run.WaitAsync(TimeSpan.FromSeconds(60))).Should().ThrowAsync<OperationCanceledException>();
    }

    private static async Task EndAsync(string fileWithPid)
    {
        string pid = (await File.ReadAllTextAsync(fileWithPid, CancellationToken.None)).Trim();
        File.Delete(fileWithPid);
        if (pid.Length > 0)
            await ChildProcess.RunAsync(new ChildCommand("kill", "-9", "--", "-" + pid), CancellationToken.None);
    }
}
