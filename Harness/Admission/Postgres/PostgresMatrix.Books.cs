using Npgsql;
using Tandem.Records.Cases;
using Tandem.Records.Store;

namespace Tandem.Harness.Admission.Postgres;

/// <content>The numbers of attempts, and what they cost.</content>
internal sealed partial class PostgresMatrix
{
    private const string Number = """
        INSERT INTO tandem.attempts (experiment, subject, number, attempt_id, worker, store_id)
        SELECT @experiment, @subject, greatest(coalesce(max(number), 0) + 1, @least), @attempt, @worker, @store
        FROM tandem.attempts WHERE experiment = @experiment AND subject = @subject
        ON CONFLICT (experiment, attempt_id) DO UPDATE SET worker = excluded.worker RETURNING number
        """;

    private const string Spend = """
        INSERT INTO tandem.spending (experiment, subject, store_id, usd, assumed_usd, sunk_usd, unpriced)
        VALUES (@experiment, @subject, @store, @usd, @assumed, @sunk, @unpriced)
        ON CONFLICT (experiment, subject, store_id) DO UPDATE SET usd = excluded.usd, assumed_usd = excluded.assumed_usd,
            sunk_usd = excluded.sunk_usd, unpriced = excluded.unpriced
        """;

    private const string Complete = """
        UPDATE tandem.cases SET changed_at = clock_timestamp(), booked_store = @store, booked_records = @records,
            completed_store = CASE WHEN @attempt::int IS NOT NULL THEN @store WHEN completed_store = @store THEN NULL
                ELSE completed_store END,
            completed_attempt = CASE WHEN @attempt::int IS NOT NULL THEN @attempt::int WHEN completed_store = @store THEN NULL
                ELSE completed_attempt END,
            completed_at = CASE WHEN @attempt::int IS NOT NULL THEN coalesce(completed_at, now()) WHEN completed_store = @store THEN NULL
                ELSE completed_at END
        WHERE experiment = @experiment AND subject = @subject
        """;

    // What a worker had reserved that is gone, unless an attempt of it lies in a store that nobody here sees: it may have cost all of it.
    private const string FreeAllReserved = $"""
        DELETE FROM tandem.reservations r USING tandem.workers w WHERE r.experiment = @experiment
            AND w.id = r.worker AND r.worker <> @worker AND {PostgresSchema.IsGone}
            AND NOT EXISTS (SELECT 1 FROM tandem.attempts a WHERE a.experiment = r.experiment AND a.subject = r.subject
                AND a.worker = r.worker AND a.recorded_at IS NULL)
        """;

    private const string Absorb = """
        DELETE FROM tandem.spending s WHERE s.experiment = @experiment AND s.subject = @subject AND s.store_id <> @store
            AND EXISTS (SELECT 1 FROM tandem.attempts a WHERE a.experiment = @experiment AND a.subject = @subject
                AND a.store_id = s.store_id)
            AND NOT EXISTS (SELECT 1 FROM tandem.attempts a WHERE a.experiment = @experiment AND a.subject = @subject
                AND a.store_id = s.store_id AND a.attempt_id <> ALL(@attempts))
        """;

    private const string NeverBegun = $"""
        UPDATE tandem.attempts a SET recorded_at = now() FROM tandem.workers w WHERE a.experiment = @experiment AND a.subject = @subject
            AND a.store_id = @store AND a.recorded_at IS NULL AND a.number <> ALL(@begun) AND w.id = a.worker AND w.id <> @worker
            AND {PostgresSchema.IsGone}
        """;

    private const string FreeReserved = FreeAllReserved + " AND r.subject = @subject";

    /// <inheritdoc/>
    public Task<int> NumberAsync(CaseId caseId, string attemptId, int least, CancellationToken cancellationToken) => _session.RunAsync(
        async connection => (int)(await connection.ScalarAsync(Number, ("experiment", Experiment), ("subject", caseId.ToString()),
            ("least", least), ("attempt", attemptId), ("worker", _worker), ("store", _storeId)))!,
        cancellationToken);

    /// <inheritdoc/>
    public Task AnnounceAsync(ICaseClaim claim, int attempt, CancellationToken cancellationToken) => EvenIfStoppedAsync(
        connection => connection.ExecuteAsync(
            "UPDATE tandem.cases SET completed_store = @store, completed_attempt = @attempt, completed_at = now(), "
            + "changed_at = clock_timestamp() "
            + "WHERE experiment = @experiment AND subject = @subject AND fence = @fence AND worker = @worker",
            ("experiment", Experiment), ("subject", ((PostgresClaim)claim).CaseId.ToString()), ("store", _storeId), ("attempt", attempt),
            ("fence", ((PostgresClaim)claim).Fence), ("worker", _worker)),
        cancellationToken);

    /// <inheritdoc/>
    public Task BookAsync(CaseId caseId, Func<CaseHistory?> history, CancellationToken cancellationToken) => EvenIfStoppedAsync(
        async connection =>
        {
            await using NpgsqlTransaction booking = await connection.BeginTransactionAsync();
            await connection.ScalarAsync(
                "SELECT 1 FROM tandem.cases WHERE experiment = @experiment AND subject = @subject FOR UPDATE",
                ("experiment", Experiment), ("subject", caseId.ToString()));
            if (_claims.TryGetValue(caseId, out PostgresClaim? claim) && claim.Fence > 1)
                await CloseNeverBegunAsync(connection, caseId);
            // Read under the lock: of two workers that recorded something, the later one sees what both did.
            if (history() is CaseHistory read)
                await BookAsync(connection, caseId, read);
            await booking.CommitAsync();
            _unbooked.TryRemove(caseId.ToString(), out _);
        },
        cancellationToken, () => _unbooked[caseId.ToString()] = true);

    /// <summary>A worker may have died between the number of its attempt and the attempt: nothing was paid for it.</summary>
    private async Task CloseNeverBegunAsync(NpgsqlConnection connection, CaseId caseId)
    {
        int[] begun = [.. _terms.Layout.AttemptNumbers(caseId).Where(number =>
            File.Exists(Path.Combine(_terms.Layout.AttemptFolder(caseId, number), StoreLayout.AttemptFile)))];
        (string, object?)[] values =
            [("experiment", Experiment), ("subject", caseId.ToString()), ("worker", _worker), ("life", _times.Life)];
        await connection.ExecuteAsync(NeverBegun, [.. values, ("store", _storeId), ("begun", begun)]);
        await connection.ExecuteAsync(FreeReserved, values);
    }

    private async Task BookAsync(NpgsqlConnection connection, CaseId caseId, CaseHistory history)
    {
        if (_claims.TryGetValue(caseId, out PostgresClaim? claim) && claim.Standing.BookedStore == _storeId
            && claim.Standing.BookedRecords == history.Records.Count)
            return;
        string[] attempts = [.. history.Records.Select(record => record.AttemptId).Distinct()];
        Spending spent = PairLedger.SpentOn(history.Records, _terms.UnknownUsd);
        (string, object?) experiment = ("experiment", Experiment);
        (string, object?) subject = ("subject", caseId.ToString());
        await connection.ExecuteAsync(Spend, experiment, subject, ("store", _storeId), ("usd", spent.Usd), ("assumed", spent.AssumedUsd),
            ("sunk", spent.SunkUsd), ("unpriced", spent.Unpriced));
        await connection.ExecuteAsync("UPDATE tandem.attempts SET recorded_at = now() "
            + "WHERE experiment = @experiment AND subject = @subject AND attempt_id = ANY(@attempts) AND recorded_at IS NULL",
            experiment, subject, ("attempts", attempts));
        await connection.ExecuteAsync(Complete, experiment, subject, ("store", _storeId), ("records", history.Records.Count),
            ("attempt", history.Counting?.Attempt));
        // What it did cost takes the place of the most that it might have.
        await connection.ExecuteAsync(
            "DELETE FROM tandem.reservations WHERE experiment = @experiment AND subject = @subject AND worker = @worker",
            experiment, subject, ("worker", _worker));
        await connection.ExecuteAsync(FreeReserved, experiment, subject, ("worker", _worker), ("life", _times.Life));
        // A merged store holds what was booked by others: it is booked once.
        await connection.ExecuteAsync(Absorb, experiment, subject, ("store", _storeId), ("attempts", attempts));
    }

    /// <summary>Where a completed case has its record, as far as this store does not show it.</summary>
    internal CaseCompletion? CompletionOf(TakenCase standing) => standing.CompletedStore is null ? null
        : new CaseCompletion(standing.CompletedStore == _storeId, standing.CompletedAttempt ?? 1, !standing.IsAnnounced);

    /// <summary>What is to be written down also when the run was stopped; then it is tried for as long as a session lives. Where it cannot
    /// be, the next worker that claims the case does it.</summary>
    private async Task EvenIfStoppedAsync(Func<NpgsqlConnection, Task> work, CancellationToken cancellationToken, Action? onFailed = null)
    {
        using CancellationTokenSource limit = cancellationToken.IsCancellationRequested
            ? new CancellationTokenSource(PatienceAtEnd, _clock) : CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await _session.RunAsync(work, limit.Token);
        }
        catch (PostgresGoneException exception)
        {
            OnGone?.Invoke(exception.Message);
            onFailed?.Invoke();
        }
        catch (IOException)
        {
            // The store's: what the attempt cost stays reserved.
            onFailed?.Invoke();
            throw;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            onFailed?.Invoke();
        }
    }
}
