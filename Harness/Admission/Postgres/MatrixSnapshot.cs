using System.Net.Sockets;
using Npgsql;
using Tandem.Harness.Configuration;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Admission.Postgres;

/// <summary>A worker as the database has it.</summary>
/// <param name="Id">Its row.</param>
/// <param name="Process">Which process it is; null if that cannot be read.</param>
/// <param name="Host">The process's host.</param>
/// <param name="Pid">The process's number there.</param>
/// <param name="StoreId">See <see cref="StoreIdFile"/>.</param>
/// <param name="StartedAt">When it joined.</param>
/// <param name="SeenAt">Its latest sign of life.</param>
/// <param name="EndedAt">When it left, or was found dead; null if neither.</param>
/// <param name="IsAlive">See <see cref="PostgresSchema.IsAlive"/>.</param>
/// <param name="Silence">Since its latest sign of life, or since the server started if that is later.</param>
internal sealed record WorkerRow(Guid Id, ProcessIdentity? Process, string Host, int Pid, string StoreId, DateTimeOffset StartedAt,
    DateTimeOffset SeenAt, DateTimeOffset? EndedAt, bool IsAlive, TimeSpan Silence);

/// <summary>A case that a worker has claimed at least once.</summary>
/// <param name="Subject">The case's id.</param>
/// <param name="Worker">Who claimed it last.</param>
/// <param name="IsMarkedRunning">Whether that worker has not let it go; it may be dead.</param>
/// <param name="ClaimedAt">When it was claimed last.</param>
/// <param name="OpenAttempt">The latest attempt without a record; null if there is none.</param>
/// <param name="OpenWorker">Who makes it.</param>
/// <param name="OpenSince">When it began.</param>
/// <param name="BookedRecords">How many records it has in the store that booked last.</param>
/// <param name="CompletedAt">When a record that counts was booked; null if none was.</param>
/// <param name="CompletedBy">Who made the attempt of that record; null if that is not known.</param>
/// <param name="CompletedSince">When that attempt began.</param>
internal sealed record CaseRow(string Subject, Guid Worker, bool IsMarkedRunning, DateTimeOffset ClaimedAt, int? OpenAttempt,
    Guid? OpenWorker, DateTimeOffset? OpenSince, int BookedRecords, DateTimeOffset? CompletedAt, Guid? CompletedBy,
    DateTimeOffset? CompletedSince);

/// <summary>A fault that a worker waits out.</summary>
internal sealed record OutageRow(string Reason, Guid Worker, DateTimeOffset Since);

/// <summary>A pause that a model's endpoint asks for.</summary>
internal sealed record PauseRow(string Endpoint, DateTimeOffset Until);

/// <summary>What the tables that workers share say of one experiment at one moment, by the server's clock. Reading it changes
/// nothing.</summary>
internal sealed record MatrixSnapshot
{
    private const int PatienceSeconds = 10;

    private const string WorkersOf = $"""
        SELECT w.id, w.process, w.host, w.pid, w.store_id, w.started_at, w.seen_at, w.ended_at, {PostgresSchema.IsAlive},
            extract(epoch FROM now() - greatest(w.seen_at, pg_postmaster_start_time()))::float8
        FROM tandem.workers w WHERE w.experiment = @experiment ORDER BY w.started_at, w.id
        """;

    private const string CasesOf = """
        SELECT c.subject, c.worker, c.running, c.claimed_at, o.number, o.worker, o.begun_at, coalesce(c.booked_records, 0),
            c.completed_at, a.worker, a.begun_at
        FROM tandem.cases c
        LEFT JOIN tandem.attempts a ON a.experiment = c.experiment AND a.subject = c.subject AND a.number = c.completed_attempt
        LEFT JOIN LATERAL (SELECT number, worker, begun_at FROM tandem.attempts t WHERE t.experiment = c.experiment
            AND t.subject = c.subject AND t.recorded_at IS NULL AND c.running ORDER BY t.number DESC LIMIT 1) o ON true
        WHERE c.experiment = @experiment ORDER BY c.claimed_at, c.subject
        """;

    public required DateTimeOffset Now { get; init; }

    /// <summary>Planned cases, as the workers said.</summary>
    public required int Planned { get; init; }

    public required IReadOnlyList<WorkerRow> Workers { get; init; }

    public required IReadOnlyList<CaseRow> Cases { get; init; }

    /// <summary>What is booked, with what attempts of unknown cost are taken to have cost.</summary>
    public required Spending Spent { get; init; }

    /// <summary>USD that open attempts may cost, by worker.</summary>
    public required IReadOnlyDictionary<Guid, decimal> ReservedUsd { get; init; }

    public required IReadOnlyList<OutageRow> Outages { get; init; }

    public required IReadOnlyList<PauseRow> Pauses { get; init; }

    /// <summary>Reads it.</summary>
    /// <param name="connectionString">See <see cref="PostgresMatrix.ConnectionFrom"/>.</param>
    /// <param name="experiment">The experiment.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null if no worker has joined yet.</returns>
    /// <exception cref="SettingsException">The server refuses the connection, or has tables of another version.</exception>
    /// <exception cref="PostgresGoneException">The server does not answer.</exception>
    public static async Task<MatrixSnapshot?> ReadAsync(string connectionString, string experiment, CancellationToken cancellationToken)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString)
        { Pooling = false, ApplicationName = "tandem status", Timeout = PatienceSeconds, CommandTimeout = PatienceSeconds };
        try
        {
            await using var connection = new NpgsqlConnection(builder.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            await using NpgsqlTransaction reading = await connection.BeginTransactionAsync(
                System.Data.IsolationLevel.RepeatableRead, cancellationToken);
            await connection.ExecuteAsync("SET TRANSACTION READ ONLY");
            return await PostgresSchema.HasTablesAsync(connection) ? await ReadAsync(connection, ("experiment", experiment)) : null;
        }
        catch (Exception exception) when (PostgresSession.IsRefusal(exception))
        {
            throw PostgresMatrix.Refused(exception);
        }
        catch (Exception exception) when (exception is NpgsqlException or SocketException or TimeoutException
            or (IOException and not PostgresGoneException))
        {
            throw new PostgresGoneException("The PostgreSQL that " + PostgresMatrix.ConnectionVariable + " names does not answer: "
                + exception.Message.Split('\n', 2)[0].Trim().TrimEnd('.')
                + ". See that it runs and can be reached. Without the variable, 'status --workers' shows what the files of the stores say.",
                exception);
        }
    }

    private static async Task<MatrixSnapshot?> ReadAsync(NpgsqlConnection connection, (string, object?) experiment)
    {
        if (await connection.ScalarAsync("SELECT planned FROM tandem.experiments WHERE name = @experiment", experiment) is not int planned)
            return null;
        return new MatrixSnapshot
        {
            Now = (await connection.RowsAsync("SELECT now()", row => Time(row, 0)))[0]!.Value,
            Planned = planned,
            Workers = await connection.RowsAsync(WorkersOf, row => new WorkerRow(row.GetGuid(0),
                ProcessIdentity.TryParse(row.GetString(1)), row.GetString(2), row.GetInt32(3), row.GetString(4), Time(row, 5)!.Value,
                Time(row, 6)!.Value, Time(row, 7), row.GetBoolean(8), TimeSpan.FromSeconds(row.GetDouble(9))), experiment),
            Cases = await connection.RowsAsync(CasesOf, row => new CaseRow(row.GetString(0), row.GetGuid(1), row.GetBoolean(2),
                Time(row, 3)!.Value, row.IsDBNull(4) ? null : row.GetInt32(4), row.IsDBNull(5) ? null : row.GetGuid(5), Time(row, 6),
                row.GetInt32(7), Time(row, 8), row.IsDBNull(9) ? null : row.GetGuid(9), Time(row, 10)), experiment),
            Spent = (await connection.RowsAsync(PostgresBudget.SpentSum,
                row => new Spending(row.GetDecimal(0), 0, row.GetInt32(2)) { AssumedUsd = row.GetDecimal(1) }, experiment))[0],
            ReservedUsd = (await connection.RowsAsync("SELECT worker, sum(usd) FROM tandem.reservations "
                + "WHERE experiment = @experiment GROUP BY worker", row => (row.GetGuid(0), row.GetDecimal(1)), experiment))
                .ToDictionary(one => one.Item1, one => one.Item2),
            Outages = await connection.RowsAsync("SELECT o.reason, o.worker, o.since FROM tandem.outages o JOIN tandem.workers w "
                + $"ON w.id = o.worker WHERE o.experiment = @experiment AND {PostgresSchema.IsAlive} ORDER BY o.since",
                row => new OutageRow(row.GetString(0), row.GetGuid(1), Time(row, 2)!.Value), experiment),
            Pauses = await connection.RowsAsync("SELECT endpoint, until FROM tandem.model_pauses WHERE until > now() ORDER BY endpoint",
                row => new PauseRow(row.GetString(0), Time(row, 1)!.Value)),
        };
    }

    private static DateTimeOffset? Time(System.Data.Common.DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : new DateTimeOffset(row.GetDateTime(column), TimeSpan.Zero);
}
