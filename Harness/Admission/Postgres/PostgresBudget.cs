using Npgsql;
using Tandem.Records.Store;

namespace Tandem.Harness.Admission.Postgres;

/// <summary>
/// The money of an experiment whose workers share one ledger. What is paid is reserved there first, in one transaction with the sum of
/// what all workers have spent and reserved; it is given back when the records of the case are booked. Safe for concurrent use.
/// </summary>
/// <param name="session">The worker's connection.</param>
/// <param name="experiment">The experiment.</param>
/// <param name="worker">The worker.</param>
/// <param name="own">The bounds of this invocation.</param>
/// <param name="mostUsd">USD that the experiment may spend.</param>
/// <param name="besides">What judges have spent, by the records of this store.</param>
/// <param name="clock">The one clock.</param>
internal sealed class PostgresBudget(PostgresSession session, string experiment, Guid worker, IBudget own, decimal mostUsd,
    Func<Spending> besides, TimeProvider clock) : IBudget
{
    /// <summary>What is booked of an experiment: USD, the part of it that is assumed, attempts of unknown cost.</summary>
    public const string SpentSum = "SELECT coalesce(sum(usd), 0), coalesce(sum(assumed_usd), 0), coalesce(sum(unpriced), 0)::int "
        + "FROM tandem.spending WHERE experiment = @experiment";

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private int _open;
    private TaskCompletionSource _returned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _returning = Task.CompletedTask;

    /// <inheritdoc/>
    public async Task<(IDisposable? Reservation, string? Refusal)> ReserveAsync(Price price, string subject,
        CancellationToken cancellationToken)
    {
        (IDisposable? mine, string? refusal) = await own.ReserveAsync(price, subject, cancellationToken);
        if (mine is null)
            return (null, refusal);
        try
        {
            var id = Guid.NewGuid();
            while (true)
            {
                Task returned, returning;
                lock (_lock)
                    (returned, returning) = (_returned.Task, _returning);
                // What was given back here must be free there.
                await returning.WaitAsync(cancellationToken);
                (refusal, bool isHopeless) = await session.RunAsync(
                    connection => TryReserveAsync(connection, id, price, subject), cancellationToken);
                lock (_lock)
                {
                    if (refusal is null)
                    {
                        _open++;
                        return (new Held(this, id, subject, mine), null);
                    }
                    if (isHopeless || _open == 0)
                        break;
                }
                // Others' may come back, too.
                await Task.WhenAny(returned, Task.Delay(Look, clock, cancellationToken));
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        catch
        {
            mine.Dispose();
            throw;
        }
        mine.Dispose();
        return (null, refusal);
    }

    /// <returns>Why it is not reserved, and whether that stays so when all reservations are given back; null if it is reserved.</returns>
    private async Task<(string? Refusal, bool IsHopeless)> TryReserveAsync(NpgsqlConnection connection, Guid id, Price price,
        string subject)
    {
        (string, object?) name = ("experiment", experiment);
        Spending judged = besides();
        await using NpgsqlTransaction reserving = await connection.BeginTransactionAsync();
        // One at a time: nobody else's reservation comes between the sum and this one.
        await connection.ScalarAsync("SELECT 1 FROM tandem.experiments WHERE name = @experiment FOR UPDATE", name);
        Spending spent = judged + (await connection.RowsAsync(
            SpentSum,
            row => new Spending(row.GetDecimal(0), 0, row.GetInt32(2)) { AssumedUsd = row.GetDecimal(1) }, name))[0];
        (int open, decimal reserved) = (await connection.RowsAsync(
            "SELECT count(*)::int, coalesce(sum(usd), 0) FROM tandem.reservations WHERE experiment = @experiment AND id <> @id",
            row => (row.GetInt32(0), row.GetDecimal(1)), name, ("id", id)))[0];
        if (spent.Usd + reserved + price.Usd > mostUsd)
            return ("the experiment's budget, which all workers share, does not cover it: "
                + $"{Budget.Sum(price, spent, mostUsd, open, reserved)} (limits.max_cost_usd, {price.Key})",
                spent.Usd + price.Usd > mostUsd);
        await connection.ExecuteAsync("INSERT INTO tandem.reservations (id, experiment, subject, worker, usd) "
            + "VALUES (@id, @experiment, @subject, @worker, @usd) ON CONFLICT (id) DO NOTHING",
            ("id", id), name, ("subject", subject), ("worker", worker), ("usd", price.Usd));
        await reserving.CommitAsync();
        return (null, false);
    }

    /// <summary>Whether what a case has cost could not be booked: its reservation stands for it until somebody books it.</summary>
    public required Func<string, bool> IsUnbooked { get; init; }

    private void Return(Guid id, string subject)
    {
        lock (_lock)
        {
            if (!IsUnbooked(subject))
                _returning = ReturnAsync(_returning, id);
            _open--;
            _returned.SetResult();
            _returned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private async Task ReturnAsync(Task before, Guid id)
    {
        await before;
        try
        {
            await session.RunAsync(
                connection => connection.ExecuteAsync("DELETE FROM tandem.reservations WHERE id = @id", ("id", id)),
                CancellationToken.None);
        }
        catch (Exception exception) when (exception is PostgresGoneException or ObjectDisposedException)
        {
            // Whoever claims the case next frees it.
        }
    }

    private sealed class Held(PostgresBudget budget, Guid id, string subject, IDisposable own) : IDisposable
    {
        private int _isReturned;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isReturned, 1) != 0)
                return;
            own.Dispose();
            budget.Return(id, subject);
        }
    }
}
