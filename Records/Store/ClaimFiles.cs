using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Records.Store;

/// <summary>The files by which cases are claimed: a lock, which is never deleted, and beside it, while it is held, who holds it.</summary>
public static class ClaimFiles
{
    private const string LockSuffix = ".lock";
    private const string HolderSuffix = ".holder";

    public static string LockOf(StoreLayout layout, CaseId caseId)
    {
        return Path.Combine(layout.ClaimsFolder, caseId.ToString().Replace('/', '~') + LockSuffix);
    }

    /// <summary>The file beside a lock that names its holder; a holder that died leaves it behind.</summary>
    public static string HolderOf(string lockFile) => Path.ChangeExtension(lockFile, HolderSuffix);

    /// <summary>Who holds a lock; null if nobody does, or the file cannot be read.</summary>
    public static ProcessIdentity? ReadHolder(string holderFile)
    {
        try
        {
            return ProcessIdentity.TryParse(File.ReadAllText(holderFile));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The cases that are claimed at this moment by processes that are not proven dead.</summary>
    public static IReadOnlyList<(CaseId CaseId, ProcessIdentity Holder)> Held(StoreLayout layout)
    {
        if (!Directory.Exists(layout.ClaimsFolder))
            return [];
        var held = new List<(CaseId, ProcessIdentity)>();
        foreach (string file in Directory.EnumerateFiles(layout.ClaimsFolder, "*" + HolderSuffix))
        {
            if (CaseId.TryParse(Path.GetFileNameWithoutExtension(file).Replace('~', '/'), out CaseId? caseId)
                && ReadHolder(file) is ProcessIdentity holder && !holder.IsProvenDead)
                held.Add((caseId, holder));
        }
        return held;
    }
}
