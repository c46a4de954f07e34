using Tandem.Records.Cases;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;

namespace Tandem.Harness.Admission;

/// <summary>Lets one process at a time work on a case or a judgement. Nobody waits: who does not get one leaves it to the other.</summary>
public interface IClaimStore
{
    /// <summary>Claims a case until the claim is disposed or its process ends.</summary>
    /// <param name="caseId">The case.</param>
    /// <param name="holder">If null is returned: who holds it, in words.</param>
    /// <returns>The claim, or null if another has it.</returns>
    IDisposable? TryClaim(CaseId caseId, out string holder);

    /// <summary>Claims a judgement, as <see cref="TryClaim(CaseId, out string)"/> claims a case.</summary>
    IDisposable? TryClaim(JudgementId judgement, out string holder);

    /// <summary>Claims a scenario's case, as <see cref="TryClaim(CaseId, out string)"/> claims a case.</summary>
    IDisposable? TryClaim(ScenarioCaseId scenario, out string holder);

    /// <summary>How many cases and judgements other processes have claimed at this moment.</summary>
    (int Cases, int Judgements) HeldByOthers();
}

/// <summary>
/// Claims by lock files in the store's folder. The operating system holds the lock, so that it ends with its process however that ends; the
/// files stay, since deleting a lock file lets two processes hold "the same" one.
/// </summary>
public sealed class FileClaimStore(StoreLayout layout) : IClaimStore
{
    /// <inheritdoc/>
    public IDisposable? TryClaim(CaseId caseId, out string holder)
    {
        ArgumentNullException.ThrowIfNull(caseId);
        return TryLock(ClaimFiles.LockOf(layout, caseId), out holder);
    }

    /// <inheritdoc/>
    public IDisposable? TryClaim(JudgementId judgement, out string holder)
    {
        ArgumentNullException.ThrowIfNull(judgement);
        return TryLock(ClaimFiles.LockOf(layout, judgement), out holder);
    }

    /// <inheritdoc/>
    public IDisposable? TryClaim(ScenarioCaseId scenario, out string holder)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        return TryLock(ClaimFiles.LockOf(layout, scenario), out holder);
    }

    /// <inheritdoc/>
    public (int Cases, int Judgements) HeldByOthers() => (
        ClaimFiles.Held(layout).Count(claim => claim.Holder != ProcessIdentity.Current),
        ClaimFiles.HeldJudgements(layout).Count(claim => claim.Holder != ProcessIdentity.Current));

    private static Claim? TryLock(string path, out string holder)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        FileStream claim;
        try
        {
            claim = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            holder = HolderOf(path);
            return null;
        }
        try
        {
            // Beside the lock, which no other process can open while it is held.
            File.WriteAllText(ClaimFiles.HolderOf(path), ProcessIdentity.Current.ToString());
        }
        catch (IOException)
        {
            // It only names who holds the lock; on a full disk the attempt reports a fault of its own.
        }
        holder = "";
        return new Claim(claim, ClaimFiles.HolderOf(path));
    }

    private static string HolderOf(string path) => ClaimFiles.ReadHolder(ClaimFiles.HolderOf(path)) is ProcessIdentity identity
        ? $"process {identity.Pid} on {identity.Host}" : "another process";

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
