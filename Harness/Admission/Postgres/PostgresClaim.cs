using Medallion.Threading.Postgres;
using Npgsql;
using Tandem.Records.Cases;

namespace Tandem.Harness.Admission.Postgres;

/// <summary>A case that this worker has, by a lock of its connection.</summary>
internal sealed class PostgresClaim(PostgresMatrix matrix, CaseId caseId, long fence, PostgresDistributedLockHandle handle,
    NpgsqlConnection connection) : ICaseClaim
{
    private readonly CancellationTokenSource _lost = new();
    private PostgresDistributedLockHandle _handle = handle;
    private NpgsqlConnection _connection = connection;

    public CaseId CaseId => caseId;

    /// <summary>The claim's number among all claims of the case.</summary>
    public long Fence => fence;

    /// <summary>How the case stood when it was claimed.</summary>
    public required TakenCase Standing { get; init; }

    public CancellationToken Lost => _lost.Token;

    public string? Outage { get; set; }

    public CaseCompletion? Completion => matrix.CompletionOf(Standing);

    public async Task RequireAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Lost);
        if (!await matrix.HoldsAsync(this, either.Token))
            await _lost.CancelAsync();
        Lost.ThrowIfCancellationRequested();
    }

    /// <summary>Takes the lock over a new connection. The claim is lost if another worker has the case, or had it meanwhile.</summary>
    internal async Task TakeAgainAsync(NpgsqlConnection connection)
    {
        if (Lost.IsCancellationRequested)
            return;
        PostgresDistributedLockHandle? again = await matrix.LockOf(caseId, connection).TryAcquireAsync(TimeSpan.Zero);
        if (again is not null && await matrix.IsOursAsync(this, connection))
        {
            (_handle, _connection) = (again, connection);
            return;
        }
        if (again is not null)
            await again.DisposeAsync();
        // Not under the session's lock: who hears of it may wait for the session.
        _ = Task.Run(_lost.Cancel);
    }

    internal async Task UnlockAsync(NpgsqlConnection connection)
    {
        // A lock of an earlier connection ended with it.
        if (ReferenceEquals(connection, _connection))
            await _handle.DisposeAsync();
    }

    public async ValueTask DisposeAsync() => await matrix.ReleaseAsync(this);
}
