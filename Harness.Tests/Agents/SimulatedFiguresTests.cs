using FluentAssertions;
using Tandem.Harness.Agents;
using Tandem.Harness.Cases;
using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes.Process;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>The default experiment as a whole: its 50 cases have figures worth looking at. The slowest test of the agents.</summary>
[Slow]
[Long]
public sealed class SimulatedFiguresTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tandem-figures-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact(Timeout = 1_200_000)]
    public async Task The_default_experiment_tells_its_settings_apart_and_shows_every_merge_outcome()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The built-in tasks run in the process sandbox on Linux only.");
        IReadOnlyList<RunRecord> records = await RunAsync();

        records.Should().HaveCount(50).And.OnlyContain(r => r.Simulated && !r.InfraError && r.AgentStatus == AgentStatus.Submitted
            && r.TotalCost == 0 && r.Attempt == 1);
        double solo = PassRate(records, Setting.Solo);
        (double comm, double nocomm) = (PassRate(records, Setting.CoopComm), PassRate(records, Setting.CoopNocomm));
        solo.Should().BeInRange(0.6, 0.75);
        comm.Should().BeGreaterThan(nocomm + 0.1);
        solo.Should().BeGreaterThan(nocomm + 0.1);

        records.Where(r => r.Setting == Setting.CoopNocomm).Select(r => r.MergeOutcome).Distinct().Should()
            .BeEquivalentTo([MergeOutcome.MergeClean, MergeOutcome.MergeUnion, MergeOutcome.MergeFailed]);
        Conflicts(records, Setting.CoopComm).Should().BeLessThan(Conflicts(records, Setting.CoopNocomm), "plans spare conflicts");
        records.Where(r => r.Setting == Setting.Solo).GroupBy(r => r.CaseId.PairKey)
            .Select(pair => pair.Count(r => r.BothPassed == true)).Distinct()
            .Should().BeEquivalentTo([0, 1, 2, 3], "easy pairs, hard pairs and those between");

        records.Where(r => r.Setting != Setting.CoopComm).Should().OnlyContain(r => r.MessagesCount == 0);
        RunRecord[] talks = [.. records.Where(r => r.Setting == Setting.CoopComm)];
        talks.Should().OnlyContain(r => r.MessagesCount >= 2);
        foreach (string opening in new[] { "Plan:", "Question:", "Answer: yes", "Update:", "Thanks" })
            talks.Should().Contain(r => r.Messages.Any(m => m.Message.StartsWith(opening, StringComparison.Ordinal)),
                "{0} is said somewhere", opening);
    }

    private async Task<IReadOnlyList<RunRecord>> RunAsync()
    {
        string project = ProjectFolder.Find();
        ExperimentConfiguration configuration = ConfigurationReader
            .Read(Path.Combine(project, "experiments", "default.json"), new Dictionary<string, string>());
        await using var environment = new RunEnvironment(
            configuration, TaskSetLoader.Load(Path.Combine(project, "tasks")), AgentCatalog.Find(configuration.Agent.Kind)!,
                new ProcessSandboxProvider(Templates.ShareIn(Path.Combine(_folder, "sandboxes")), TimeProvider.System),
            Path.Combine(_folder, "store"), "figures", TimeProvider.System);
        var records = new List<RunRecord>();
        await Parallel.ForEachAsync(environment.Plan.Cases, new ParallelOptions
        { MaxDegreeOfParallelism = 4, CancellationToken = TestContext.Current.CancellationToken }, async (caseId, token) =>
    {
        CaseResult result = await new CaseRunner(environment).RunAsync(caseId, AttemptReason.Due, TimeSpan.Zero, token);
        lock (records)
            records.Add(Assert.IsType<CaseResult.Ran>(result).Record);
    });
        return records;
    }

    private static double PassRate(IEnumerable<RunRecord> records, Setting setting) =>
        records.Where(r => r.Setting == setting).Average(r => r.BothPassed == true ? 1.0 : 0.0);

    private static int Conflicts(IEnumerable<RunRecord> records, Setting setting) =>
        records.Count(r => r.Setting == setting && r.NaiveConflict == true);
}
