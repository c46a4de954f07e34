using Npgsql;
using Tandem.Harness.Configuration;

namespace Tandem.Harness.Admission.Postgres;

/// <summary>The tables that workers share, in a schema <c>tandem</c> of the database; made by the first worker that needs them.</summary>
internal static class PostgresSchema
{
    /// <summary>Of the tables as this version makes and reads them.</summary>
    public const int Version = 1;

    /// <summary>The oldest server that ends a session which its client left, whether or not the network still answers for it.</summary>
    public const int LeastServer = 14;

    // Whoever makes the tables holds this lock: two that create a schema at once would fail.
    private const long MakingKey = 0x7461_6e64_656d_3031;

    private const string Tables = """
        CREATE SCHEMA IF NOT EXISTS tandem;
        CREATE TABLE tandem.version (version int NOT NULL);
        CREATE TABLE tandem.experiments (name text PRIMARY KEY, settings_hash text NOT NULL, planned int NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now());
        CREATE TABLE tandem.workers (id uuid PRIMARY KEY, experiment text NOT NULL REFERENCES tandem.experiments, lock_key bigint NOT NULL,
            process text NOT NULL, host text NOT NULL, pid int NOT NULL, run_id text NOT NULL, store_id text NOT NULL,
            concurrency int NOT NULL,
            started_at timestamptz NOT NULL DEFAULT now(), seen_at timestamptz NOT NULL DEFAULT now(), ended_at timestamptz);
        CREATE INDEX ON tandem.workers (experiment);
        CREATE TABLE tandem.cases (experiment text NOT NULL, subject text NOT NULL, fence bigint NOT NULL, worker uuid NOT NULL,
            running boolean NOT NULL, claimed_at timestamptz NOT NULL, changed_at timestamptz NOT NULL,
            completed_store text, completed_attempt int, completed_at timestamptz, booked_store text,
            booked_records int,
            PRIMARY KEY (experiment, subject));
        CREATE INDEX ON tandem.cases (experiment, changed_at);
        CREATE TABLE tandem.attempts (experiment text NOT NULL, subject text NOT NULL, number int NOT NULL, attempt_id text NOT NULL,
            worker uuid NOT NULL, store_id text NOT NULL, begun_at timestamptz NOT NULL DEFAULT now(),
            recorded_at timestamptz, PRIMARY KEY (experiment, subject, number), UNIQUE (experiment, attempt_id));
        CREATE TABLE tandem.spending (experiment text NOT NULL, subject text NOT NULL, store_id text NOT NULL, usd numeric NOT NULL,
            assumed_usd numeric NOT NULL, sunk_usd numeric NOT NULL, unpriced int NOT NULL, PRIMARY KEY (experiment, subject, store_id));
        CREATE TABLE tandem.reservations (id uuid PRIMARY KEY, experiment text NOT NULL, subject text NOT NULL, worker uuid NOT NULL,
            usd numeric NOT NULL, made_at timestamptz NOT NULL DEFAULT now());
        CREATE INDEX ON tandem.reservations (experiment, subject);
        CREATE TABLE tandem.outages (experiment text NOT NULL, worker uuid NOT NULL, reason text NOT NULL,
            since timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (experiment, worker));
        CREATE TABLE tandem.model_pauses (endpoint text PRIMARY KEY, until timestamptz NOT NULL);
        """;

    /// <summary>Whether a worker lives: it holds a lock as long as its connection does. For a query over <c>tandem.workers w</c>.</summary>
    public const string IsAlive = """
        EXISTS (SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND l.classid = ((w.lock_key >> 32) & 4294967295)::oid AND l.objid = (w.lock_key & 4294967295)::oid)
        """;

    /// <summary>Whether a worker is gone for good: it has ended, or was silent for as long as a session lives. After a restart of the
    /// server all workers are without a lock for a moment. For a query over <c>tandem.workers w</c> with <c>@life</c>.</summary>
    public const string IsGone = $"""
        (w.ended_at IS NOT NULL OR (greatest(w.seen_at, pg_postmaster_start_time()) < now() - @life AND NOT {IsAlive}))
        """;

    /// <summary>Makes the tables where they are missing.</summary>
    /// <exception cref="SettingsException">The server is too old, or the tables are of another version.</exception>
    public static async Task PrepareAsync(NpgsqlConnection connection)
    {
        RequireServer(connection);
        if (await VersionAsync(connection) is not int version)
        {
            await using NpgsqlTransaction making = await connection.BeginTransactionAsync();
            await connection.ExecuteAsync("SELECT pg_advisory_xact_lock(@key)", ("key", MakingKey));
            if (await VersionAsync(connection) is null)
            {
                await connection.ExecuteAsync(Tables);
                await connection.ExecuteAsync("INSERT INTO tandem.version VALUES (@version)", ("version", Version));
            }
            await making.CommitAsync();
            version = await VersionAsync(connection) ?? Version;
        }
        RequireOurs(version);
    }

    /// <summary>Whether a worker has made the tables. Makes none.</summary>
    /// <exception cref="SettingsException">The tables are of another version.</exception>
    public static async Task<bool> HasTablesAsync(NpgsqlConnection connection)
    {
        if (await VersionAsync(connection) is not int version)
            return false;
        RequireOurs(version);
        return true;
    }

    /// <exception cref="SettingsException">The server is too old.</exception>
    public static void RequireServer(NpgsqlConnection connection)
    {
        if (connection.PostgreSqlVersion.Major < LeastServer)
            throw new SettingsException("run.claims: postgres",
                [$"the server is PostgreSQL {connection.PostgreSqlVersion}; {LeastServer} or newer is needed, since an older one does not "
                + "end the sessions of workers that are paused"]);
    }

    private static void RequireOurs(int version)
    {
        if (version != Version)
            throw new SettingsException("run.claims: postgres",
                [$"the tables in the database are of version {version}, and this program needs version {Version}: use the program that "
                + "made them, or another database"]);
    }

    // By a query: to_regclass looks into a cache, which does not see at once what another transaction made.
    private static async Task<int?> VersionAsync(NpgsqlConnection connection) =>
        await connection.ScalarAsync("SELECT 1 FROM pg_tables WHERE schemaname = 'tandem' AND tablename = 'version'") is not null
            ? (int?)await connection.ScalarAsync("SELECT max(version) FROM tandem.version") : null;
}
