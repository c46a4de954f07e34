using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Verbs;
using Tandem.Harness.Processes;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>Ctrl-C once and twice, in verbs that do not run cases.</summary>
public sealed class StopSignalsTests : FrontDoorTests
{
    [Fact]
    public async Task The_first_cancels_and_the_second_exits()
    {
        var codes = new List<int>();
        using var signals = new StopSignals(codes.Add);
        var cancelled = new TaskCompletionSource();
        await using CancellationTokenRegistration registered = signals.Token.Register(cancelled.SetResult);

        signals.Come();
        await cancelled.Task;
        codes.Should().BeEmpty();
        signals.Come(PosixSignal.SIGTERM);
        codes.Should().BeEmpty("engines send SIGTERM to every process, and scripts pass it on");
        signals.Come();
        codes.Should().Equal(ExitCodes.Interrupted);
    }

    [Fact]
    public async Task What_fails_upon_the_first_does_not_end_the_process()
    {
        var codes = new List<int>();
        using var signals = new StopSignals(codes.Add);
        var cancelled = new TaskCompletionSource();
        await using CancellationTokenRegistration failing = signals.Token.Register(() =>
        {
            cancelled.SetResult();
            throw new InvalidOperationException("a verb's own fault");
        });

        signals.Come();
        await cancelled.Task;
        codes.Should().BeEmpty();
    }

    [Theory]
    [InlineData("plan")]
    [InlineData("status", "--watch")]
    [InlineData("doctor")]
    [InlineData("validate", "oracle")]
    [InlineData("images", "list")]
    [InlineData("run", "--smoke", "1", "--sandbox", "process")]
    public async Task Two_signals_at_any_moment_end_it_without_a_stack_trace(params string[] arguments)
    {
        // Before the program has begun, while it loads, and later.
        foreach (int wait in new[] { 60, 150, 300 })
        {
            using Process verb = StartVerb(arguments);
            Task<string> printed = verb.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            Task<string> said = verb.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await Task.Delay(wait, TestContext.Current.CancellationToken);
            for (int signals = 0; signals < 2; signals++)
            {
                await ChildProcess.RunAsync(new ChildCommand("kill", "-INT", verb.Id.ToString(CultureInfo.InvariantCulture))
                { Environment = ChildEnvironment.Usual() }, TestContext.Current.CancellationToken);
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(60));
            await verb.WaitForExitAsync(limit.Token);

            (await printed).Should().NotContain("Unhandled exception").And.
                NotContain("   at ", "after {0} ms; output: {1}", wait, await said);
            verb.ExitCode.Should().BeOneOf(ExitCodes.Interrupted, ExitCodes.Ok, ExitCodes.BadInput);
        }
    }

    private Process StartVerb(string[] arguments)
    {
        string[] program = IgnoresInterrupts() ? ["env", "--default-signal=INT", "dotnet"] : ["dotnet"];
        var start = new ProcessStartInfo(program[0], [.. program[1..], Programs.Built("Cli"), .. arguments,
            .. arguments[0] == "images" ? (string[])[] : ["--store", Store]])
        { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Folder };
        start.Environment["TANDEM_EXPERIMENT"] = "oracle";
        return Process.Start(start)!;
    }
}
