using System.Collections.Concurrent;
using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.TaskSets.Images;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>An engine that does not answer for a while has not lost its sandboxes.</summary>
[Long]
public sealed class SlowEngineTests : DockerTestBase
{
    [Theory(Timeout = BackstopMs)]
    [InlineData("kill -9 -1; sleep 60", false)]
    [InlineData("kill -9 -1; sleep 60", true)]
    [InlineData("sleep 20; exit 137", false)]
    [InlineData("sleep 20; exit 137", true)]
    public async Task A_sandbox_outlives_an_engine_that_is_silent_for_half_a_minute(string script, bool ownProcess)
    {
        var notices = new ConcurrentQueue<string>();
        await using var relay = new EngineRelay(Engine.Endpoint, tls: null);
        await using DockerSandboxProvider provider = await ConnectAsync(relay);
        provider.OnNotice = notices.Enqueue;
        ISandbox sandbox = await provider.CreateAsync(Spec(), Token);
        await using (sandbox)
        {
            await PrintAsync(sandbox, "true");
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var busy = new TaskCompletionSource();
            Task<ExecResult> running = sandbox.ExecAsync(ExecRequest.Shell("echo started; sleep 1; " + script) with
            { OwnProcess = ownProcess, OnOutput = (_, _) => started.TrySetResult() }, Token);
            await started.Task.WaitAsync(Token);
            relay.Gate = busy.Task;
            await Task.Delay(TimeSpan.FromSeconds(28), Token);
            busy.SetResult();

            ExecResult result = await running.WaitAsync(TimeSpan.FromSeconds(60), Token);
            (result.Outcome, result.ExitCode).Should().Be((ExecOutcome.Exited, 137), "{0}", result.Detail);
            (await PrintAsync(sandbox, "echo still here")).Should().Be("still here\n");
        }
        notices.Should().Contain(line => line.Contains("asked again"));
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_sandbox_is_lost_with_an_engine_that_stays_silent()
    {
        await using var relay = new EngineRelay(Engine.Endpoint, tls: null);
        await using DockerSandboxProvider provider = await ConnectAsync(relay);
        ISandbox sandbox = await provider.CreateAsync(Spec(), Token);
        var busy = new TaskCompletionSource();
        await using (sandbox)
        {
            await PrintAsync(sandbox, "true");
            relay.Gate = busy.Task;
            ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell("sleep 600") with
            { TimeLimit = TimeSpan.FromMinutes(10) }, Token);
            result.Outcome.Should().Be(ExecOutcome.SandboxLost);
            result.Duration.Should().BeLessThan(TimeSpan.FromSeconds(110));
            busy.SetResult();
        }
    }

    private static Task<DockerSandboxProvider> ConnectAsync(EngineRelay relay) => DockerSandboxes.ConnectAsync(
        new EnginePlaces([EngineEndpoint.Parse($"tcp://127.0.0.1:{relay.Port}", "the test")], []), TimeProvider.System, storeFolder: null,
        Token);
}
