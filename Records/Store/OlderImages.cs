using Tandem.Records.Cases;

namespace Tandem.Records.Store;

/// <summary>Cases whose record that counts rests on another image than the one that their task has now: the image has been repaired, or its
/// base was made anew, since they ran.</summary>
public static class OlderImages
{
    /// <summary>The word by which <c>--status</c> selects them. They have a status of their own besides.</summary>
    public const string Word = "older_image";

    /// <summary>Finds them.</summary>
    /// <param name="cases">All cases of the experiment: the latest record of a task shows its latest image.</param>
    /// <param name="present">Ids of the images that tasks have now, by <see cref="KeyOf"/>; of a task that is not among them, the image
    /// of its latest record is taken.</param>
    public static HashSet<CaseId> Of(IEnumerable<CaseHistory> cases, IReadOnlyDictionary<string, string>? present = null)
    {
        ArgumentNullException.ThrowIfNull(cases);
        var found = new HashSet<CaseId>();
        foreach (IGrouping<string, CaseHistory> task in cases.GroupBy(history => KeyOf(history.CaseId)))
        {
            string? now = present?.GetValueOrDefault(task.Key) ?? task.SelectMany(history => history.Records)
                .Where(record => record.Provenance.ImageId is not null).MaxBy(record => record.StartedAt)?.Provenance.ImageId;
            found.UnionWith(task.Where(history => history.Counting?.Provenance.ImageId is string its && its != now)
                .Select(history => history.CaseId));
        }
        return found;
    }

    /// <summary>The task of a case, as in a plan's digests: <c>pallets_click_task/2068</c>.</summary>
    public static string KeyOf(CaseId caseId)
    {
        ArgumentNullException.ThrowIfNull(caseId);
        return FormattableString.Invariant($"{caseId.Repo}/{caseId.TaskId}");
    }
}
