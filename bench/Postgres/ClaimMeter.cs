using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Tandem.Harness.Admission;
using Tandem.Harness.Admission.Postgres;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Bench.Postgres;

/// <summary>Workers in this process that claim cases and let them go, by a real server, each over a connection of its own.</summary>
internal sealed class ClaimMeter : IAsyncDisposable
{
    private readonly List<PostgresMatrix> _workers = [];
    private readonly string _store = Directory.CreateTempSubdirectory("tandem-claims-").FullName;
    private int _next;

    /// <summary>Joins workers to a matrix of its own.</summary>
    public static async Task<ClaimMeter> JoinAsync(string connection, int workers, CancellationToken cancellationToken)
    {
        var meter = new ClaimMeter();
        string experiment = $"claims-{Guid.NewGuid():n}";
        for (int i = 0; i < workers; i++)
        {
            meter._workers.Add(await PostgresMatrix.OpenAsync(
                connection,
                new WorkerTerms
                {
                    Plan = new ExperimentPlan
                    {
                        SchemaVersion = RunRecord.CurrentSchemaVersion,
                        Experiment = experiment,
                        CreatedAt = DateTimeOffset.UnixEpoch,
                        SettingsHash = "bench",
                        Settings = JsonSerializer.SerializeToElement(new { }),
                        TaskDigests = new SortedDictionary<string, string>(),
                        Cases = [],
                    },
                    Layout = new StoreLayout(meter._store, experiment),
                    RunId = "bench",
                    Concurrency = 1,
                    MostUsd = null,
                    UnknownUsd = 0,
                },
                new SessionTimes(TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(1)),
                TimeProvider.System, static _ => { }, cancellationToken));
        }
        return meter;
    }

    /// <summary>Each worker claims so many cases that nobody had before, one after the other, asks once whether it still has each, and lets
    /// it go.</summary>
    /// <returns>Milliseconds of each claim, of each question, and of all together.</returns>
    public async Task<(double[] Claims, double[] Questions, double WholeMs)> RunAsync(int cases, CancellationToken cancellationToken)
    {
        var claims = new double[_workers.Count * cases];
        var questions = new double[_workers.Count * cases];
        long begun = Stopwatch.GetTimestamp();
        await Task.WhenAll(_workers.Select((worker, at) => Task.Run(async () =>
        {
            for (int i = 0; i < cases; i++)
            {
                CaseId caseId = CaseId.Parse(string.Create(CultureInfo.InvariantCulture,
                    $"solo/bench_task/1/f1_f2/seed{Interlocked.Increment(ref _next)}"));
                long asked = Stopwatch.GetTimestamp();
                ClaimAnswer answer = await worker.TryClaimAsync(caseId, cancellationToken);
                await using ICaseClaim claim = answer.Claim ?? throw new InvalidDataException(answer.Refusal);
                claims[(at * cases) + i] = Stopwatch.GetElapsedTime(asked).TotalMilliseconds;
                asked = Stopwatch.GetTimestamp();
                await claim.RequireAsync(cancellationToken);
                questions[(at * cases) + i] = Stopwatch.GetElapsedTime(asked).TotalMilliseconds;
            }
        }, cancellationToken)));
        return (claims, questions, Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (PostgresMatrix worker in _workers)
            await worker.DisposeAsync();
        Directory.Delete(_store, recursive: true);
    }
}
