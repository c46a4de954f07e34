using Tandem.Harness.Models;
using Tandem.Records.Cases;
using Tandem.Records.Store;

namespace Tandem.Harness.Admission;

/// <summary>What the workers of one matrix of cases agree on beside the records: who has which case, the numbers of attempts, and the
/// money. Safe for concurrent use.</summary>
internal interface ISharedMatrix : IAsyncDisposable
{
    /// <summary>Who works on which case.</summary>
    IClaimStore Claims { get; }

    /// <summary>Whether more is shared than files: a claim can be lost while its process lives, and the experiment's money is kept in a
    /// ledger of all workers. If not, each process reads the records.</summary>
    bool IsShared { get; }

    /// <summary>The money of the experiment.</summary>
    /// <param name="own">What this process knows by itself: the bounds of its invocation and, where no ledger is shared, all.</param>
    /// <param name="besides">What judges have spent.</param>
    IBudget BudgetOf(IBudget own, Func<Spending> besides);

    /// <summary>Lets faults that all workers meet, and pauses that the model's endpoint asks for, be known to all.</summary>
    /// <param name="breaker">Of this process.</param>
    /// <param name="endpoint">The model and where it is; null where no model is asked.</param>
    /// <param name="gate">Its rate limit in this process.</param>
    void Share(CircuitBreaker breaker, string? endpoint, RequestGate? gate);

    /// <summary>Whether a case is known to have a record that counts in this worker's store, so that nobody need claim it to see that.
    /// Where nothing is shared, claiming is cheap, and the answer is no.</summary>
    bool IsCompletedHere(CaseId caseId);

    /// <summary>Gives an attempt its number, unlike that of any other attempt of the case, wherever it was made.</summary>
    /// <param name="caseId">The case; claimed.</param>
    /// <param name="attemptId">The attempt.</param>
    /// <param name="least">The smallest number that this process knows to be free.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<int> NumberAsync(CaseId caseId, string attemptId, int least, CancellationToken cancellationToken);

    /// <summary>Lets workers with other stores know, before it is appended, that a case is about to have a record that counts: if this
    /// process ends between the two, the copy in the attempt's folder becomes the record, and nobody pays for the case again.</summary>
    /// <param name="claim">The case.</param>
    /// <param name="attempt">The number of the attempt.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task AnnounceAsync(ICaseClaim claim, int attempt, CancellationToken cancellationToken);

    /// <summary>Books what the records of a case say: what it has cost, and whether one counts. Called before the money that was reserved
    /// for it is given back.</summary>
    /// <param name="caseId">The case.</param>
    /// <param name="history">Reads its records as they stand in this store; null if it has none.</param>
    /// <param name="cancellationToken">Gives up; a later worker books it.</param>
    Task BookAsync(CaseId caseId, Func<CaseHistory?> history, CancellationToken cancellationToken);
}

/// <summary>Lets an attempt begin only if its money is there.</summary>
internal interface IBudget
{
    /// <summary>Reserves money until the reservation is disposed. Where it would do if what is open in this process left enough of its
    /// own, that is waited for.</summary>
    /// <param name="price">The most that is paid.</param>
    /// <param name="subject">What for: a case's id.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The reservation, or why there is none.</returns>
    Task<(IDisposable? Reservation, string? Refusal)> ReserveAsync(Price price, string subject, CancellationToken cancellationToken);
}

/// <summary>Nothing is shared but the store's folder: its lock files, the numbers of its attempts' folders, its records.</summary>
internal sealed class FileMatrix(StoreLayout layout) : ISharedMatrix
{
    public IClaimStore Claims { get; } = new FileClaimStore(layout);

    public bool IsShared => false;

    public IBudget BudgetOf(IBudget own, Func<Spending> besides) => own;

    public void Share(CircuitBreaker breaker, string? endpoint, RequestGate? gate)
    {
        // Each process sees to itself.
    }

    public bool IsCompletedHere(CaseId caseId) => false;

    public Task<int> NumberAsync(CaseId caseId, string attemptId, int least, CancellationToken cancellationToken) =>
        Task.FromResult(least);

    public Task AnnounceAsync(ICaseClaim claim, int attempt, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task BookAsync(CaseId caseId, Func<CaseHistory?> history, CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
