using System.Diagnostics;
using System.Globalization;
using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Testing;
using Tandem.Cli.Verbs;
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
        using Process run = await StartUntilTwoCasesAsync();
        foreach (string signal in signals)
            await ChildProcess.RunAsync(new ChildCommand("kill", "-"
                + signal, run.Id.ToString(CultureInfo.InvariantCulture))
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
    public async Task A_killed_test_host_has_its_results_written_at_once()
    {
        using Process run = await StartUntilTwoCasesAsync();
        await KillAsync(HostOf(run));
        string rest = await run.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);

        run.ExitCode.Should().Be(ExitCodes.Red);
        rest.Should().Contain("The test host ended early").And.Contain("Test results: ");
        TestCounts written = Trx();
        written.Passed.Should().BeGreaterThanOrEqualTo(2).And.Be(Records().Count);
        written.Failed.Should().Be(0);
        written.Skipped.Should().BeLessThanOrEqualTo(2, "two cases are at work at once");
    }

    [Fact]
    public async Task A_run_that_was_killed_with_its_test_host_has_its_results_written_by_the_next_one()
    {
        using Process run = await StartUntilTwoCasesAsync();
        int host = HostOf(run);
        run.Kill();
        await KillAsync(host);
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        await ClaimsAreFreeAsync();
        int completed = Records().Count;
        Trx().Should().Be(TestCounts.None);

        ChildResult again = await RunAsync("--repo", "timespan_task", "--setting", "solo", "--smoke", "1");

        again.Stdout.Text.Should().Contain("nothing to run").And.NotContain("An earlier run was killed", "no test host was started");
        again = await RunAsync(s_cases);
        again.ExitCode.Should().Be(ExitCodes.Ok, again.Stdout.Text + again.Stderr.Text);
        again.Stdout.Text.Should().Contain("An earlier run was killed before it wrote its test results. They are written now");
        Trx().Passed.Should().Be(6 + completed, "the second one shows the stored verdicts, too");
        Directory.EnumerateFiles(TrxFolder).Should().HaveCount(2).And.OnlyContain(file => file.EndsWith(".trx"));
        again = await RunAsync(s_cases);
        again.Stdout.Text.Should().NotContain("An earlier run was killed");

        string output = Path.Combine(Folder, "all.trx");
        using var printed = new StringWriter();
        (await CommandLine.RunAsync(["trx", "oracle", "--store", Store, "--output", output], printed, TextWriter.Null)).Should().Be(0);
        int planned = new StoreReader(new StoreLayout(Store, "oracle")).ReadPlan()!.Cases.Count;
        printed.ToString().Should().Be($"6 passed, 0 failed, {planned - 6} skipped: {output}{Environment.NewLine}");
        using FileStream stream = File.OpenRead(output);
        TestCounts.OfTrx(stream).Should().Be(new TestCounts(6, 0, planned - 6));
    }

    private async Task<Process> StartUntilTwoCasesAsync()
    {
        Process run = Start(s_cases);
        while (await run.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is string line
            && !line.StartsWith("[2/", StringComparison.Ordinal))
        {
        }
        return run;
    }

    /// <summary>The process that the front door has started.</summary>
    private static int HostOf(Process run) => Directory
        .EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{run.Id}/task"))
        .SelectMany(thread => File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(id => int.Parse(id, CultureInfo.InvariantCulture)).Single();

    private static async Task KillAsync(int process)
    {
        using var killed = Process.GetProcessById(process);
        killed.Kill();
        await killed.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private string TrxFolder => Path.Combine(Store, "oracle", "trx");

    private TestCounts Trx()
    {
        var faults = new List<string>();
        TestCounts counts = TestCounts.OfFolder(TrxFolder, faults);
        faults.Should().BeEmpty();
        return counts;
    }

    [Fact]
    public async Task In_a_terminal_the_run_shows_how_far_it_is()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "There is no program 'script', which gives a terminal.");
        string line = string.Join(' ',
            ["dotnet", Programs.Built("Cli"), "run", "--smoke", "3", "--setting", "solo", "--store", Store, "--sandbox", "process"]);
        ChildResult result = await ChildProcess.RunAsync(
            new ChildCommand("/usr/bin/script", "-qec", line, "/dev/null")
            { Environment = With(("TERM", "xterm"), ("CI", "")), TimeLimit = TimeSpan.FromMinutes(10), WorkingDirectory = Folder },
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
