using Tandem.Records.Scenarios;

namespace Tandem.Analysis.Merging;

/// <summary>Joins the plans of the parts of one experiment of scenarios. Its definition may grow under one name; what two parts both have
/// must be the same, since nobody could say which is the newer.</summary>
internal sealed class ScenarioPlanUnion(MergeFaults faults)
{
    private MergePart? _first;

    /// <summary>The joined plan; null before the first part.</summary>
    public ScenarioPlan? Plan { get; private set; }

    /// <summary>Whether the target has no plan, or one that lacks something.</summary>
    public bool IsNew { get; private set; }

    /// <summary>Takes a part's plan up; the target's comes first, if it has one.</summary>
    public void Add(MergePart part, ScenarioPlan plan)
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
            return;
        }
        if (DifferenceOf(Plan, plan) is string difference)
        {
            faults.Add(part, file, $"It is another experiment than {_first!.NameOf(file)}: {difference}.",
                "Merge stores of one definition alone, or merge into a new store.");
            return;
        }
        ScenarioPlan joined = Plan with
        {
            Repetitions = Math.Max(Plan.Repetitions, plan.Repetitions),
            DefinitionDigests = plan.DefinitionDigests.Concat(Plan.DefinitionDigests).DistinctBy(one => one.Key)
                .OrderBy(one => one.Key, StringComparer.Ordinal).ToDictionary(),
            Variants = [.. Plan.Variants.Concat(plan.Variants).DistinctBy(variant => variant.Name)],
            Scenarios = [.. Plan.Scenarios.Concat(plan.Scenarios).DistinctBy(scenario => scenario.Id)],
            Conversations = [.. Plan.Conversations.Concat(plan.Conversations).DistinctBy(one => (one.Scenario, one.Variant))],
        };
        if (joined.Repetitions > Plan.Repetitions || joined.Conversations.Count > Plan.Conversations.Count
            || joined.Variants.Count > Plan.Variants.Count || joined.Scenarios.Count > Plan.Scenarios.Count)
            (Plan, IsNew) = (joined, true);
    }

    private static string? DifferenceOf(ScenarioPlan there, ScenarioPlan here)
    {
        if (there.ModelDigest != here.ModelDigest || there.Model != here.Model || there.Simulated != here.Simulated
            || there.AllowsEmptyText != here.AllowsEmptyText || there.ScenarioPassRate != here.ScenarioPassRate)
            return JsonDifference.Of(there.Settings, here.Settings) is { Length: > 0 } settings ? settings
                : $"it asks '{here.Model}' here and '{there.Model}' there, or asks in another way";
        PlannedConversation? other = here.Conversations.FirstOrDefault(one => there.Find(one.Variant, one.Scenario)
            is PlannedConversation known
            && (known.ConversationDigest, known.ExpectationsDigest) != (one.ConversationDigest, one.ExpectationsDigest));
        return other is null ? null
            : $"the scenario {other.Scenario} of the variant {other.Variant} is made of other texts or expectations";
    }
}
