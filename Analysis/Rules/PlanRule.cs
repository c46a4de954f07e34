using Tandem.Analysis.Data;
using Tandem.Records.Json;

namespace Tandem.Analysis.Rules;

/// <summary>Each setting of the plan was tried, and something came of it.</summary>
internal sealed class PlanRule : IRule
{
    public string Id => "DATA-01";

    public string Title => "Every setting of the plan has records that count";

    public string Remedy =>
        "Run what is missing: ./run.sh --experiment NAME; --status failed adds the cases whose agent crashed. What an import left out "
        + "cannot be run here: --partial makes it a warning.";

    public RuleOutcome Check(Dataset dataset)
    {
        CaseResults[] planned = [.. dataset.Cases.Where(c => c.IsPlanned)];
        if (planned.Length == 0)
            return new RuleOutcome([new Finding("experiment.json", "the plan has no cases")], "the plan is empty");
        IEnumerable<Finding> empty = dataset.PlannedSettings
            .Where(setting => !planned.Any(c => c.CaseId.Setting == setting && c.Counting is not null))
            .Select(setting => new Finding($"setting {EnumNames.NameOf(setting)}", "no record of it counts") { IsUnfinished = true });
        IEnumerable<string> bySetting = planned
            .GroupBy(c => c.CaseId.Setting)
            .OrderBy(group => group.Key)
            .Select(group => $"{EnumNames.NameOf(group.Key)} {group.Count(c => c.Counting is not null)} of {group.Count()}");
        return new RuleOutcome(empty,
            $"{planned.Count(c => c.Counting is not null)} of {planned.Length} cases count ({string.Join(", ", bySetting)})");
    }
}
