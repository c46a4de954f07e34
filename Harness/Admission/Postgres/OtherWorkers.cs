using System.Collections.Concurrent;
using System.Globalization;
using Npgsql;
using Tandem.Records.Cases;

namespace Tandem.Harness.Admission.Postgres;

/// <summary>
/// What is known of the other workers' cases, as of a moment ago: read whole once, and later only what has changed. It can be out of date
/// by a sign of life, so that it never gives a case to anybody; it only spares the server questions with a known answer. Safe for
/// concurrent use.
/// </summary>
internal sealed class OtherWorkers(string experiment, Guid self, SessionTimes times, TimeProvider clock)
{
    // Transactions that were open at the last look are committed by now.
    private static readonly TimeSpan s_overlap = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_often = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, Known> _cases = new();
    private readonly ConcurrentDictionary<Guid, string> _alive = new();
    private long? _readAt;
    private DateTime _since = DateTime.UnixEpoch;

    private sealed record Known(Guid Worker, bool IsRunning, string? CompletedStore);

    /// <summary>Who has a case, in words; null if nobody is known to.</summary>
    public string? HolderOf(CaseId caseId) => _readAt is long read && clock.GetElapsedTime(read) < 2 * times.Beat
        && _cases.TryGetValue(caseId.ToString(), out Known? known) && known.IsRunning && known.Worker != self
        && _alive.TryGetValue(known.Worker, out string? name) ? name : null;

    /// <summary>The store that has the record of a case that counts, booked; null if none is known.</summary>
    public string? CompletedStoreOf(CaseId caseId) => _cases.GetValueOrDefault(caseId.ToString())?.CompletedStore;

    /// <summary>Reads what has changed, unless that was done a moment ago.</summary>
    public async Task RefreshAsync(NpgsqlConnection connection)
    {
        if (_readAt is long read && clock.GetElapsedTime(read) < s_often)
            return;
        Dictionary<Guid, string> alive = (await connection.RowsAsync(
            "SELECT w.id, w.pid, w.host FROM tandem.workers w WHERE w.experiment = @experiment AND w.ended_at IS NULL "
            + $"AND {PostgresSchema.IsAlive}",
            row => (Id: row.GetGuid(0),
                Name: string.Create(CultureInfo.InvariantCulture, $"process {row.GetInt32(1)} on {row.GetString(2)}")),
            ("experiment", experiment))).ToDictionary(one => one.Id, one => one.Name);
        DateTime latest = _since;
        foreach ((string subject, Known known, DateTime changed) in await connection.RowsAsync(
            // What is announced and not yet booked is for whoever claims the case.
            "SELECT subject, worker, running, CASE WHEN booked_store = completed_store THEN completed_store END, changed_at "
            + "FROM tandem.cases "
            + "WHERE experiment = @experiment AND changed_at > @since",
            row => (row.GetString(0), new Known(row.GetGuid(1), row.GetBoolean(2), row.IsDBNull(3) ? null : row.GetString(3)),
                row.GetDateTime(4)),
            ("experiment", experiment), ("since", DateTime.SpecifyKind(_since - s_overlap, DateTimeKind.Utc))))
        {
            _cases[subject] = known;
            latest = changed > latest ? changed : latest;
        }
        foreach (Guid gone in _alive.Keys.Where(id => !alive.ContainsKey(id)))
            _alive.TryRemove(gone, out _);
        foreach ((Guid id, string name) in alive)
            _alive[id] = name;
        (_since, _readAt) = (latest, clock.GetTimestamp());
    }
}
