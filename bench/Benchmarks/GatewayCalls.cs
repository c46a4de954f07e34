using System.Globalization;
using Tandem.Bench.Gateway;
using Tandem.Bench.Measuring;
using Tandem.Bench.Reporting;
using Tandem.Harness.Gateway.Relays;
using Tandem.Harness.Sandboxes;

namespace Tandem.Bench.Benchmarks;

/// <summary>What a model call costs on its way through the gateway, with an upstream that takes no time: beside the upstream itself, beside
/// YARP, and out of a sandbox without a network. And how many streams it holds at once.</summary>
internal sealed class GatewayCalls : IBenchmark
{
    private const int Calls = 40;
    private const int WarmCalls = 100;
    private const int AtOnce = 64;
    private const double MostAddedMs = 5;
    private const string Ours = "gateway";
    private const string Relayed = "in a sandbox: relay and gateway";
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    public string Name => "gateway";

    public string Description => "a model call through the gateway, beside YARP and the endpoint itself; 64 streams at once";

    public bool NeedsEngine => false;

    public bool UsesEngine => true;

    public int UsualRuns => 9;

    public async Task<BenchResult> RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("tandem-bench-");
        try
        {
            await using BenchUpstream upstream = await BenchUpstream.StartAsync();
            await using YarpProxy yarp = await YarpProxy.StartAsync(upstream.Address);
            await using BenchGateway gateway = await BenchGateway.StartAsync(upstream.Address, folder.FullName, AtOnce * 2);
            using var direct = new HostClient(upstream.Address, gateway.Token);
            using var proxied = new HostClient(yarp.Address, gateway.Token);
            using var ours = new HostClient(gateway.Address, gateway.Token);
            using var flushes = new DiskFlushes(folder.FullName);
            Way[] ways =
            [
                new("endpoint itself", 0, direct.CallAsync, direct.CallAtOnceAsync),
                new("YARP", 0, proxied.CallAsync, proxied.CallAtOnceAsync),
                new(Ours, 0, ours.CallAsync, ours.CallAtOnceAsync),
                new("two flushes to the disk, no call", null, flushes.FlushAsync, null),
            ];
            if (!context.HasEngine)
                return await MeasureAsync(context, upstream, ways, cancellationToken) with
                { LeftOut = "calls out of a sandbox, for want of an engine" };

            await using ISandbox sandbox = await context.Engine
                .CreateAsync(await context.SpecAsync(Name, cancellationToken), cancellationToken);
            await using SandboxRelay relay = await gateway.ConnectAsync(sandbox, cancellationToken);
            await InsideClient.PutAsync(sandbox, [Exchanged.Of(streams: false), Exchanged.Of(streams: true)], cancellationToken);
            var inside = new InsideClient(sandbox, 0, gateway.RelayedToken);
            var relayed = new InsideClient(sandbox, relay.Port, gateway.RelayedToken);
            return await MeasureAsync(context, upstream,
                [.. ways, new("in a sandbox: a trivial server there", 4, inside.CallAsync, null),
                    new(Relayed, 4, relayed.CallAsync, relayed.CallAtOnceAsync)], cancellationToken);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<BenchResult> MeasureAsync(BenchContext context, BenchUpstream upstream, Way[] ways,
        CancellationToken cancellationToken)
    {
        (Exchanged whole, Exchanged streamed) = (Exchanged.Of(streams: false), Exchanged.Of(streams: true));
        foreach (Way way in ways)
        {
            await way.CallAsync(whole, WarmCalls, cancellationToken);
            await way.CallAsync(streamed, WarmCalls, cancellationToken);
        }
        IReadOnlyList<SideLaps> wholes = await CallsAsync(context, ways, "whole", whole, cancellationToken);
        IReadOnlyList<SideLaps> streams = await CallsAsync(context, ways, "streamed", streamed, cancellationToken);
        upstream.Pause = s_pause;
        Way[] wide = [.. ways.Where(way => way.CallAtOnceAsync is not null)];
        var open = wide.ToDictionary(way => way.Name, _ => int.MaxValue);
        IReadOnlyList<SideLaps> many = await Rounds.RunAsync(
            [.. wide.Select(way => new Side($"{way.Name}, {AtOnce} at once", async token =>
            {
                upstream.TakeMostOpen();
                Lap lap = await way.CallAtOnceAsync!(streamed, AtOnce, token);
                open[way.Name] = Math.Min(open[way.Name], upstream.TakeMostOpen());
                return lap;
            }))],
            context.Runs, context.Progress, cancellationToken);

        string request = string.Create(CultureInfo.InvariantCulture, $"a request of {whole.Request.Length / 1000} kB");
        return new BenchResult(
            [
                CallTable($"Milliseconds of a call with {request} and an answer of {whole.Answer.Length} bytes.", ways, wholes),
                CallTable($"Milliseconds of a call with {request} and a stream of {Conversation.Events} events without pauses.",
                    ways, streams),
                new Table(
                    $"Milliseconds of a stream of {Conversation.Events} events, {s_pause.TotalMilliseconds:0} apart, alone and as the "
                        + $"slowest of {AtOnce} that begin together, median (least–most). Every byte of every answer is that of the "
                        + "endpoint.",
                    ["way", "alone", $"slowest of {AtOnce}", "ratio, round by round", "open at once"],
                    [.. wide.Zip(many, (way, side) => (IReadOnlyList<string>)[way.Name, Wording.Ms(side.Phase(CallLap.Alone)),
                        Wording.Ms(side.Total), Wording.Ratio(side.Total.Over(side.Phase(CallLap.Alone))),
                        open[way.Name].ToString(CultureInfo.InvariantCulture)])]),
            ],
            [
                Promise("the gateway adds at most 5 ms to a call", ways, wholes),
                Promise("the gateway adds at most 5 ms to a streamed call of 50 events", ways, streams),
                .. wide.Where(way => way.Name is Ours or Relayed).Select(way => new TargetCheck(
                    $"{way.Name}: {AtOnce} streams at once, all whole", $"{open[way.Name]} open at once in every round",
                    open[way.Name] == AtOnce) { IsPromise = true }),
            ]);
    }

    private static Task<IReadOnlyList<SideLaps>> CallsAsync(BenchContext context, Way[] ways, string kind, Exchanged what,
        CancellationToken cancellationToken) => Rounds.RunAsync(
            [.. ways.Select(way => new Side($"{way.Name}, {kind}", token => way.CallAsync(what, Calls, token)))],
            context.Runs, context.Progress, cancellationToken);

    private static Table CallTable(string caption, Way[] ways, IReadOnlyList<SideLaps> laps) => new(
        caption + " Median and 95th percentile are of all calls; what is added is between the medians of a round, median (least–most) of "
            + "the rounds, and against the first row, or in a sandbox against its first.",
        ["way", "calls", "median", "95 %", "added", "ratio"],
        [.. ways.Zip(laps, (way, side) =>
        {
            Samples all = CallLap.AllOf(side);
            return (IReadOnlyList<string>)[way.Name, all.Values.Count.ToString(CultureInfo.InvariantCulture), Hundredths(all.Median),
                Hundredths(all.Percentile95), .. Compared(side, way.Baseline is int at ? laps[at] : null)];
        })]);

    private static string[] Compared(SideLaps side, SideLaps? baseline) => baseline is null ? ["", ""] : side == baseline ? ["", "1"]
        : [Wording.Hundredths(side.Total.Less(baseline.Total)), Wording.Ratio(side.Total.Over(baseline.Total))];

    private static TargetCheck Promise(string what, Way[] ways, IReadOnlyList<SideLaps> laps)
    {
        int index = Array.FindIndex(ways, way => way.Name == Ours);
        Samples added = laps[index].Total.Less(laps[ways[index].Baseline!.Value].Total);
        return new TargetCheck(what, $"{Wording.Hundredths(added)} ms", added.Median <= MostAddedMs) { IsPromise = true };
    }

    private static string Hundredths(double milliseconds) => milliseconds.ToString("0.00", CultureInfo.InvariantCulture);

    /// <summary>One way to the endpoint.</summary>
    /// <param name="Name">As tables name it.</param>
    /// <param name="Baseline">The index of the way that it is compared with, its own if that is this one; null if it is no call.</param>
    /// <param name="CallAsync">Calls one after the other, so many.</param>
    /// <param name="CallAtOnceAsync">One call alone, then so many at once; null where that says nothing.</param>
    private sealed record Way(string Name, int? Baseline, Func<Exchanged, int, CancellationToken, Task<Lap>> CallAsync,
        Func<Exchanged, int, CancellationToken, Task<Lap>>? CallAtOnceAsync);
}
