using System.Globalization;
using Tandem.Bench.Measuring;
using Tandem.Bench.Reporting;
using Tandem.Harness.Cases;
using Tandem.Harness.Sandboxes.Process;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Bench.Benchmarks;

/// <summary>How long it takes to find out of many cases which of their files are lost, and to make the agents' reports of all of them
/// again: files flushed to disk, records appended.</summary>
internal sealed class Regeneration : IBenchmark
{
    private const int Cases = 1130;
    private const double TargetMs = 1000;

    public string Name => "regenerate";

    public string Description => "the agents' reports of 1,130 cases, made again";

    public bool NeedsEngine => false;

    public int UsualRuns => 5;

    public async Task<BenchResult> RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("tandem-bench-");
        try
        {
            (RunRecord model, ExperimentPlan plan, (string, byte[])[] files) = await RealCaseAsync(context, cancellationToken);
            int round = 0;
            // A store of its own for each round, and nothing removed before the end: where files were just removed, ext4 makes new ones
            // forty times slower for minutes.
            IReadOnlyList<SideLaps> laps = await Rounds.RunAsync(
                [new Side("regenerate 1,130 reports", _ => Task.FromResult(Regenerate(
                    Store(Path.Combine(folder.FullName, $"{++round}"), model, plan, files))))],
                context.Runs, context.Progress, cancellationToken);
            return new BenchResult(
                [new Table(
                    "Milliseconds, median (least–most), in a process that is warm: records read, files hashed, new ones flushed.",
                    ["what", "whole"],
                    [.. laps.Select(side => (IReadOnlyList<string>)[side.Name, Wording.Ms(side.Total)])])],
                [new TargetCheck("regenerate 1,130 reports in under 1 s", $"{Wording.Ms(laps[0].Total)} ms",
                    laps[0].Total.Median < TargetMs)]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Lap Regenerate(StoreLayout layout)
    {
        CaseId[] cases = [.. new StoreReader(layout).ReadPlan()!.Cases];
        var lap = new Lap();
        using var regenerator = new Regenerator(layout, "bench", TimeProvider.System);
        int rebuilt = regenerator.Rebuild(regenerator.Examine(cases)).Count(repair => repair.Kind == RepairKind.Rebuilt);
        lap.Finish();
        return rebuilt == Cases ? lap : throw new InvalidDataException($"{rebuilt} of {Cases} reports were made again.");
    }

    /// <summary>One real solo case: its record, its plan and its files without the agents' report.</summary>
    private static async Task<(RunRecord, ExperimentPlan, (string Name, byte[] Content)[])> RealCaseAsync(BenchContext context,
        CancellationToken cancellationToken)
    {
        await using var provider = new ProcessSandboxProvider(timeProvider: TimeProvider.System);
        await using var store = BenchStore.Open(context.Tasks, provider);
        RunRecord model = await store.RunAsync(BenchContext.Pair(Setting.Solo), TimeSpan.Zero, cancellationToken);
        string source = store.Environment.Layout.AttemptFolder(model.CaseId, 1);
        return (model, store.Environment.Plan, [.. Directory.EnumerateFiles(source)
            .Where(path => Path.GetFileName(path) is not (StoreLayout.AgentsFile or StoreLayout.ResultFile))
            .Select(path => (Path.GetFileName(path), File.ReadAllBytes(path)))]);
    }

    /// <summary>Copies of the case under other numbers, each with the lock that its run left.</summary>
    private static StoreLayout Store(string folder, RunRecord model, ExperimentPlan plan, (string Name, byte[] Content)[] files)
    {
        RunRecord[] records = [.. Enumerable.Range(1, Cases).Select(task => model with
        {
            CaseId = new CaseId(model.Setting, model.Repo, task, model.Features, model.Seed),
            TaskId = task,
            AttemptId = string.Create(CultureInfo.InvariantCulture, $"bench-{task}"),
        })];
        var layout = new StoreLayout(folder, model.Experiment);
        DurableFile.Write(layout.PlanFile, StoreJson.ToFile(plan with { Cases = [.. records.Select(record => record.CaseId)] }));
        Directory.CreateDirectory(layout.ClaimsFolder);
        Parallel.ForEach(records, record =>
        {
            string attempt = Directory.CreateDirectory(layout.AttemptFolder(record.CaseId, 1)).FullName;
            foreach ((string name, byte[] content) in files)
                File.WriteAllBytes(Path.Combine(attempt, name), content);
            File.WriteAllBytes(Path.Combine(attempt, StoreLayout.ResultFile), StoreJson.ToFile(record));
            File.WriteAllBytes(ClaimFiles.LockOf(layout, record.CaseId), []);
        });
        using var writer = new RunFileWriter(layout, model.RunId, model.Provenance.Harness, TimeProvider.System);
        writer.Append(records);
        return layout;
    }
}
