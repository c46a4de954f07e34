using System.Globalization;
using Tandem.Bench.Fleet;
using Tandem.Bench.Postgres;
using Tandem.Bench.Reporting;
using Tandem.Harness.Experiments;
using Tandem.Harness.Processes;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Bench.Benchmarks;

/// <summary>A simulation of 10,000 cases over 256 workers: how far the ends of shards and of a shared matrix are from the ideal. The
/// durations are those of the default experiment here, stretched, and the claims are measured, both in the same run.</summary>
internal sealed class FleetMakespan : IBenchmark
{
    private const int Cases = 10_000;
    private const int Workers = 256;
    private const int AtOnce = 4;
    private const double MeanSeconds = 600;
    private const double Deviation = 0.8;
    private const int Claimers = 64;
    private const int ClaimsEach = 50;

    public string Name => "fleet";

    public string Description => "a simulation: 10,000 cases over 256 workers, by shards and by a shared matrix, against the ideal";

    public bool NeedsEngine => false;

    public string? WhyNot => PostgresServer.WhyNot;

    public int UsualRuns => 1;

    public bool WarmsUp => false;

    public async Task<BenchResult> RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        double claim = await MeasureClaimAsync(cancellationToken);
        await context.Progress.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"  a claim keeps the server for {claim * 1000:0.00} ms"));
        CaseTimes measured = CaseTimes.Of(await MeasureCasesAsync(cancellationToken), MeanSeconds);
        var rows = new List<IReadOnlyList<string>>();
        string figure = "";
        double worst = 0;
        foreach ((string name, CaseTimes times) in (ReadOnlySpan<(string, CaseTimes)>)
            [("as measured", measured), ("repetitions vary more", measured.With(Deviation, Cases))])
        {
            var simulation = new FleetSimulation(times.Cases(Cases), Workers, AtOnce);
            (string Name, Played Played)[] ways =
            [
                ("shards by hash", simulation.ByHash()), ("shards by time", simulation.ByTime()),
                ("one matrix", simulation.ByMatrix(claim)),
            ];
            rows.Add([$"{name}: ideal", Hours(simulation.IdealSeconds), "1.00", "-", "-"]);
            rows.AddRange(ways.Select(way => (IReadOnlyList<string>)[$"{name}: {way.Name}", Hours(way.Played.Seconds),
                Ratio(way.Played.Seconds / simulation.IdealSeconds), Idle(way.Played),
                way.Name == "one matrix" ? string.Create(CultureInfo.InvariantCulture,
                    $"{way.Played.Refused} refused, server {way.Played.ServerBusy * 100:0.0} % busy") : "-"]));
            figure = FleetFigure.ToSvg($"{Cases} cases over {Workers} workers, {AtOnce} at once each; {name}", simulation.IdealSeconds,
                ways);
            worst = Math.Max(worst, ways[2].Played.Seconds / simulation.IdealSeconds);
        }
        return new BenchResult(
            [new Table(
                string.Create(CultureInfo.InvariantCulture,
                    $"Make span of {Cases} cases over {Workers} workers, {AtOnce} cases at once each, in hours. {measured.Expected.Count} "
                    + $"settings and pairs were measured here and stretched to a mean of {MeanSeconds / 60:0} minutes; in the second block "
                    + $"repetitions of one vary with a standard deviation of {Deviation} of the logarithm, as models' do. A claim keeps "
                    + $"the server for {claim * 1000:0.00} ms (measured with {Claimers} workers). Idle: the part of all places' time after "
                    + $"their last case. The figure is of the second block."),
                ["way", "hours", "of the ideal", "idle", "claims"],
                rows)],
            [new TargetCheck("one matrix ends within 1.25 of the ideal", Ratio(worst), worst <= 1.25)])
        { Figures = new Dictionary<string, string> { ["fleet.svg"] = figure } };
    }

    private static string Hours(double seconds) => (seconds / 3600).ToString("0.00", CultureInfo.InvariantCulture);

    private static string Ratio(double ratio) => ratio.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Idle(Played played) => string.Create(CultureInfo.InvariantCulture,
        $"{(1 - (played.Ends.Average() / played.Seconds)) * 100:0} %");

    /// <summary>Seconds of the server for a claim, a question and a release, when many workers ask at once.</summary>
    private static async Task<double> MeasureClaimAsync(CancellationToken cancellationToken)
    {
        await using PostgresServer server = await PostgresServer.StartAsync(isDurable: true, cancellationToken);
        await using ClaimMeter meter = await ClaimMeter.JoinAsync(server.ConnectionString, Claimers, cancellationToken);
        await meter.RunAsync(5, cancellationToken);
        (_, _, double whole) = await meter.RunAsync(ClaimsEach, cancellationToken);
        return whole / 1000 / (Claimers * ClaimsEach);
    }

    /// <summary>The records of the default experiment, in process sandboxes.</summary>
    private static async Task<IReadOnlyList<RunRecord>> MeasureCasesAsync(CancellationToken cancellationToken)
    {
        string store = Directory.CreateTempSubdirectory("tandem-bench-").FullName;
        try
        {
            (await ChildProcess.RunAsync(
                new ChildCommand(Environment.ProcessPath ?? "dotnet",
                    [Built.Find("Experiments.Tests"), "-noLogo", "-noColor", "-noAutoReporters", "-reporter", "quiet"])
                {
                    Environment = new Dictionary<string, string>(ChildEnvironment.Usual("DOTNET_ROOT"))
                    {
                        [ExperimentView.ExperimentVariable] = ExperimentView.DefaultExperiment,
                        [ExperimentView.StoreVariable] = store,
                        ["TANDEM__Sandbox__Provider"] = "process",
                        // One at a time: what each takes by itself.
                        ["TANDEM__Run__Concurrency"] = "1",
                    },
                    TimeLimit = TimeSpan.FromMinutes(10),
                },
                cancellationToken)).ThrowOnFailure();
            return [.. new StoreReader(new StoreLayout(store, StoreLayout.Experiments(store).Single())).ReadRuns()
                .Select(run => run.Record)];
        }
        finally
        {
            Directory.Delete(store, recursive: true);
        }
    }
}
