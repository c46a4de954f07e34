using System.Diagnostics;
using FluentAssertions;
using Tandem.Cli;
using Tandem.Harness.Admission;
using Tandem.Harness.Processes;
using Tandem.Records.Cases;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>Runs that are watched, and stopped.</summary>
[Long]
public sealed class StoppedRunTests : FrontDoorTests
{
    private static readonly string[] s_cases = ["--smoke", "6", "--repo", "timespan_task", "--setting", "solo", "--concurrency", "2"];

    [Theory]
    [InlineData("TERM")]
    [InlineData("KILL")]
    [InlineData("INT", "INT")]
    public async Task A_stopped_run_loses_nothing_and_the_next_one_ends_it(params string[] signals)
    {
        using Process run = Start(s_cases);
        while (await run.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is string line
            && !line.StartsWith("[2/", StringComparison.Ordinal))
        {
        }
        foreach (string signal in signals)
            await ChildProcess.RunAsync(new ChildCommand("kill", "-"
                + signal, run.Id.ToString(System.Globalization.CultureInfo.InvariantCulture))
            { Environment = ChildEnvironment.Usual() },
                TestContext.Current.CancellationToken);
        string rest = await run.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        if (signals[0] != "KILL")
        {
            run.ExitCode.Should().Be(ExitCodes.Interrupted);
            rest.Should().Contain("Stopping: no further case starts");
        }
        if (signals is ["TERM"])
        {
            rest.Split('\n').Should()
                .ContainSingle(line => line.StartsWith("The run was stopped. Cases that had started are recorded as interrupted")).And
                .NotContain(line => line.Contains("[SKIP]"));
            rest.Should().MatchRegex(@"TOTAL\s+6").And.MatchRegex(@"solo\s+6\s.* % \.\. ").And
                .NotContain("SIGTERM", "the front door has said why it stops");
        }
        await ClaimsAreFreeAsync();
        Records().Should().NotBeEmpty().And.OnlyContain(r => r.Interrupted || r.BothPassed == true);
        int completed = Records().Count(r => !r.Interrupted);

        ChildResult again = await RunAsync(s_cases);

        again.ExitCode.Should().Be(ExitCodes.Ok, again.Stdout.Text + again.Stderr.Text);
        again.Stdout.Text.Should().Contain("PASS STORE-03").And.Contain($"{6 - completed} to run");
        Records().Where(r => !r.Interrupted).Select(r => r.CaseId).Should().OnlyHaveUniqueItems().And.HaveCount(6);
    }

    [Fact]
    public async Task In_a_terminal_the_run_shows_how_far_it_is()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "There is no program 'script', which gives a terminal.");
        string line = string.Join(' ',
            ["dotnet", Programs.Built("Cli"), "run", "--smoke", "3", "--setting", "solo", "--store", Store, "--sandbox", "process"]);
        ChildResult result = await ChildProcess.RunAsync(
            new ChildCommand("/usr/bin/script", "-qec", line, "/dev/null")
            { Environment = With(("TERM", "xterm"), ("CI", "")), TimeLimit = TimeSpan.FromMinutes(3), WorkingDirectory = Folder },
                TestContext.Current.CancellationToken);

        result.ExitCode.Should().Be(ExitCodes.Ok, result.Stdout.Text);
        result.Stdout.Text.Should().MatchRegex(@"\d+ of 3 cases done \| \d running").And.Contain("\e[J").And
            .MatchRegex(@"\[3/3\] solo/").And.MatchRegex(@"TOTAL\s+3\s+3");
    }

    /// <summary>The test host notices by itself that its starter is gone; when it has ended, nothing is claimed any more.</summary>
    private async Task ClaimsAreFreeAsync()
    {
        var claims = new FileClaimStore(new StoreLayout(Store, "oracle"));
        CaseId[] cases = [.. new StoreReader(new StoreLayout(Store, "oracle")).ReadPlan()!.Cases];
        for (int tries = 0; tries < 1200; tries++)
        {
            if (cases.All(c =>
            {
                using IDisposable? claim = claims.TryClaim(c, out _);
                return claim is not null;
            }))
            {
                return;
            }
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
        Assert.Fail("The test host still holds cases two minutes after its starter was killed.");
    }
}
