using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Data;
using System.Security.Cryptography;
using System.Text;
using Medallion.Threading.Postgres;
using Npgsql;
using Tandem.Harness.Configuration;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Admission.Postgres;

/// <summary>Which matrix a worker takes cases from, and as whom.</summary>
internal sealed record WorkerTerms
{
    public required ExperimentPlan Plan { get; init; }

    public required StoreLayout Layout { get; init; }

    public required string RunId { get; init; }

    /// <summary>Cases at once.</summary>
    public required int Concurrency { get; init; }

    /// <summary>USD that the experiment may spend; null is no bound.</summary>
    public required decimal? MostUsd { get; init; }

    /// <summary>USD that an attempt of unknown cost is taken to have cost.</summary>
    public required decimal UnknownUsd { get; init; }
}

/// <summary>
/// The matrix of workers that share a PostgreSQL. A case is claimed by an advisory lock of the worker's one connection, which the server
/// ends when the worker is silent for too long; each claim has a number, higher than that of all before it, by which a worker that comes
/// back sees that its case went to another.
/// </summary>
internal sealed partial class PostgresMatrix : ISharedMatrix, IClaimStore
{
    private static readonly TimeSpan s_patienceToJoin = TimeSpan.FromSeconds(30);

    private readonly PostgresSession _session;
    private readonly WorkerTerms _terms;
    private readonly SessionTimes _times;
    private readonly TimeProvider _clock;
    private readonly Guid _worker = Guid.NewGuid();
    private readonly long _lockKey = BinaryPrimitives.ReadInt64BigEndian(RandomNumberGenerator.GetBytes(8));
    private readonly string _storeId;
    private readonly ConcurrentDictionary<CaseId, PostgresClaim> _claims = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly OtherWorkers _others;
    private readonly FileClaimStore _files;
    private readonly ConcurrentDictionary<string, bool> _unbooked = new();
    private Task _beating = Task.CompletedTask;

    private PostgresMatrix(string connectionString, WorkerTerms terms, SessionTimes times, TimeProvider clock, Action<string> notice)
    {
        (_terms, _times, _clock) = (terms, times, clock);
        _files = new FileClaimStore(terms.Layout);
        _storeId = StoreIdFile.ReadOrMake(terms.Layout.StoreFolder);
        _others = new OtherWorkers(terms.Layout.Experiment, _worker, times, clock);
        _session = new PostgresSession(connectionString, times, clock, notice);
    }

    private string Experiment => _terms.Layout.Experiment;

    public IClaimStore Claims => this;

    public bool IsShared => true;

    /// <summary>Called with the reason when the server is gone for good: nothing can be claimed or paid any more.</summary>
    public Action<string>? OnGone { get; set; }

    /// <summary>Joins the workers of a matrix, and makes the tables where they are missing.</summary>
    /// <exception cref="SettingsException">The server refuses the connection, or holds another experiment of that name.</exception>
    /// <exception cref="PostgresGoneException">It cannot be reached.</exception>
    public static async Task<PostgresMatrix> OpenAsync(string connectionString, WorkerTerms terms, SessionTimes times, TimeProvider clock,
        Action<string> notice, CancellationToken cancellationToken)
    {
        var matrix = new PostgresMatrix(connectionString, terms, times, clock, notice);
        try
        {
            matrix._session.OnOpened = PostgresSchema.PrepareAsync;
            // Where nothing has begun yet, a wrong address is likelier than an outage.
            matrix._session.Patience = times.Patience < s_patienceToJoin ? times.Patience : s_patienceToJoin;
            await matrix._session.RunAsync(matrix.JoinAsync, cancellationToken);
            (matrix._session.Patience, matrix._session.IsJoined) = (times.Patience, true);
            matrix._session.OnOpened = matrix.AttachAsync;
            matrix._beating = matrix.BeatAsync();
            return matrix;
        }
        catch (Exception exception)
        {
            await matrix._session.DisposeAsync();
            if (PostgresSession.IsRefusal(exception))
                throw Refused(exception);
            throw;
        }
    }

    /// <summary>Names the variable that says how the server is reached, as Npgsql writes it. It holds a password, so it is in no
    /// file.</summary>
    public const string ConnectionVariable = "TANDEM_POSTGRES";

    /// <summary>For what <see cref="PostgresSession.IsRefusal"/> holds of.</summary>
    internal static SettingsException Refused(Exception exception) => new("run.claims: postgres",
        [$"the server refuses the connection that {ConnectionVariable} describes: {exception.Message}"]);

    /// <summary>How the server is reached, as the environment says.</summary>
    /// <exception cref="SettingsException">The variable is not set, or cannot be read.</exception>
    public static string ConnectionFrom(Func<string, string?> variable)
    {
        string? text = variable(ConnectionVariable);
        try
        {
            if (!string.IsNullOrWhiteSpace(text) && new NpgsqlConnectionStringBuilder(text) is { Host: { Length: > 0 } })
                return text;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or KeyNotFoundException)
        {
            // The library's message may quote the value, password included.
        }
        throw new SettingsException("run.claims: postgres",
            [$"{ConnectionVariable} {(string.IsNullOrWhiteSpace(text) ? "is not set" : "is no connection string, or names no host")}: "
            + "put there how the server is reached, for example Host=db.example.org;Username=tandem;Password=...;Database=tandem"]);
    }

    /// <inheritdoc/>
    public IBudget BudgetOf(IBudget own, Func<Spending> besides) =>
        _terms.MostUsd is decimal most ? new PostgresBudget(_session, Experiment, _worker, own, most, besides, _clock)
        { IsUnbooked = _unbooked.ContainsKey } : own;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _beating;
        try
        {
            using var limit = new CancellationTokenSource(PatienceAtEnd, _clock);
            await _session.RunAsync(async connection =>
            {
                await connection.ExecuteAsync("UPDATE tandem.workers SET ended_at = now() WHERE id = @worker", ("worker", _worker));
                await connection.ExecuteAsync("DELETE FROM tandem.outages WHERE worker = @worker", ("worker", _worker));
                await FreeAllAsync(connection);
            }, limit.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or PostgresGoneException)
        {
            // The server sees by itself that the worker is gone.
        }
        await _session.DisposeAsync();
        _closing.Dispose();
    }

    /// <summary>The lock of a case over a connection.</summary>
    internal PostgresDistributedLock LockOf(CaseId caseId, NpgsqlConnection connection)
    {
        byte[] digest = SHA256.HashData(Encoding.UTF8.GetBytes($"tandem case\n{Experiment}\n{caseId}"));
        return new PostgresDistributedLock(new PostgresAdvisoryLockKey(BinaryPrimitives.ReadInt64BigEndian(digest)),
            (IDbConnection)connection);
    }

    /// <exception cref="SettingsException">The database has another experiment of that name.</exception>
    internal static void RequireSame(ExperimentPlan plan, string? hash)
    {
        if (hash is not null && hash != plan.SettingsHash)
            throw new SettingsException("run.claims: postgres",
                [$"the database has an experiment '{plan.Experiment}' with another configuration, tasks or prompts: all workers of a "
                + "matrix need the same. Give this one another name (TANDEM__Name=...), or use another database"]);
    }

    // Once it is known that the server is gone, an end is not held up by it.
    private TimeSpan PatienceAtEnd => _session.IsGone ? 2 * _times.Beat : _times.Life;

    /// <summary>Frees what workers that are gone had reserved. Of this host's it is known which have died.</summary>
    private async Task FreeAllAsync(NpgsqlConnection connection)
    {
        foreach (Guid dead in (await connection.RowsAsync(
            "SELECT id, process FROM tandem.workers WHERE experiment = @experiment AND ended_at IS NULL",
            row => (Id: row.GetGuid(0), Process: ProcessIdentity.TryParse(row.GetString(1))), ("experiment", Experiment)))
            .Where(worker => worker.Process?.IsProvenDead == true).Select(worker => worker.Id))
            await connection.ExecuteAsync("UPDATE tandem.workers SET ended_at = now() WHERE id = @id", ("id", dead));
        await connection.ExecuteAsync(FreeAllReserved, ("experiment", Experiment), ("worker", _worker), ("life", _times.Life));
    }

    private async Task JoinAsync(NpgsqlConnection connection)
    {
        await connection.ExecuteAsync("INSERT INTO tandem.experiments (name, settings_hash, planned) VALUES (@name, @hash, @planned) "
            + "ON CONFLICT (name) DO UPDATE SET planned = greatest(tandem.experiments.planned, excluded.planned)",
            ("name", Experiment), ("hash", _terms.Plan.SettingsHash), ("planned", _terms.Plan.Cases.Count));
        string? hash = (string?)await connection.ScalarAsync("SELECT settings_hash FROM tandem.experiments WHERE name = @name",
            ("name", Experiment));
        RequireSame(_terms.Plan, hash);
        await AttachAsync(connection);
        await FreeAllAsync(connection);
        await _others.RefreshAsync(connection);
    }

    /// <summary>Takes part over a new connection: the worker lives, and holds what it held if nobody has taken it meanwhile.</summary>
    private async Task AttachAsync(NpgsqlConnection connection)
    {
        var alive = new PostgresDistributedLock(new PostgresAdvisoryLockKey(_lockKey), (IDbConnection)connection);
        _ = await alive.TryAcquireAsync(_times.Beat)
            ?? throw new TimeoutException("the session that this worker had before has not ended yet");
        await connection.ExecuteAsync(
            "INSERT INTO tandem.workers (id, experiment, lock_key, process, host, pid, run_id, store_id, concurrency) "
            + "VALUES (@id, @experiment, @key, @process, @host, @pid, @run, @store, @concurrency) "
            + "ON CONFLICT (id) DO UPDATE SET seen_at = now(), ended_at = NULL",
            ("id", _worker), ("experiment", Experiment), ("key", _lockKey), ("process", ProcessIdentity.Current.ToString()),
            ("host", ProcessIdentity.Current.Host), ("pid", ProcessIdentity.Current.Pid), ("run", _terms.RunId), ("store", _storeId),
            ("concurrency", _terms.Concurrency));
        foreach (PostgresClaim claim in _claims.Values)
            await claim.TakeAgainAsync(connection);
    }
}
