using System.Text.Json;
using Npgsql;
using Tandem.Bench.Postgres;
using Tandem.Harness.Admission;
using Tandem.Harness.Admission.Postgres;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Matrix;

/// <summary>One server for the tests of a class; each test has an experiment of its own in it, and workers in this process.</summary>
public sealed class MatrixWorkers : IAsyncLifetime
{
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(1.2);

    private PostgresServer? _server;

    internal string Connection => _server!.ConnectionString;

    public async ValueTask InitializeAsync()
    {
        if (PostgresServer.WhyNot is null)
            _server = await PostgresServer.StartAsync(isDurable: false, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    internal async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Connection + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>A worker of an experiment.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="store">Its store.</param>
    /// <param name="mostUsd">What the experiment may cost.</param>
    /// <param name="hash">Of its configuration.</param>
    /// <param name="isSilent">Whether it gives no sign of life by itself, as a paused process.</param>
    /// <param name="notices">Takes what it says.</param>
    internal Task<PostgresMatrix> JoinAsync(string experiment, string store, decimal? mostUsd = null, string hash = "hash",
        bool isSilent = false, List<string>? notices = null) =>
        PostgresMatrix.OpenAsync(
            Connection,
            new WorkerTerms
            {
                Plan = new ExperimentPlan
                {
                    SchemaVersion = RunRecord.CurrentSchemaVersion,
                    Experiment = experiment,
                    CreatedAt = DateTimeOffset.UnixEpoch,
                    SettingsHash = hash,
                    Settings = JsonSerializer.SerializeToElement(new { }),
                    TaskDigests = new SortedDictionary<string, string>(),
                    Cases = [RunsFixture.Solo],
                },
                Layout = new StoreLayout(store, experiment),
                RunId = "run",
                Concurrency = 1,
                MostUsd = mostUsd,
                UnknownUsd = 1,
            },
            new SessionTimes(Life, isSilent ? TimeSpan.FromHours(1) : Life / 6, TimeSpan.FromSeconds(5)),
            TimeProvider.System,
            line => notices?.Add(line),
            TestContext.Current.CancellationToken);

    /// <summary>No bound of the invocation, and nothing to wait for.</summary>
    internal sealed class Unbounded : IBudget
    {
        public Task<(IDisposable? Reservation, string? Refusal)> ReserveAsync(Price price, string subject,
            CancellationToken cancellationToken) => Task.FromResult<(IDisposable?, string?)>((new MemoryStream(), null));
    }
}
