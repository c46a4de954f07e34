using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Merging;

/// <summary>Joins the plans of the parts of one experiment of pair runs: the first one, and the cases that others have in
/// addition.</summary>
internal sealed class PlanUnion(MergeFaults faults, ICollection<string> notes)
{
    private MergePart? _first;
    private readonly HashSet<CaseId> _cases = [];

    /// <summary>The joined plan; null before the first part.</summary>
    public ExperimentPlan? Plan { get; private set; }

    /// <summary>Whether the target has no plan, or one without some of the cases.</summary>
    public bool IsNew { get; private set; }

    /// <summary>Takes a part's plan up; the target's comes first, if it has one.</summary>
    public void Add(MergePart part, ExperimentPlan plan)
    {
        const string file = "experiment.json";
        if (plan.Experiment != part.Layout.Experiment)
        {
            faults.Add(part, file, $"It is the plan of '{plan.Experiment}': the folder was renamed or copied.", "Give the folder its name "
                + "back.");
            return;
        }
        if (Plan is null)
        {
            (_first, Plan, IsNew) = (part, plan, !part.IsTarget);
            _cases.UnionWith(plan.Cases);
            return;
        }
        if (DifferenceOf(Plan, plan) is string difference)
        {
            faults.Add(part, file, $"It is another experiment than {_first!.NameOf(file)}: {difference}.",
                "Merge stores of one configuration alone. Results of another one belong into a store or an experiment of their own.");
            return;
        }
        string settings = JsonDifference.Of(Plan.Settings, plan.Settings);
        if (settings.Length > 0)
            notes.Add($"{part.NameOf(file)} and {_first!.NameOf(file)} (\"there\") differ in what changes no result: {settings}. The one "
                + "there is kept.");
        CaseId[] more = [.. plan.Cases.Where(_cases.Add)];
        IsNew |= more.Length > 0;
        Plan = Plan with
        {
            CreatedAt = plan.CreatedAt < Plan.CreatedAt && IsNew ? plan.CreatedAt : Plan.CreatedAt,
            Cases = more.Length == 0 ? Plan.Cases : [.. Plan.Cases, .. more],
        };
    }

    /// <summary>Why two plans are of different experiments; null if they are of one. The hash is of all that changes results; that of an
    /// import is of nothing.</summary>
    private static string? DifferenceOf(ExperimentPlan there, ExperimentPlan here)
    {
        string settings = JsonDifference.Of(there.Settings, here.Settings);
        if (there.SettingsHash != here.SettingsHash)
        {
            string tasks = TasksOf(there, here);
            string what = string.Join("; ", new[] { settings, tasks }.Where(text => text.Length > 0));
            return $"the hash of its configuration is {Short(here.SettingsHash)} here and {Short(there.SettingsHash)} there"
                + (what.Length > 0 ? $" ({what})" : "");
        }
        if (TasksOf(there, here) is { Length: > 0 } others)
            return $"the hash of its configuration is the same, and yet {others}: one of the two files was changed";
        return here.SettingsHash == Provenance.Imported && settings.Length > 0 ? $"it was imported from other logs ({settings})" : null;
    }

    private static string TasksOf(ExperimentPlan there, ExperimentPlan here)
    {
        string[] changed = [.. here.TaskDigests.Where(task => there.TaskDigests.TryGetValue(task.Key, out string? digest)
            && digest != task.Value).Select(task => task.Key)];
        string[] other = [.. here.TaskDigests.Keys.Except(there.TaskDigests.Keys),
            .. there.TaskDigests.Keys.Except(here.TaskDigests.Keys)];
        return string.Join("; ", new[]
        {
            changed.Length == 0 ? "" : $"the files of {Few(changed)} differ",
            other.Length == 0 ? "" : $"only one of the two has {Few(other)}",
        }.Where(text => text.Length > 0));
    }

    private static string Few(string[] names) =>
        string.Join(", ", names.Take(3)) + (names.Length > 3 ? $" and {names.Length - 3} more tasks" : "");

    private static string Short(string hash) => hash.Length <= 12 ? hash : hash[..12] + "...";
}
