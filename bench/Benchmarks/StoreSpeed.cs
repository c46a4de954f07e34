using System.Globalization;
using Tandem.Bench.Measuring;
using Tandem.Bench.Reporting;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes.Process;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Bench.Benchmarks;

/// <summary>How long it takes to read what many cases left: their status, in this process, and the analysis' two commands, each a process
/// of its own as users start it.</summary>
internal sealed class StoreSpeed : IBenchmark
{
    private const int StatusCases = 1130;
    private const int AnalysisRecords = 20_000;
    private const double StatusTargetMs = 100;
    private const double ManyStatusTargetMs = 1000;
    private const double AnalysisTargetMs = 2000;

    public string Name => "store";

    public string Description => "status of 1,130 and of 20,000 cases; collect and validate of 20,000 records";

    public bool NeedsEngine => false;

    public int UsualRuns => 7;

    public async Task<BenchResult> RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        IReadOnlyList<RunRecord> models = await ModelsAsync(context, cancellationToken);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("tandem-bench-");
        try
        {
            StoreLayout few = SyntheticStore.Write(Path.Combine(folder.FullName, "few"), models, StatusCases);
            StoreLayout many = SyntheticStore.Write(Path.Combine(folder.FullName, "many"), models, AnalysisRecords);
            IReadOnlyList<SideLaps> laps = await Rounds.RunAsync(
                [
                    new Side("status of 1,130 cases", _ => Task.FromResult(Status(few))),
                    new Side("status of 20,000 cases", _ => Task.FromResult(Status(many))),
                    new Side("collect 20,000 records", token => AnalyseAsync("collect", many, token)),
                    new Side("validate 20,000 records", token => AnalyseAsync("validate", many, token)),
                ],
                context.Runs,
                context.Progress,
                cancellationToken);
            return new BenchResult(
                [new Table(
                    string.Create(CultureInfo.InvariantCulture,
                        $"Milliseconds, median (least–most). Status in a process that is warm, the others from the start of `dotnet` to "
                        + $"its end. {models[0].Artifacts.Count} to {models[^1].Artifacts.Count} artifacts a case."),
                    ["what", "whole"],
                    [.. laps.Select(side => (IReadOnlyList<string>)[side.Name, Wording.Ms(side.Total)])])],
                [
                    Judge("status of 1,130 cases in under 0.1 s", laps[0], StatusTargetMs),
                    Judge("status of 20,000 cases in under 1 s", laps[1], ManyStatusTargetMs),
                    Judge("collect of 20,000 records in under 2 s", laps[2], AnalysisTargetMs),
                    Judge("validate of 20,000 records in under 2 s", laps[3], AnalysisTargetMs),
                ]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static TargetCheck Judge(string target, SideLaps side, double boundMs) =>
        new(target, $"{Wording.Ms(side.Total)} ms", side.Total.Median < boundMs);

    /// <summary>One real record for each setting, to be copied under other names.</summary>
    private static async Task<IReadOnlyList<RunRecord>> ModelsAsync(BenchContext context, CancellationToken cancellationToken)
    {
        await using var provider = new ProcessSandboxProvider(timeProvider: TimeProvider.System);
        await using var store = BenchStore.Open(context.Tasks, provider);
        var models = new List<RunRecord>();
        foreach (Setting setting in new[] { Setting.Solo, Setting.CoopNocomm, Setting.CoopComm })
            models.Add(await store.RunAsync(BenchContext.Pair(setting), TimeSpan.Zero, cancellationToken));
        return models;
    }

    private static Lap Status(StoreLayout layout)
    {
        var lap = new Lap();
        var status = new StoreStatus(layout);
        status.Refresh();
        int completed = status.Cases.Count(standing => standing.Status == RunStatus.Completed);
        lap.Finish();
        return completed == status.Cases.Count ? lap
            : throw new InvalidDataException(
            $"{completed} of {status.Cases.Count} cases are completed; {string.Join("; ", status.Faults.Take(3))}");
    }

    private static async Task<Lap> AnalyseAsync(string verb, StoreLayout layout, CancellationToken cancellationToken)
    {
        var command = new ChildCommand(Environment.ProcessPath
            ?? "dotnet", [Built.Find("Analysis"), verb, layout.Experiment, "--store", layout.StoreFolder])
        { Environment = ChildEnvironment.Usual("DOTNET_ROOT"), TimeLimit = TimeSpan.FromMinutes(2) };
        var lap = new Lap();
        ChildResult result = await ChildProcess.RunAsync(command, cancellationToken);
        lap.Finish();
        result.ThrowOnFailure();
        return lap;
    }
}
