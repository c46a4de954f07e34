using Tandem.Analysis.Data;
using Tandem.Records.Json;

namespace Tandem.Analysis.Rules;

/// <summary>The plan was carried out: each case has a record, each setting at least one that counts.</summary>
internal sealed class PlanRule : IRule
{
    public string Id => "DATA-01";

    public string Title => "Every case of the plan has a record, and every setting has some that count";

    public string Remedy => "Run what is missing: ./run.sh --experiment NAME; --status failed adds the cases whose agent crashed.";

    public bool NeedsWholePlan => true;

    public RuleOutcome Check(Dataset dataset)
    {
        CaseRuns[] planned = [.. dataset.Cases.Where(c => c.IsPlanned)];
        if (planned.Length == 0)
            return new RuleOutcome([new Finding("experiment.json", "the plan has no cases")], "0 of 0 cases are there");
        IEnumerable<Finding> empty = dataset.PlannedSettings
            .Where(setting => !planned.Any(c => c.CaseId.Setting == setting && c.Counting is not null))
            .Select(setting => new Finding($"setting {EnumNames.NameOf(setting)}", "no record of it counts"));
        IEnumerable<Finding> missing = planned.Where(c => c.Runs.Count == 0).Select(c => new Finding(c.CaseId.ToString(), "no record"));
        IEnumerable<string> bySetting = planned
            .GroupBy(c => c.CaseId.Setting)
            .OrderBy(group => group.Key)
            .Select(group => $"{EnumNames.NameOf(group.Key)} {group.Count(c => c.Runs.Count > 0)} of {group.Count()}");
        string note = $"{planned.Count(c => c.Runs.Count > 0)} of {planned.Length} cases are there, {planned.Count(c => c.Counting is not null)} count ({string.Join(", ", bySetting)})";
        return new RuleOutcome(empty.Concat(missing), note);
    }
}
