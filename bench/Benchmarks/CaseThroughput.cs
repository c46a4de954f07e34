using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Tandem.Bench.Measuring;
using Tandem.Bench.Reporting;
using Tandem.Bench.Sandboxes;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Bench.Benchmarks;

/// <summary>Cases per minute at several widths, beside what the engine alone can do of the same in that time.</summary>
internal sealed class CaseThroughput : IBenchmark
{
    private const int CasesPerTurn = 12;
    private const int TargetWidth = 4;
    private const double TargetShare = 0.9;
    private static readonly int[] s_widths = [1, 2, 4, 8];
    private int _seed;

    public string Name => "throughput";

    public string Description => "cases per minute at 1, 2, 4 and 8 at once, and the engine alone with as many sandboxes";

    public bool NeedsEngine => true;

    public int UsualRuns => 3;

    public async Task<BenchResult> RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        SandboxSpec spec = await context.SpecAsync("engine", cancellationToken);
        SandboxSpec Fresh() => spec with { Name = "bench-" + Guid.NewGuid().ToString("N")[..16] };
        var engine = new EngineWork(context.Engine.Engine);
        var provider = new TimedProvider(context.Engine, new Lap());
        await using var store = BenchStore.Open(context.Tasks, provider);

        await store.RunAsync(BenchContext.Pair(Setting.Solo), TimeSpan.Zero, cancellationToken);
        IReadOnlyList<SandboxTrace> trace = [.. provider.Traces];

        var rows = new List<IReadOnlyList<string>>();
        var phaseRows = new List<IReadOnlyList<string>>();
        IReadOnlyList<string> phaseNames = [];
        var targets = new List<TargetCheck>();
        foreach (int width in s_widths)
        {
            IReadOnlyList<SideLaps> laps = await Rounds.RunAsync(
                [
                    new Side($"{width} at once: cases", token => CasesAsync(store, width, token)),
                    new Side($"{width} at once: bare sandboxes", token =>
                        TurnAsync(width, _ => engine.SandboxesAsync(Fresh, token), token)),
                    new Side($"{width} at once: the same work, bare", token =>
                        TurnAsync(width, _ => engine.WorkAsync(trace, Fresh, token), token)),
                ],
                context.Runs,
                context.Progress,
                cancellationToken);
            Samples[] rates = [.. laps.Select(side => new Samples([.. side.Total.Values.Select(ms => CasesPerTurn * 60_000 / ms)]))];
            Samples ofSandboxes = rates[0].Over(rates[1]);
            Samples ofWork = rates[0].Over(rates[2]);
            rows.Add([width.ToString(CultureInfo.InvariantCulture), .. rates.Select(Wording.Rate), Wording.Percent(ofSandboxes),
                Wording.Percent(ofWork)]);
            phaseNames = laps[0].PhaseNames;
            phaseRows.Add([width.ToString(CultureInfo.InvariantCulture), .. phaseNames.Select(name => Wording.Ms(laps[0].Phase(name)))]);
            if (width == TargetWidth)
            {
                targets.Add(new TargetCheck("four at a time, at least 90 % of what the engine itself can cycle in bare sandboxes",
                    Wording.Percent(ofSandboxes), ofSandboxes.Median >= TargetShare));
                targets.Add(new TargetCheck("four at a time, at least 90 % of what the engine itself can cycle with a case's work in them",
                    Wording.Percent(ofWork), ofWork.Median >= TargetShare));
            }
        }
        return new BenchResult(
            [
                new Table(
                    $"Cases per minute, median (least–most); the oracle, solo, {BenchContext.Pair(Setting.Solo).PairKey}, {CasesPerTurn} "
                        + $"cases a turn. Bare sandboxes: as many created, started and removed. Same work, bare: what a case does in them "
                        + $"as well (files, git, runners, a restart), in the fewest calls of the engine and without the harness.",
                    ["at once", "cases", "bare sandboxes", "same work, bare", "share of bare sandboxes", "share of same work"],
                    rows),
                new Table("Where a case's milliseconds go, the median case of a turn (least–most over turns).",
                    ["at once", .. phaseNames], phaseRows),
            ],
            targets);
    }

    private async Task<Lap> CasesAsync(BenchStore store, int width, CancellationToken cancellationToken)
    {
        var phases = new ConcurrentBag<IReadOnlyList<(string Phase, double Ms)>>();
        long began = Stopwatch.GetTimestamp();
        Lap lap = await TurnAsync(
            width,
            async token =>
            {
                TimeSpan queued = Stopwatch.GetElapsedTime(began);
                RunRecord record = await store.RunAsync(BenchContext.Pair(Setting.Solo, Interlocked.Increment(ref _seed)), queued, token);
                phases.Add(store.PhasesOf(record));
            },
            cancellationToken);
        foreach (string name in phases.First().Select(phase => phase.Phase))
            lap.Add(name, new Samples([.. phases.Select(ofCase => ofCase.Single(phase => phase.Phase == name).Ms)]).Median);
        return lap;
    }

    private static async Task<Lap> TurnAsync(int width, Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        var lap = new Lap();
        var options = new ParallelOptions { MaxDegreeOfParallelism = width, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, CasesPerTurn, options, async (_, token) => await work(token));
        return lap.Finish();
    }
}
