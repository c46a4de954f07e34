using Tandem.Harness.Agents;
using Tandem.Harness.Cases;
using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Bench.Benchmarks;

/// <summary>A store of this run's own, in which the oracle runs cases; gone when it is disposed. The provider stays its owner's.</summary>
internal sealed class BenchStore : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tandem-bench-");

    private BenchStore(TaskSet tasks, ISandboxProvider provider) => Environment = new RunEnvironment(
        new ExperimentConfiguration { Name = "bench", Settings = [Setting.Solo], Agent = new AgentSettings { Kind = "oracle" } },
        tasks,
        AgentCatalog.Find("oracle")!,
        provider,
        _folder.FullName,
        Guid.NewGuid().ToString("n")[..12],
        TimeProvider.System);

    public RunEnvironment Environment { get; }

    /// <summary>Opens one.</summary>
    /// <param name="tasks">The task set.</param>
    /// <param name="provider">Not to be closed by the store.</param>
    public static BenchStore Open(TaskSet tasks, ISandboxProvider provider) => new(tasks, provider);

    /// <summary>Runs a case that must pass.</summary>
    public async Task<RunRecord> RunAsync(CaseId caseId, TimeSpan queued, CancellationToken cancellationToken)
    {
        CaseResult result = await new CaseRunner(Environment).RunAsync(caseId, AttemptReason.Due, queued, cancellationToken);
        return result is CaseResult.Ran { Record: { BothPassed: true } record }
            ? record
            : throw new InvalidDataException(
            $"{caseId} did not pass with the gold patches: "
            + $"{(result is CaseResult.Ran ran ? Verdict.Of(ran.Record) + " " + ran.Record.Error?.Message : result.ToString())}");
    }

    /// <summary>Where a case's time went, milliseconds: its phases, and what lies between them.</summary>
    public IReadOnlyList<(string Phase, double Ms)> PhasesOf(RunRecord record)
    {
        TimeBreakdown time = record.Time;
        double runners = record.Tests.Sum(test => test.Seconds ?? 0);
        double recording = File.ReadLines(
            Path.Combine(Environment.Layout.AttemptFolder(record.CaseId, record.Attempt), StoreLayout.EventsFile))
            .Select(line => StoreJson.Read<AttemptEvent>(System.Text.Encoding.UTF8.GetBytes(line)))
            .Single(one => one.Phase == CasePhase.Record).Seconds;
        double known = (time.Provision ?? 0) + (time.Agent ?? 0) + (time.Merge ?? 0) + (time.Tests ?? 0);
        (string, double Seconds)[] phases =
        [
            ("queue", time.Queue ?? 0),
            ("provision", time.Provision ?? 0),
            ("agent", time.Agent ?? 0),
            ("merge", time.Merge ?? 0),
            ("the runners", runners),
            ("tests, less the runners", (time.Tests ?? 0) - runners),
            // The removal of sandboxes above all; the record's own time comes after the duration was taken.
            ("removal and the rest", record.DurationSeconds - known),
            ("record", recording),
        ];
        return [.. phases.Select(phase => (phase.Item1, phase.Seconds * 1000))];
    }

    public async ValueTask DisposeAsync()
    {
        await Environment.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
