using System.Diagnostics;
using FluentAssertions;
using Tandem.Harness.Cases;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes.Process;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>A run that is killed at random moments, over and over, and started again each time.</summary>
[Slow]
[Long]
public sealed class KilledRunsTests : IDisposable
{
    /// <summary>A case notes six.</summary>
    private const int MostSteps = 12;

    private readonly List<Process> _runs = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("tandem-killed-").FullName;

    public KilledRunsTests() =>
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The built-in tasks run in the process sandbox on Linux only.");

    private string Store => Path.Combine(_folder, "store");

    private StoreLayout Layout => new(Store, "default");

    public void Dispose()
    {
        // Where a test ends before its runs do, they must not go on by themselves.
        foreach (Process run in _runs)
        {
            run.Kill();
            run.WaitForExit();
            run.Dispose();
        }
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public Task Killed_a_few_times_each_of_15_cases_is_completed_once() => KillAsync("smoke", "0", cases: 15, kills: 5, seed: 11);

    [Fact]
    [Long]
    public Task Killed_30_times_each_of_60_cases_is_completed_once() => KillAsync("lite", "0,1,2,3", cases: 60, kills: 30, seed: 12);

    [Fact]
    public async Task Two_runs_started_at_once_share_the_cases_and_run_none_twice()
    {
        Process one = Start("smoke", "0");
        Process two = Start("smoke", "0");
        await Task.WhenAll(one.WaitForExitAsync(Token), two.WaitForExitAsync(Token));

        foreach (CaseHistory history in Histories().Values)
            history.Records.Should().ContainSingle(history.CaseId.ToString());
        Histories().Should().HaveCount(15);
        Histories().Values.Select(h => h.Latest!.RunId).Distinct().Should().HaveCount(2, "both had something to do");
    }

    private async Task KillAsync(string subset, string soloSeeds, int cases, int kills, int seed)
    {
        var random = new Random(seed);
        for (int kill = 0; kill < kills; kill++)
        {
            int before = JournalLines();
            Process run = Start(subset, soloSeeds);
            // After some steps of its cases, or, now and then, before the first; and then at any moment of the next.
            if (random.Next(MostSteps + 1) is > 0 and int steps)
            {
                while (JournalLines() < before + steps && !run.HasExited)
                    await Task.Delay(100, Token);
            }
            await Task.Delay(random.Next(500), Token);
            run.HasExited.Should().BeFalse("there is enough to do for {0} kills", kills);
            run.Kill();
            await run.WaitForExitAsync(Token);
        }
        Process last = Start(subset, soloSeeds);
        await last.WaitForExitAsync(Token);
        last.ExitCode.Should().Be(0);

        Dictionary<CaseId, CaseHistory> histories = Histories();
        CaseId[] plan = [.. new StoreReader(Layout).ReadPlan()!.Cases];
        plan.Should().HaveCount(cases);
        foreach (CaseId caseId in plan)
        {
            IReadOnlyList<RunRecord> records = histories[caseId].Records;
            RunStatusReader.Of(Layout, caseId, histories[caseId]).Should().Be(RunStatus.Completed, caseId.ToString());
            records.Should().ContainSingle(r => !r.Interrupted, $"{caseId} is completed once");
            records.Should().OnlyContain(r => !r.InfraError);
            records.Select(r => r.Attempt).Should()
                .Equal(Enumerable.Range(1, records.Count), $"the attempts of {caseId} are numbered without a gap");
            // A folder without a record can only be of a process that died before it had begun.
            Layout.AttemptNumbers(caseId).Where(n => File.Exists(Path.Combine(Layout.AttemptFolder(caseId, n), StoreLayout.AttemptFile)))
                .Should().Equal(records.Select(r => r.Attempt));
            int finished = records.Select(r => r.Attempt)
                .FirstOrDefault(n => RunStatusReader.AgentsFinished(Layout, caseId, n), int.MaxValue);
            records.Where(r => r.Attempt > finished && r.AttemptKind != AttemptKind.Regrade)
                .Select(r => $"attempt {r.Attempt}, {r.AttemptKind}")
                .Should().BeEmpty($"the agents of {caseId} had finished in attempt {finished}");
        }
        RunRecord[] all = [.. histories.Values.SelectMany(history => history.Records)];
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{kills} kills: {all.Length} attempts at {cases} cases, {all.Count(r => r.Interrupted)} of them interrupted, "
                + $"{all.Count(r => r.AttemptKind == AttemptKind.Regrade)} evaluations of what finished agents had left");
        all.Count(r => r.Interrupted).Should().BeGreaterThan(kills / 2, "most kills strike something");
        ChildResult validated = await Programs.ValidateAsync(Store, "default");
        validated.ExitCode.Should().Be(0, validated.Stdout.Text);
        await using var provider = new ProcessSandboxProvider(timeProvider: TimeProvider.System);
        // One that was killed before its owner was written down is swept when it is old enough, since it may be another run's.
        string[] ours = [.. all.Select(r => r.AttemptId)];
        (await provider.SweepAsync(RunEnvironment.StoreIdOf(Store), Token))
            .Where(swept => swept.Owner.Length > 0 && ours.Any(swept.Id.Contains)).Should()
            .BeEmpty("the last start swept what the others had left");
    }

    /// <summary>How far all attempts have come: the ends of their phases.</summary>
    private int JournalLines() => !Directory.Exists(Layout.ArtifactsFolder) ? 0
        : Directory.EnumerateFiles(Layout.ArtifactsFolder, StoreLayout.EventsFile, SearchOption.AllDirectories)
        .Sum(file => File.ReadAllBytes(file).Count(one => one == '\n'));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Dictionary<CaseId, CaseHistory> Histories() => CaseHistory.Group(new StoreReader(Layout).ReadRuns());

    private Process Start(string subset, string soloSeeds)
    {
        var start = new ProcessStartInfo("dotnet", [Programs.Built("Experiments.Tests"), "-noLogo", "-noColor", "-noAutoReporters",
            "-reporter", "quiet"])
        { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder };
        start.Environment["TANDEM_EXPERIMENT"] = "default";
        start.Environment["TANDEM_STORE"] = Store;
        start.Environment["TANDEM__Sandbox__Provider"] = "process";
        start.Environment["TANDEM__Tasks__Subset"] = subset;
        start.Environment["TANDEM__Seeds__Solo"] = soloSeeds;
        Process process = Process.Start(start)!;
        _runs.Add(process);
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
