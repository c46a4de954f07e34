using System.Diagnostics;
using FluentAssertions;
using Tandem.Bench.Sandboxes;
using Tandem.Cli.Setup;
using Tandem.Harness.Tests.Sandboxes.Docker;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>Starts a second engine beside the host's. Only on demand.</summary>
[Slow]
public sealed class EngineDaemonTests : IAsyncLifetime
{
    private SecondEngine? _engine;

    private SecondEngine Engine => _engine!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _engine = SecondEngineOnDemand.PrepareOrSkip();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _engine?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task It_is_started_outlives_a_second_start_and_comes_back_after_a_kill()
    {
        PidFile pidFile = Engine.Daemon.PidFiles[0];
        (await Engine.StartAsync(Token)).Should().BeNull();
        int first = pidFile.LivingPid()!.Value;

        (await Engine.StartAsync(Token)).Should().BeNull("one that runs is only waited for");
        pidFile.LivingPid().Should().Be(first);

        await Engine.EndAsync("KILL");
        File.Exists(pidFile.Path).Should().BeTrue("a killed daemon leaves its pid file");
        (await Engine.AnswersAsync(Token)).Should().BeFalse();

        (await Engine.StartAsync(Token)).Should().BeNull();
        pidFile.LivingPid().Should().NotBe(first).And.NotBeNull();
    }

    [Fact]
    public async Task One_that_ends_at_once_is_not_waited_for_and_its_log_says_why()
    {
        long began = Stopwatch.GetTimestamp();

        string? whyNot = await (Engine.Daemon with { Command = ["unshare", "--net", "--", "dockerd", "--no-such-option"] })
            .StartAsync(Engine.AnswersAsync, TimeProvider.System, Token);

        whyNot.Should().Contain("dockerd has exited").And.Contain("--no-such-option");
        Stopwatch.GetElapsedTime(began).Should().BeLessThan(TimeSpan.FromSeconds(20));
    }
}
