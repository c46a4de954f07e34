using System.Text;
using Tandem.Records.Cases;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;
using Tandem.Records.Scenarios;

namespace Tandem.Records.Store;

/// <summary>The files by which cases, judgements and scenarios are claimed: a lock, which is never deleted, and beside it, while it is
/// held, who holds it.</summary>
public static class ClaimFiles
{
    private const string LockSuffix = ".lock";
    private const string HolderSuffix = ".holder";

    public static string LockOf(StoreLayout layout, CaseId caseId) => LockOf(layout, caseId.ToString());

    public static string LockOf(StoreLayout layout, JudgementId judgement) => LockOf(layout, judgement.ToString());

    public static string LockOf(StoreLayout layout, ScenarioCaseId scenario) => LockOf(layout, scenario.ToString());

    /// <summary>The file beside a lock that names its holder; a holder that died leaves it behind.</summary>
    public static string HolderOf(string lockFile) => Path.ChangeExtension(lockFile, HolderSuffix);

    /// <summary>Who holds a lock; null if nobody does, or the file cannot be read.</summary>
    public static ProcessIdentity? ReadHolder(string holderFile)
    {
        // Of most locks there is none.
        if (!File.Exists(holderFile))
            return null;
        try
        {
            return ProcessIdentity.TryParse(Encoding.UTF8.GetString(RegularFile.ReadOwn(holderFile)));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The cases that are claimed at this moment by processes that are not proven dead.</summary>
    public static IReadOnlyList<(CaseId CaseId, ProcessIdentity Holder)> Held(StoreLayout layout) =>
        [.. Names(layout).Select(name => (CaseId.TryParse(name.Id, out CaseId? caseId) ? caseId : null, name.Holder))
            .Where(claim => claim.Item1 is not null).Select(claim => (claim.Item1!, claim.Holder))];

    /// <summary>The judgements that are claimed at this moment by processes that are not proven dead.</summary>
    public static IReadOnlyList<(JudgementId Id, ProcessIdentity Holder)> HeldJudgements(StoreLayout layout) =>
        [.. Names(layout).Select(name => (JudgementId.TryParse(name.Id, out JudgementId? id) ? id : null, name.Holder))
            .Where(claim => claim.Item1 is not null).Select(claim => (claim.Item1!, claim.Holder))];

    /// <summary>The scenarios' cases that are claimed at this moment by processes that are not proven dead.</summary>
    public static IReadOnlyList<(ScenarioCaseId Id, ProcessIdentity Holder)> HeldScenarios(StoreLayout layout) =>
        [.. Names(layout).Select(name => (ScenarioCaseId.TryParse(name.Id, out ScenarioCaseId? id) ? id : null, name.Holder))
            .Where(claim => claim.Item1 is not null).Select(claim => (claim.Item1!, claim.Holder))];

    /// <summary>The cases that processes had which are proven dead, and that nobody has claimed since.</summary>
    public static IReadOnlyList<(CaseId CaseId, ProcessIdentity Holder)> Abandoned(StoreLayout layout) =>
        [.. Names(layout, areDead: true).Select(name => (CaseId.TryParse(name.Id, out CaseId? caseId) ? caseId : null, name.Holder))
            .Where(claim => claim.Item1 is not null).Select(claim => (claim.Item1!, claim.Holder))];

    private static string LockOf(StoreLayout layout, string id) => Path.Combine(layout.ClaimsFolder, id.Replace('/', '~') + LockSuffix);

    private static IEnumerable<(string Id, ProcessIdentity Holder)> Names(StoreLayout layout, bool areDead = false)
    {
        if (!Directory.Exists(layout.ClaimsFolder))
            yield break;
        foreach (string file in Directory.EnumerateFiles(layout.ClaimsFolder, "*" + HolderSuffix))
        {
            if (ReadHolder(file) is ProcessIdentity holder && holder.IsProvenDead == areDead)
                yield return (Path.GetFileNameWithoutExtension(file).Replace('~', '/'), holder);
        }
    }
}
