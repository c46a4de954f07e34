using System.Diagnostics;
using System.Globalization;
using Tandem.Bench.Measuring;
using Tandem.Bench.Postgres;
using Tandem.Bench.Reporting;
using Tandem.Harness.Admission;
using Tandem.Records.Cases;
using Tandem.Records.Store;

namespace Tandem.Bench.Benchmarks;

/// <summary>What it costs to claim a case: by a lock file, and by a PostgreSQL that waits for its disk.</summary>
internal sealed class ClaimCost : IBenchmark
{
    private const int Cases = 100;
    private const int Many = 64;
    private const double TargetMs = 10;

    public string Name => "claims";

    public string Description => "a claim of a case by a lock file and by PostgreSQL, with one worker and with many";

    public bool NeedsEngine => false;

    public string? WhyNot => PostgresServer.WhyNot;

    public int UsualRuns => 5;

    public async Task<BenchResult> RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        await using PostgresServer server = await PostgresServer.StartAsync(isDurable: true, cancellationToken);
        await using ClaimMeter one = await ClaimMeter.JoinAsync(server.ConnectionString, 1, cancellationToken);
        await using ClaimMeter many = await ClaimMeter.JoinAsync(server.ConnectionString, Many, cancellationToken);
        IReadOnlyList<SideLaps> laps = await Rounds.RunAsync(
            [
                new Side("lock file", _ => Task.FromResult(ByFile())),
                new Side("PostgreSQL", token => ByServerAsync(one, 1, token)),
                new Side($"PostgreSQL, {Many} workers at once", token => ByServerAsync(many, Many, token)),
            ],
            context.Runs,
            context.Progress,
            cancellationToken);
        Samples claim = laps[1].Phase("claim");
        return new BenchResult(
            [new Table(
                string.Create(CultureInfo.InvariantCulture,
                    $"Milliseconds, the median of {Cases} cases a worker in each round, then the median of the rounds (least–most). The "
                    + $"question is the one before each call of a model. Cases a second: claimed, asked once and let go."),
                ["side", "claim", "question", "cases a second"],
                [.. laps.Select(side => (IReadOnlyList<string>)[side.Name, Wording.Hundredths(side.Phase("claim")),
                    side.Phase("question").Max > 0 ? Wording.Hundredths(side.Phase("question")) : "-",
                    Wording.Rate(side.Phase("rate"))])])],
            [new TargetCheck("a claim over PostgreSQL costs at most 10 ms", $"{Wording.Hundredths(claim)} ms", claim.Median <= TargetMs)]);
    }

    private static async Task<Lap> ByServerAsync(ClaimMeter meter, int workers, CancellationToken cancellationToken)
    {
        (double[] claims, double[] questions, double whole) = await meter.RunAsync(Cases, cancellationToken);
        return Lap.Of(whole, new Phase("claim", new Samples(claims).Median), new Phase("question", new Samples(questions).Median),
            new Phase("rate", workers * Cases / whole * 1000));
    }

    private static Lap ByFile()
    {
        string folder = Directory.CreateTempSubdirectory("tandem-claims-").FullName;
        try
        {
            var claims = new FileClaimStore(new StoreLayout(folder, "bench"));
            var took = new double[Cases];
            long begun = Stopwatch.GetTimestamp();
            for (int i = 0; i < Cases; i++)
            {
                long asked = Stopwatch.GetTimestamp();
                using IDisposable? claim = claims.TryClaim(
                    CaseId.Parse(string.Create(CultureInfo.InvariantCulture, $"solo/bench_task/1/f1_f2/seed{i}")), out _);
                took[i] = Stopwatch.GetElapsedTime(asked).TotalMilliseconds;
            }
            double whole = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            return Lap.Of(whole, new Phase("claim", new Samples(took).Median), new Phase("rate", Cases / whole * 1000));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
