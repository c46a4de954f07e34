using System.Globalization;
using Tandem.Bench.Measuring;
using Tandem.Bench.Reporting;
using Tandem.Bench.Sandboxes;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker;
using Tandem.Harness.TaskSets.Images;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Bench.Benchmarks;

/// <summary>
/// The processor time that the engine spends on a sandbox, in cases of the oracle and in sandboxes that are created, started and removed by
/// its API. Measured in an engine of its own whose control groups count exactly (see <see cref="EngineCpuGroups"/>), so that other people's
/// load and containers are not in it, although load makes the same work take longer: caches are cold and processors share their units.
/// </summary>
internal sealed class EngineCpu : IBenchmark
{
    private const string Floor = "create, start, remove by the API";
    private const string AtOnce = ", 8 at once";
    private const string Operations = "operations, one by one";
    private const int Width = 8;
    private const int SandboxesOfFloor = 12;
    private const double TargetMs = 500;
    private const double TargetRatio = 1.3;
    private readonly Dictionary<Setting, IReadOnlyDictionary<string, int>> _counts = [];
    private int _seed;

    public string Name => "engine-cpu";

    public string Description => "processor time of the engine, ours and in the containers, a sandbox: cases and bare sandboxes";

    public bool NeedsEngine => true;

    public int UsualRuns => 7;

    public string? WhyNot => SecondEngine.WhyNot ?? EngineCpuGroups.WhyNot;

    public async Task<BenchResult> RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        using var groups = new EngineCpuGroups();
        await using var second = SecondEngine.Prepare(groups);
        if (await second.StartAsync(cancellationToken) is { } whyNot)
            throw new SandboxException(SandboxFault.Engine, $"The engine that is to be measured does not start: {whyNot}");
        SandboxSpec spec = await context.SpecAsync("engine", cancellationToken);
        await second.CopyImageAsync(context.Engine.Engine, spec.Image.Reference, cancellationToken);
        await using DockerSandboxProvider provider = await DockerSandboxes.ConnectAsync(
            second.Places, TimeProvider.System, storeFolder: null, cancellationToken);
        await using var store = BenchStore.Open(context.Tasks, new TimedProvider(provider, new Lap()));
        return Report(await MeasureAsync(context, new EngineCpuMeter(groups), provider, store, spec, cancellationToken));
    }

    private async Task<IReadOnlyList<SideLaps>> MeasureAsync(
        BenchContext context, EngineCpuMeter meter, DockerSandboxProvider provider, BenchStore store, SandboxSpec spec,
            CancellationToken cancellationToken)
    {
        SandboxSpec Fresh() => spec with { Name = "bench-" + Guid.NewGuid().ToString("N")[..16] };
        var engine = new EngineWork(provider.Engine);
        var operations = new EngineOperations(provider.Engine);
        async Task CaseAsync(Setting setting, bool isCounted, CancellationToken token)
        {
            RunRecord record = await store.RunAsync(BenchContext.Pair(setting, Interlocked.Increment(ref _seed)), TimeSpan.Zero, token);
            if (isCounted)
                _counts[setting] = await operations.CountAsync(record, token);
        }
        return await Rounds.RunAsync(
            [
                Of(Floor, SandboxesOfFloor, 1, SandboxesOfFloor / 2, token => engine.SandboxesAsync(Fresh, token)),
                Of(EnumNames.NameOf(Setting.Solo), 8, 1, 4, token => CaseAsync(Setting.Solo, isCounted: true, token)),
                Of(EnumNames.NameOf(Setting.CoopNocomm), 9, 1, 3, token => CaseAsync(Setting.CoopNocomm, isCounted: true, token)),
                Of(Floor + AtOnce, 2 * SandboxesOfFloor, Width, SandboxesOfFloor, token => engine.SandboxesAsync(Fresh, token)),
                Of(EnumNames.NameOf(Setting.CoopNocomm) + AtOnce, 3 * Width, Width, Width, token =>
                    CaseAsync(Setting.CoopNocomm, isCounted: false, token)),
                new Side(Operations, token => operations.MeasureAsync(Fresh(), meter, token)),
            ],
            context.Runs,
            context.Progress,
            cancellationToken);

        // A side whose laps hold processor time, milliseconds a sandbox.
        Side Of(string name, int sandboxes, int width, int times, Func<CancellationToken, Task> work) => new(name, async token =>
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = width, CancellationToken = token };
            CpuUse use = await meter.CountAsync(() => Parallel.ForAsync(0, times, options, async (_, inner) => await work(inner)), token);
            return Lap.Of(
                use.WholeEngineMs / sandboxes,
                new Phase("dockerd and its children", use.EngineMs / sandboxes),
                new Phase("containerd, shims, runc", use.ContainerdMs / sandboxes),
                new Phase("in the containers", use.ContainersMs / sandboxes),
                new Phase("this process", use.OurMs / sandboxes));
        });
    }

    private BenchResult Report(IReadOnlyList<SideLaps> laps)
    {
        SideLaps single = laps.Single(side => side.Name == Operations);
        SideLaps[] wholes = [.. laps.Where(side => side != single)];
        SideLaps FloorOf(SideLaps side) =>
            laps.Single(one => one.Name == (side.Name.EndsWith(AtOnce, StringComparison.Ordinal) ? Floor + AtOnce : Floor));
        SideLaps[] coops = [.. wholes.Where(side => side.Name.StartsWith(EnumNames.NameOf(Setting.CoopNocomm), StringComparison.Ordinal))];
        string[] columns = [.. wholes[0].PhaseNames];
        return new BenchResult(
            [
                new Table(
                    "Processor time, milliseconds a sandbox, median (least–most): of the engine, its two parts, and besides. The ratio is "
                        + "the engine's to that of bare sandboxes, round by round.",
                    ["side", "the engine", "ratio", .. columns],
                    [.. wholes.Select(side => (IReadOnlyList<string>)
                    [
                        side.Name, Wording.Ms(side.Total), side == FloorOf(side) ? "1"
                            : Wording.Ratio(side.Total.Over(FloorOf(side).Total)),
                            .. columns.Select(column => Wording.Ms(side.Phase(column))),
                    ])]),
                OperationsTable(single),
            ],
            [.. coops.Select(side => Judge(side, FloorOf(side)))]);
    }

    private Table OperationsTable(SideLaps single)
    {
        Setting[] settings = [.. _counts.Keys.Order()];
        string Times(Setting setting, string name) => _counts[setting].GetValueOrDefault(name).ToString(CultureInfo.InvariantCulture);
        double Sum(Setting setting) => single.PhaseNames.Sum(name => _counts[setting].GetValueOrDefault(name) * single.Phase(name).Median);
        return new Table(
            "The engine's processor time for one operation, milliseconds, median (least–most), and how many a case asks for, by the "
                + "engine's own events. The last line adds up to a case.",
            ["operation", "ms", .. settings.Select(setting => EnumNames.NameOf(setting))],
            [
                .. single.PhaseNames.Select(name =>
                (IReadOnlyList<string>)[name, Wording.Tenths(single.Phase(name)), .. settings.Select(setting => Times(setting, name))]),
                ["all of a case, ms", "", .. settings.Select(setting => Sum(setting).ToString("0", CultureInfo.InvariantCulture))],
            ]);
    }

    private static TargetCheck Judge(SideLaps side, SideLaps floor)
    {
        Samples ratio = side.Total.Over(floor.Total);
        bool isFloorAbove = floor.Total.Median > TargetMs;
        return new TargetCheck(
            isFloorAbove ? FormattableString.Invariant($"{side.Name}: at most {TargetRatio} times what bare sandboxes take")
                : FormattableString.Invariant($"{side.Name}: at most {TargetMs} ms of the engine a sandbox"),
            isFloorAbove ? Wording.Ratio(ratio) : FormattableString.Invariant($"{Wording.Ms(side.Total)} ms"),
            isFloorAbove ? ratio.Median <= TargetRatio : side.Total.Median <= TargetMs);
    }
}
