using Npgsql;
using Tandem.Harness.Models;

namespace Tandem.Harness.Admission.Postgres;

/// <content>Signs of life, and what is heard of the others by them: faults that all meet, and pauses that a model's endpoint asks
/// for.</content>
internal sealed partial class PostgresMatrix
{
    private const string Beat = $"""
        UPDATE tandem.workers SET seen_at = now() WHERE id = @worker;
        SELECT (SELECT count(*) FROM tandem.workers w
                WHERE w.experiment = @experiment AND w.ended_at IS NULL AND {PostgresSchema.IsAlive})::int,
            (SELECT o.reason || ', seen by process ' || w.pid || ' on ' || w.host
                FROM tandem.outages o JOIN tandem.workers w ON w.id = o.worker
                WHERE o.experiment = @experiment AND o.worker <> @worker AND {PostgresSchema.IsAlive} ORDER BY o.since LIMIT 1),
            (SELECT extract(epoch FROM p.until - now())::float8 FROM tandem.model_pauses p WHERE p.endpoint = @endpoint)
        """;

    private (string Endpoint, RequestGate Gate)? _shared;
    private CircuitBreaker? _breaker;

    /// <inheritdoc/>
    public void Share(CircuitBreaker breaker, string? endpoint, RequestGate? gate)
    {
        _breaker = breaker;
        breaker.OnOutage = reason => Send(reason is null ? "DELETE FROM tandem.outages WHERE worker = @worker AND experiment = @experiment"
            : "INSERT INTO tandem.outages (experiment, worker, reason) VALUES (@experiment, @worker, @reason) "
                + "ON CONFLICT (experiment, worker) DO UPDATE SET reason = excluded.reason", ("reason", reason ?? ""));
        if (endpoint is null || gate is null)
            return;
        _shared = (endpoint, gate);
        gate.OnPause = time => Send("INSERT INTO tandem.model_pauses AS p (endpoint, until) VALUES (@endpoint, now() + @time) "
            + "ON CONFLICT (endpoint) DO UPDATE SET until = greatest(p.until, excluded.until)", ("endpoint", endpoint), ("time", time));
    }

    private async Task BeatAsync()
    {
        CancellationToken closing = _closing.Token;
        try
        {
            using var timer = new PeriodicTimer(_times.Beat, _clock);
            do
            {
                (int workers, string? outage, double? pause) = await _session.RunAsync(LookAsync, closing);
                _breaker?.PauseFor(outage);
                if (_shared is not { } shared)
                    continue;
                shared.Gate.ShareAmong(workers);
                if (pause is > 0)
                    shared.Gate.Pause(TimeSpan.FromSeconds(pause.Value), isOwn: false);
            }
            while (await timer.WaitForNextTickAsync(closing));
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
        catch (Exception exception)
        {
            // Without a sign of life the server gives the cases of this worker to others.
            OnGone?.Invoke(exception.Message);
        }
    }

    private async Task<(int Workers, string? Outage, double? Pause)> LookAsync(NpgsqlConnection connection)
    {
        await _others.RefreshAsync(connection);
        return (await connection.RowsAsync(
            Beat,
            row => (row.GetInt32(0), row.IsDBNull(1) ? null : row.GetString(1), row.IsDBNull(2) ? (double?)null : row.GetDouble(2)),
            ("worker", _worker), ("experiment", Experiment), ("endpoint", _shared?.Endpoint ?? "")))[0];
    }

    /// <summary>Sends what others hear with their next sign of life. Nobody waits for it; if the run ends before, it is of no
    /// use.</summary>
    private void Send(string sql, params (string Name, object? Value)[] values) => _ = Task.Run(async () =>
    {
        try
        {
            await _session.RunAsync(
                connection => connection.ExecuteAsync(sql, [("worker", _worker), ("experiment", Experiment), .. values]), _closing.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or PostgresGoneException or ObjectDisposedException)
        {
            // See above.
        }
    });
}
