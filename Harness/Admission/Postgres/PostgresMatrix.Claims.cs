using System.Globalization;
using Medallion.Threading.Postgres;
using Npgsql;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Admission.Postgres;

/// <content>Who has which case.</content>
internal sealed partial class PostgresMatrix
{
    // A case that is marked as running is taken over only if its worker has ended or was silent for as long as a session lives: after a
    // restart of the server, all workers come back within that time and go on.
    private const string Take = """
        INSERT INTO tandem.cases AS c (experiment, subject, fence, worker, running, claimed_at, changed_at)
        VALUES (@experiment, @subject, 1, @worker, true, now(), clock_timestamp())
        ON CONFLICT (experiment, subject) DO UPDATE SET fence = c.fence + 1, worker = @worker, running = true, claimed_at = now(),
            changed_at = clock_timestamp()
        WHERE NOT c.running OR c.worker = @worker OR NOT EXISTS (SELECT 1 FROM tandem.workers w WHERE w.id = c.worker
            AND w.ended_at IS NULL AND greatest(w.seen_at, pg_postmaster_start_time()) > now() - @life)
        RETURNING fence, completed_store, completed_attempt, booked_store, booked_records, EXISTS (SELECT 1 FROM tandem.attempts a
            WHERE a.experiment = c.experiment AND a.subject = c.subject AND a.number = c.completed_attempt AND a.recorded_at IS NULL)
        """;

    private const string Holder = """
        SELECT w.id, w.process, w.host, w.pid, extract(epoch FROM now() - w.seen_at)::float8
        FROM tandem.cases c JOIN tandem.workers w ON w.id = c.worker WHERE c.experiment = @experiment AND c.subject = @subject
        """;

    private sealed record HeldBy(Guid Worker, ProcessIdentity? Process, string Host, int Pid, double SilentSeconds);

    /// <inheritdoc/>
    public async Task<ClaimAnswer> TryClaimAsync(CaseId caseId, CancellationToken cancellationToken)
    {
        // Of thousands of cases most are another worker's, or done: the server is not asked for each.
        if (_others.HolderOf(caseId) is string holder)
            return new ClaimAnswer(null, $"claimed elsewhere, by {holder}");
        ClaimAnswer answer = await _session.RunAsync(connection => TryClaimAsync(caseId, connection), cancellationToken);
        if (answer.Claim is null)
            await _session.RunAsync(_others.RefreshAsync, cancellationToken);
        return answer;
    }

    /// <inheritdoc/>
    public bool IsCompletedHere(CaseId caseId) => _others.CompletedStoreOf(caseId) == _storeId;

    private async Task<ClaimAnswer> TryClaimAsync(CaseId caseId, NpgsqlConnection connection)
    {
        PostgresDistributedLockHandle? handle = await LockOf(caseId, connection).TryAcquireAsync(TimeSpan.Zero);
        if (handle is null)
            return new ClaimAnswer(null, await HolderAsync(connection, caseId) is { } other
                ? $"claimed elsewhere, by process {other.Pid} on {other.Host}" : "claimed elsewhere, by another process");
        TakenCase? taken = await TakeAsync(connection, caseId);
        if (taken is null && await HolderAsync(connection, caseId) is { } silent)
        {
            if (silent.Process?.IsProvenDead == true)
            {
                await connection.ExecuteAsync("UPDATE tandem.workers SET ended_at = now() WHERE id = @id AND ended_at IS NULL",
                    ("id", silent.Worker));
                taken = await TakeAsync(connection, caseId);
            }
            if (taken is null)
            {
                await handle.DisposeAsync();
                return new ClaimAnswer(null, string.Create(CultureInfo.InvariantCulture,
                    $"claimed elsewhere, by process {silent.Pid} on {silent.Host}, which has been silent for {silent.SilentSeconds:0} s; "
                    + $"it keeps the case for {_times.Life.TotalSeconds:0} s"));
            }
        }
        if (taken is null)
        {
            await handle.DisposeAsync();
            return new ClaimAnswer(null, "claimed elsewhere, by another process");
        }
        var claim = new PostgresClaim(this, caseId, taken.Fence, handle, connection) { Standing = taken };
        if (!_files.TryName(caseId, out string byFile))
        {
            await ReleaseAsync(claim, connection);
            return new ClaimAnswer(null, $"claimed elsewhere, by {byFile}, which claims by files (run.claims): all workers of a store need "
                + "to claim in the same way");
        }
        _claims[caseId] = claim;
        return new ClaimAnswer(claim, "");
    }

    private async Task<TakenCase?> TakeAsync(NpgsqlConnection connection, CaseId caseId) => (await connection.RowsAsync(
        Take,
        row => new TakenCase(row.GetInt64(0), row.IsDBNull(1) ? null : row.GetString(1), row.IsDBNull(2) ? null : row.GetInt32(2),
            row.IsDBNull(3) ? null : row.GetString(3), row.IsDBNull(4) ? 0 : row.GetInt32(4), row.GetBoolean(5)),
        ("experiment", Experiment), ("subject", caseId.ToString()), ("worker", _worker), ("life", _times.Life))).FirstOrDefault();

    private async Task<HeldBy?> HolderAsync(NpgsqlConnection connection, CaseId caseId) => (await connection.RowsAsync(
        Holder,
        row => new HeldBy(row.GetGuid(0), ProcessIdentity.TryParse(row.GetString(1)), row.GetString(2), row.GetInt32(3), row.GetDouble(4)),
        ("experiment", Experiment), ("subject", caseId.ToString()))).FirstOrDefault();

    /// <summary>Whether this worker still has a case. The answer comes over the connection that holds the lock.</summary>
    internal async Task<bool> HoldsAsync(PostgresClaim claim, CancellationToken cancellationToken)
    {
        try
        {
            return await _session.RunAsync(connection => IsOursAsync(claim, connection), cancellationToken);
        }
        catch (PostgresGoneException exception)
        {
            OnGone?.Invoke(exception.Message);
            claim.Outage = exception.Message;
            return false;
        }
    }

    internal async Task<bool> IsOursAsync(PostgresClaim claim, NpgsqlConnection connection) => !claim.Lost.IsCancellationRequested
        && await connection.ScalarAsync(
            "SELECT 1 FROM tandem.cases WHERE experiment = @experiment AND subject = @subject AND fence = @fence AND worker = @worker",
            ("experiment", Experiment), ("subject", claim.CaseId.ToString()), ("fence", claim.Fence), ("worker", _worker)) is not null;

    /// <summary>Lets a case go.</summary>
    internal async Task ReleaseAsync(PostgresClaim claim)
    {
        _claims.TryRemove(KeyValuePair.Create(claim.CaseId, claim));
        if (claim.Lost.IsCancellationRequested)
            return;
        ForgetHolder(claim.CaseId);
        try
        {
            using var limit = new CancellationTokenSource(PatienceAtEnd, _clock);
            await _session.RunAsync(connection => ReleaseAsync(claim, connection), limit.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or PostgresGoneException)
        {
            // Its session ends by itself, and the case with it.
        }
    }

    private async Task ReleaseAsync(PostgresClaim claim, NpgsqlConnection connection)
    {
        await connection.ExecuteAsync("UPDATE tandem.cases SET running = false, changed_at = clock_timestamp() "
            + "WHERE experiment = @experiment AND subject = @subject AND fence = @fence AND worker = @worker",
            ("experiment", Experiment), ("subject", claim.CaseId.ToString()), ("fence", claim.Fence), ("worker", _worker));
        await claim.UnlockAsync(connection);
    }

    private void ForgetHolder(CaseId caseId)
    {
        try
        {
            if (ClaimFiles.ReadHolder(HolderFile(caseId)) == ProcessIdentity.Current)
                File.Delete(HolderFile(caseId));
        }
        catch (IOException)
        {
            // It only names who has the case.
        }
    }

    private string HolderFile(CaseId caseId) => ClaimFiles.HolderOf(ClaimFiles.LockOf(_terms.Layout, caseId));
}

/// <summary>A case as the database had it when it was claimed.</summary>
/// <param name="Fence">The claim's number.</param>
/// <param name="CompletedStore">The store that holds the record that counts; null if none does.</param>
/// <param name="CompletedAttempt">Its attempt.</param>
/// <param name="BookedStore">The store whose records were booked last.</param>
/// <param name="BookedRecords">How many these were.</param>
/// <param name="IsAnnounced">Whether the record that counts was about to be appended, and nobody has booked it.</param>
internal sealed record TakenCase(long Fence, string? CompletedStore, int? CompletedAttempt, string? BookedStore, int BookedRecords,
    bool IsAnnounced);
