using System.Diagnostics;
using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker;
using Tandem.Harness.Tests.Victims;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>Creation, loss and removal of containers.</summary>
public sealed class DockerLifeTests : DockerTestBase
{
    [Fact(Timeout = BackstopMs)]
    public async Task A_sandbox_stops_when_the_dead_mans_switch_is_let_go_and_keeps_its_files()
    {
        var sandbox = (DockerSandbox)await CreateAsync();
        await using (sandbox)
        {
            await sandbox.PutFilesAsync([new SandboxFile("/patches/work.patch", "precious"u8.ToArray())], Token);
            sandbox.Life.LetGo();
            await WaitUntilStoppedAsync(sandbox.Id);
            (await sandbox.GetFileAsync("/patches/work.patch", 100, Token)).Should().Equal("precious"u8.ToArray());
            // Of a sandbox in which an agent's code may run, an end that nobody outside brought about is that code's.
            (await sandbox.ExecAsync(ExecRequest.Shell("echo ghost") with { RunsNoAgentCode = true }, Token)).Outcome.Should()
                .Be(ExecOutcome.SandboxLost);
        }
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(true, ExecOutcome.SandboxLost)]
    [InlineData(false, ExecOutcome.SandboxBroken)]
    public async Task A_sandbox_whose_main_process_does_not_stay_is_lost_before_and_broken_after_an_agent_s_code_ran(
        bool runsNoAgentCode, ExecOutcome outcome)
    {
        await using ISandbox sandbox = await CreateAsync();
        ExecRequest replace = ExecRequest.Shell("printf '#!/bin/sh\\nexit 0\\n' > /tmp/new; chmod 755 /tmp/new; "
            + "mv -f /tmp/new \"$(command -v timeout)\"; kill -9 -1; sleep 50") with
        { RunsNoAgentCode = runsNoAgentCode };
        await sandbox.ExecAsync(replace, Token);
        ExecResult next = await sandbox.ExecAsync(ExecRequest.Shell("true") with { RunsNoAgentCode = runsNoAgentCode }, Token);
        next.Outcome.Should().Be(outcome, next.Detail);
        (await sandbox.Invoking(one => one.ResetProcessesAsync(Token)).Should().ThrowAsync<SandboxException>()).Which.Fault.Should()
            .Be(runsNoAgentCode ? SandboxFault.Lost : SandboxFault.Broken);
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task An_end_from_inside_is_known_although_the_engine_has_forgotten_it()
    {
        await using ISandbox sandbox = await CreateAsync();
        await using ISandbox busy = await CreateAsync();
        await sandbox.ExecAsync(ExecRequest.Shell("(sleep 1; kill -9 -1) > /dev/null 2>&1 & sleep 0.1"), Token);
        await WaitUntilStoppedAsync(sandbox.Id);
        // The engine keeps its latest 256 events; each of these commands is three.
        for (int command = 0; command < 100; command++)
            await busy.ExecAsync(ExecRequest.Shell("true") with { OwnProcess = true }, Token);

        ExecResult next = await sandbox.ExecAsync(ExecRequest.Shell("echo works"), Token);

        (next.Outcome, next.Stdout.Text).Should().Be((ExecOutcome.Exited, "works\n"), "{0}", next.Detail);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("sleep 2; exit 5", 5)]
    [InlineData("sleep 1; kill -9 $$", 137, Traits = ["Tier", "Long"])]
    public async Task A_process_that_closes_its_output_is_waited_for(string rest, int code)
    {
        await using ISandbox sandbox = await CreateAsync();
        ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell("echo said; exec > /dev/null 2>&1; " + rest) with
        { OwnProcess = true }, Token);
        (result.Outcome, result.ExitCode, result.Stdout.Text).Should().Be((ExecOutcome.Exited, code, "said\n"), "{0}", result.Detail);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_sandbox_stops_after_its_time_to_live()
    {
        await using ISandbox sandbox = await CreateAsync(spec => spec with { TimeToLive = TimeSpan.FromSeconds(2) });
        ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell("sleep 50"), Token);
        result.Outcome.Should().Be(ExecOutcome.SandboxLost);
        result.Detail.Should().Contain("time to live");
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("kill", false)]
    [InlineData("kill", true, Traits = ["Tier", "Long"])]
    [InlineData("stop", false, Traits = ["Tier", "Long"])]
    [InlineData("restart", false, Traits = ["Tier", "Long"])]
    [InlineData("pause", false)]
    [InlineData("pause", true, Traits = ["Tier", "Long"])]
    public async Task A_sandbox_that_somebody_else_touches_is_lost(string how, bool ownProcess)
    {
        await using ISandbox sandbox = await CreateAsync();
        // Its session must be open: to pause a container while a process is being started in it blocks the whole engine for ever.
        await PrintAsync(sandbox, "true");
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<ExecResult> running =
            sandbox.ExecAsync(ExecRequest.Shell("echo started; sleep 50") with
            { OwnProcess = ownProcess, OnOutput = (_, _) => started.TrySetResult() }, Token);
        await started.Task.WaitAsync(Token);
        await Meddling.DoAsync(Engine, sandbox.Id, how, Token);
        ExecResult result = await running.WaitAsync(TimeSpan.FromSeconds(20), Token);
        result.Outcome.Should().Be(ExecOutcome.SandboxLost);
        result.Detail.Should().NotBeNullOrWhiteSpace();
        (await sandbox.ExecAsync(ExecRequest.Shell("true"), Token)).Outcome.Should().Be(ExecOutcome.SandboxLost);
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task A_damaged_configuration_of_the_docker_CLI_keeps_no_sandbox_from_being_made()
    {
        DirectoryInfo home = Directory.CreateTempSubdirectory("tandem-home-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(home.CreateSubdirectory(".docker").FullName, "config.json"), "not JSON", Token);
            await using var other = Dummy.StartAt(home.FullName, DummyProgram.UseSandboxAsync, Store);
            (await other.WaitForEndAsync()).Should().Be("works\n");
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Labels_say_whose_it_is()
    {
        await using ISandbox sandbox = await CreateAsync();
        IDictionary<string, string> labels = (await ContainersAsync()).Single().Labels;
        labels.Should().Contain("tandem.store", Store).And.Contain("tandem.experiment", "test").And
            .Contain("tandem.case", "solo/none/0/f1/seed0")
            .And.Contain("tandem.attempt", "attempt1").And.Contain("tandem.role", "agent1").And
            .ContainKeys("tandem.owner", "tandem.expires");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_name_that_is_taken_is_refused_and_its_holder_unharmed()
    {
        SandboxSpec spec = Spec();
        await using ISandbox first = await Provider.CreateAsync(spec, Token);
        (await FluentActions.Awaiting(() => Provider.CreateAsync(spec, Token)).Should().ThrowAsync<SandboxException>()).Which.Message
            .Should().Contain("in use");
        (await PrintAsync(first, "echo unharmed")).Should().Be("unharmed\n");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_start_that_fails_leaves_nothing()
    {
        // More processors than there are: the engine takes the container and refuses it at one of the two steps.
        await FluentActions.Awaiting(() => CreateAsync(spec => spec with { Limits = spec.Limits with { Cpus = 1e6 } })).Should()
            .ThrowAsync<SandboxException>();
        (await ContainersAsync()).Should().BeEmpty();
    }

    [Fact(Timeout = BackstopMs)]
    [Long]
    public async Task Forty_creations_cancelled_at_random_moments_leave_nothing()
    {
        long began = Stopwatch.GetTimestamp();
        await (await CreateAsync()).DisposeAsync();
        TimeSpan whole = Stopwatch.GetElapsedTime(began);
        int seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}, one creation took {whole.TotalMilliseconds:0} ms");
        var random = new Random(seed);
        double[] moments = [.. Enumerable.Range(0, 40).Select(_ => random.NextDouble())];
        int cancelled = 0;

        await Parallel.ForEachAsync(moments, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Token },
            async (moment, _) =>
        {
            using var cancel = new CancellationTokenSource(whole * moment);
            try
            {
                await using ISandbox sandbox = await Provider.CreateAsync(Spec(), cancel.Token);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref cancelled);
            }
        });

        cancelled.Should().BeGreaterThan(10);
        (await ContainersAsync()).Should().BeEmpty();
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Nothing_but_named_capabilities_and_no_new_privileges()
    {
        await using ISandbox sandbox = await CreateAsync();
        string status = await PrintAsync(sandbox, "grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status");
        status.Should().Be("CapEff:\t00000000000000fb\nCapBnd:\t00000000000000fb\nNoNewPrivs:\t1\n");
        (await PrintAsync(sandbox, "touch x && chown 1000:1000 x && chmod u+s x && stat -c %u x")).Should().Be("1000\n");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Usage_survives_a_reset()
    {
        await using ISandbox sandbox = await CreateAsync();
        await PrintAsync(sandbox, "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done");
        SandboxUsage before = await sandbox.ReadUsageAsync(Token);
        await sandbox.ResetProcessesAsync(Token);
        SandboxUsage after = await sandbox.ReadUsageAsync(Token);
        after.CpuSeconds.Should().BeGreaterThanOrEqualTo(before.CpuSeconds!.Value);
        after.PeakMemoryBytes.Should().BeGreaterThanOrEqualTo(before.PeakMemoryBytes!.Value);
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task Twelve_at_once_are_created_used_and_removed()
    {
        long began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async i =>
        {
            await using ISandbox sandbox = await CreateAsync();
            (await PrintAsync(sandbox, $"echo {i}")).Should().Be($"{i}\n");
        }));
        TestContext.Current.TestOutputHelper!.WriteLine($"{12 / Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} cycles per second");
    }
}
