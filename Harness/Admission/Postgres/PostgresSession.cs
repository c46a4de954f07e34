using System.Globalization;
using System.Net.Sockets;
using Npgsql;

namespace Tandem.Harness.Admission.Postgres;

/// <summary>The database did not answer for as long as the run is patient.</summary>
internal sealed class PostgresGoneException(string message, Exception inner) : IOException(message, inner);

/// <summary>
/// The one connection of a worker, over which everything goes: an answer proves that the locks which it holds are still held. When it
/// breaks, another is opened. Safe for concurrent use; statements go one after the other.
/// </summary>
/// <param name="connectionString">How the server is reached.</param>
/// <param name="times">How long it lives.</param>
/// <param name="clock">The one clock.</param>
/// <param name="notice">Called with a line when the server is gone, and when it answers again.</param>
internal sealed class PostgresSession(string connectionString, SessionTimes times, TimeProvider clock, Action<string> notice)
    : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly string _name = $"tandem {Guid.NewGuid():n}";
    private readonly string? _host = new NpgsqlConnectionStringBuilder(connectionString).Host;
    private NpgsqlConnection? _connection;
    private int? _backend;
    private long? _goneSince;

    /// <summary>For how long it is tried to reach the server.</summary>
    public TimeSpan Patience { get; set; } = times.Patience;

    /// <summary>Whether the worker has joined: from then on the server is known to be the right one.</summary>
    public bool IsJoined { get; set; }

    /// <summary>Whether the server did not answer when it was last asked.</summary>
    public bool IsGone => _goneSince is not null;

    /// <summary>Called with each new connection before anything else goes over it.</summary>
    public Func<NpgsqlConnection, Task>? OnOpened { get; set; }

    /// <summary>Does something over the connection. It is done again if the connection breaks meanwhile, so that it must do no harm
    /// twice.</summary>
    /// <exception cref="PostgresGoneException">The server did not answer for as long as the run is patient.</exception>
    public async Task<T> RunAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        while (true)
        {
            await _one.WaitAsync(cancellationToken);
            try
            {
                // Once begun, it is not cancelled: a statement that is broken off may take the connection with it, and all claims.
                T result = await work(_connection is { State: System.Data.ConnectionState.Open } ? _connection : await OpenAsync());
                Answered();
                return result;
            }
            catch (Exception exception) when (IsOfConnection(exception))
            {
                await CloseAsync();
                NotAnswered(exception);
            }
            catch (PostgresException exception) when (IsJoined)
            {
                throw new PostgresGoneException($"PostgreSQL refuses what it took before: {exception.MessageText} ({exception.SqlState}). "
                    + "See what has changed there, then start the same command again.", exception);
            }
            finally
            {
                _one.Release();
            }
            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    /// <inheritdoc cref="RunAsync{T}"/>
    public Task RunAsync(Func<NpgsqlConnection, Task> work, CancellationToken cancellationToken) => RunAsync(
        async connection =>
        {
            await work(connection);
            return true;
        },
        cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _one.WaitAsync();
        await CloseAsync();
        _one.Dispose();
    }

    /// <summary>What a server said that refuses the connection for good: a wrong password, an unknown database.</summary>
    public static bool IsRefusal(Exception exception) =>
        exception is PostgresException { SqlState: ['2', '8', ..] or "3D000" or "42501" };

    private async Task<NpgsqlConnection> OpenAsync()
    {
        await CloseAsync();
        var builder = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false,
            ApplicationName = _name,
            Timeout = Seconds(times.Life),
            CommandTimeout = Seconds(times.Life),
            Multiplexing = false,
        };
        var connection = new NpgsqlConnection(builder.ConnectionString);
        try
        {
            await connection.OpenAsync();
            // Where the client lost the connection and the server did not see it, the old session still holds all locks.
            if (_backend is int old)
                await connection.ExecuteAsync(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid = @pid AND application_name = @name",
                    ("pid", old), ("name", _name));
            string life = ((long)times.Life.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
            await connection.ExecuteAsync($"SET idle_session_timeout = {life}; SET idle_in_transaction_session_timeout = {life}");
            _backend = connection.ProcessID;
            _connection = connection;
            if (OnOpened is not null)
                await OnOpened(connection);
            return connection;
        }
        catch
        {
            _connection = null;
            await connection.DisposeAsync();
            throw;
        }
    }

    private static int Seconds(TimeSpan time) => Math.Max(1, (int)time.TotalSeconds);

    private async Task CloseAsync()
    {
        if (_connection is null)
            return;
        NpgsqlConnection connection = _connection;
        _connection = null;
        try
        {
            await connection.DisposeAsync();
        }
        catch (Exception exception) when (IsOfConnection(exception))
        {
            // It is closed.
        }
    }

    private void Answered()
    {
        if (_goneSince is not long since)
            return;
        _goneSince = null;
        notice(string.Create(CultureInfo.InvariantCulture,
            $"PostgreSQL answers again after {clock.GetElapsedTime(since).TotalSeconds:0} s; the run goes on"));
    }

    private void NotAnswered(Exception exception)
    {
        string why = exception.Message.Split('\n', 2)[0].Trim().TrimEnd('.');
        if (_goneSince is not long since)
        {
            _goneSince = clock.GetTimestamp();
            notice(IsJoined
                ? string.Create(CultureInfo.InvariantCulture, $"paused: PostgreSQL does not answer: {why}. No further attempt begins and "
                    + $"no model is asked; it is tried for {Patience.TotalMinutes:0.##} minutes.")
                : string.Create(CultureInfo.InvariantCulture, $"PostgreSQL at {_host} (TANDEM_POSTGRES) does not answer: {why}. It is "
                    + $"tried for {Patience.TotalSeconds:0} s."));
        }
        else if (clock.GetElapsedTime(since) >= Patience)
        {
            throw new PostgresGoneException(string.Create(CultureInfo.InvariantCulture,
                $"PostgreSQL did not answer for {Patience.TotalMinutes:0.##} minutes: {why}. See that the server runs and can be "
                + $"reached, then start the same command again."), exception);
        }
    }

    private static bool IsOfConnection(Exception exception) => !IsRefusal(exception) && exception switch
    {
        // The server ends or begins, has no room for a connection, or ended this one.
        PostgresException postgres => postgres.SqlState is ['5', '7', 'P', ..] or ['0', '8', ..] or "53300" or "25P03"
            // A standby took over, or transactions met.
            or "25006" or "40001" or "40P01",
        NpgsqlException or SocketException or TimeoutException or ObjectDisposedException => true,
        // "Connection is not open": it broke between two statements.
        InvalidOperationException => exception.Message.Contains("onnection", StringComparison.Ordinal),
        _ => false,
    };
}
