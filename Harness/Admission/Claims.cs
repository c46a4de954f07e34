using System.Text;
using Tandem.Records.Cases;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;

namespace Tandem.Harness.Admission;

/// <summary>Lets one worker at a time work on a case. Nobody waits: who does not get one leaves it to the other.</summary>
public interface IClaimStore
{
    /// <summary>Claims a case until the claim is disposed, its process ends, or it is lost.</summary>
    /// <param name="caseId">The case.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<ClaimAnswer> TryClaimAsync(CaseId caseId, CancellationToken cancellationToken);
}

/// <summary>What came of the wish to claim a case.</summary>
/// <param name="Claim">The claim; null if there is none.</param>
/// <param name="Refusal">Why there is none, in words; empty if there is one.</param>
public sealed record ClaimAnswer(ICaseClaim? Claim, string Refusal);

/// <summary>The record of a case that counts.</summary>
/// <param name="IsHere">Whether it is in this worker's store.</param>
/// <param name="Attempt">The number of its attempt.</param>
/// <param name="IsBooked">Whether it is known to be on disk: its worker may have ended a moment before.</param>
public sealed record CaseCompletion(bool IsHere, int Attempt, bool IsBooked);

/// <summary>A case that this process alone may work on. Disposing lets it go.</summary>
public interface ICaseClaim : IAsyncDisposable
{
    /// <summary>Cancelled when the claim is lost: another worker may have the case by now.</summary>
    CancellationToken Lost { get; }

    /// <summary>Why the claim is lost, if no other worker has the case: who would know does not answer. Null otherwise.</summary>
    string? Outage { get; }

    /// <summary>Where the case has a record that counts, as those say who share more than the store's files; null if it has none, or
    /// nothing else is shared.</summary>
    CaseCompletion? Completion { get; }

    /// <summary>Makes sure that the claim is still held, before something is paid. Waits while that cannot be known.</summary>
    /// <exception cref="OperationCanceledException">It is lost (<see cref="Lost"/>), or <paramref name="cancellationToken"/> was
    /// cancelled.</exception>
    Task RequireAsync(CancellationToken cancellationToken);
}

/// <summary>
/// Claims by lock files in the store's folder. The operating system holds the lock, so that it ends with its process however that ends; the
/// files stay, since deleting a lock file lets two processes hold "the same" one.
/// </summary>
public sealed class FileClaimStore(StoreLayout layout) : IClaimStore
{
    /// <inheritdoc/>
    public Task<ClaimAnswer> TryClaimAsync(CaseId caseId, CancellationToken cancellationToken) =>
        Task.FromResult(TryClaim(caseId, out string holder) is IDisposable claim ? new ClaimAnswer(new HeldByFile(claim), "")
            : new ClaimAnswer(null, $"claimed elsewhere, by {holder}"));

    /// <summary>Claims a case until the claim is disposed or its process ends.</summary>
    /// <param name="caseId">The case.</param>
    /// <param name="holder">If null is returned: who holds it, in words.</param>
    /// <returns>The claim, or null if another has it.</returns>
    public IDisposable? TryClaim(CaseId caseId, out string holder)
    {
        ArgumentNullException.ThrowIfNull(caseId);
        return TryLock(ClaimFiles.LockOf(layout, caseId), out holder);
    }

    /// <summary>Claims a case without a file that names this process: nobody can claim it meanwhile, but it does not count as one that is
    /// worked on. For moments in which nothing is paid.</summary>
    /// <param name="caseId">The case.</param>
    /// <param name="holder">If null is returned: who holds it, in words.</param>
    /// <returns>The claim, or null if another has it.</returns>
    public IDisposable? TryClaimUnnamed(CaseId caseId, out string holder)
    {
        ArgumentNullException.ThrowIfNull(caseId);
        return TryOpen(ClaimFiles.LockOf(layout, caseId), out holder);
    }

    /// <summary>Claims a judgement, as <see cref="TryClaim(CaseId, out string)"/> claims a case.</summary>
    public IDisposable? TryClaim(JudgementId judgement, out string holder)
    {
        ArgumentNullException.ThrowIfNull(judgement);
        return TryLock(ClaimFiles.LockOf(layout, judgement), out holder);
    }

    /// <summary>Claims a scenario's case, as <see cref="TryClaim(CaseId, out string)"/> claims a case.</summary>
    public IDisposable? TryClaim(ScenarioCaseId scenario, out string holder)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        return TryLock(ClaimFiles.LockOf(layout, scenario), out holder);
    }

    /// <summary>How many cases and judgements other processes have claimed at this moment.</summary>
    /// <param name="covers">Of these cases, and judgements about them, alone, by the cases' ids as text; null is all.</param>
    public (int Cases, int Judgements) HeldByOthers(Func<string, bool>? covers = null) => (
        ClaimFiles.Held(layout).Count(claim => claim.Holder != ProcessIdentity.Current
            && covers?.Invoke(claim.CaseId.ToString()) != false),
        ClaimFiles.HeldJudgements(layout).Count(claim => claim.Holder != ProcessIdentity.Current
            && covers?.Invoke(claim.Id.CaseId.ToString()) != false));

    private static Claim? TryLock(string path, out string holder)
    {
        if (TryOpen(path, out holder) is not FileStream claim)
            return null;
        NameHolder(path);
        return new Claim(claim, ClaimFiles.HolderOf(path));
    }

    /// <summary>The lock, which no other process can open until it is disposed; null if a process has it.</summary>
    private static FileStream? TryOpen(string path, out string holder)
    {
        if (OpenLock(path) is not FileStream claim)
        {
            holder = HolderOf(path);
            return null;
        }
        if (WorkerWithout(path) is string worker)
        {
            claim.Dispose();
            holder = worker;
            return null;
        }
        holder = "";
        return claim;
    }

    /// <summary>Notes who has a case by other means than its lock file, unless a process holds that.</summary>
    /// <param name="caseId">The case.</param>
    /// <param name="holder">If false is returned: who holds the lock file, in words.</param>
    internal bool TryName(CaseId caseId, out string holder)
    {
        string path = ClaimFiles.LockOf(layout, caseId);
        if (OpenLock(path) is not FileStream file)
        {
            holder = HolderOf(path);
            return false;
        }
        using (file)
            NameHolder(path);
        holder = "";
        return true;
    }

    /// <summary>Null if another process has it open.</summary>
    private static FileStream? OpenLock(string path)
    {
        RegularFile.RequireOwn(path);
        try
        {
            return DurableFile.OpenInFolder(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }

    private static void NameHolder(string path)
    {
        try
        {
            // Beside the lock, which no other process can open while it is held. What lies there is taken away and not written into: in a
            // store that somebody else made it may be a link to any file.
            string holder = ClaimFiles.HolderOf(path);
            File.Delete(holder);
            using var file = new FileStream(holder, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            file.Write(Encoding.UTF8.GetBytes(ProcessIdentity.Current.ToString()));
        }
        catch (IOException)
        {
            // It only names who holds the lock; on a full disk the attempt reports a fault of its own.
        }
    }

    /// <summary>A process of this host that has a case without its lock file: a worker that shares a PostgreSQL. Null if there is
    /// none.</summary>
    private static string? WorkerWithout(string path) =>
        ClaimFiles.ReadHolder(ClaimFiles.HolderOf(path)) is { IsProvenDead: false } holder && holder.Host == ProcessIdentity.Current.Host
            && holder != ProcessIdentity.Current ? $"process {holder.Pid} on {holder.Host}" : null;

    private static string HolderOf(string path) => ClaimFiles.ReadHolder(ClaimFiles.HolderOf(path)) is ProcessIdentity identity
        ? $"process {identity.Pid} on {identity.Host}" : "another process";

    /// <summary>The operating system keeps the lock as long as the process lives, so that it cannot be lost.</summary>
    private sealed class HeldByFile(IDisposable file) : ICaseClaim
    {
        public CancellationToken Lost => CancellationToken.None;

        public CaseCompletion? Completion => null;

        public string? Outage => null;

        public Task RequireAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync()
        {
            file.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Claim(FileStream file, string holderFile) : IDisposable
    {
        public void Dispose()
        {
            // While the lock is still held: afterwards it may be the next holder's.
            try
            {
                File.Delete(holderFile);
            }
            catch (IOException)
            {
                // It only names who held the lock.
            }
            file.Dispose();
        }
    }
}
