using Tandem.Bench.Measuring;
using Tandem.Bench.Reporting;
using Tandem.Bench.Sandboxes;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Bench.Benchmarks;

/// <summary>What a case costs beside its tests: the oracle on a built-in pair, one case at a time, alone and with a teammate.</summary>
internal sealed class CaseOverhead : IBenchmark
{
    private const double TargetMs = 1000;

    public string Name => "case";

    public string Description => "a case of the oracle from claim to record, less the tests' own time";

    public bool NeedsEngine => true;

    public int UsualRuns => 15;

    public async Task<BenchResult> RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        Setting[] settings = [Setting.Solo, Setting.CoopNocomm];
        var phases = settings.ToDictionary(setting => setting, _ => new List<Lap>());
        int seed = 0;
        IReadOnlyList<SideLaps> laps = await Rounds.RunAsync(
            [.. settings.Select(setting => new Side(EnumNames.NameOf(setting), async token =>
            {
                var lap = new Lap();
                await using var store = BenchStore.Open(context.Tasks, new TimedProvider(context.Engine, lap));
                var whole = new Lap();
                RunRecord record = await store.RunAsync(BenchContext.Pair(setting, seed++), TimeSpan.Zero, token);
                whole.Finish();
                foreach ((string phase, double ms) in store.PhasesOf(record).Where(phase => phase.Phase != "queue"))
                    whole.Add(phase, ms);
                phases[setting].Add(lap);
                return whole;
            }))],
            context.Runs,
            context.Progress,
            cancellationToken);

        var overheads = laps.ToDictionary(side => side.Name, side => side.Total.Less(side.Phase("the runners")));
        IReadOnlyList<string> names = laps[0].PhaseNames;
        var table = new Table(
            "Milliseconds of a case, median (least–most). The runners' own time is what overhead leaves out.",
            ["setting", .. names, "whole", "overhead"],
            [.. laps.Select(side => (IReadOnlyList<string>)[side.Name, .. names.Select(name => Wording.Ms(side.Phase(name))),
                Wording.Ms(side.Total), Wording.Ms(overheads[side.Name])])]);
        return new BenchResult(
            [table, .. settings.Select(setting => PhaseTable.Of(
                new SideLaps(EnumNames.NameOf(setting), [.. phases[setting].Skip(1)]),
                    $"What a {EnumNames.NameOf(setting)} case asks of its sandboxes. Some of it goes on at once."))],
            [.. overheads.Select(side =>
                new TargetCheck($"under 1 s on top of the tests for a {side.Key} case",
                FormattableString.Invariant($"{Wording.Ms(side.Value)} ms"), side.Value.Median < TargetMs))]);
    }
}
