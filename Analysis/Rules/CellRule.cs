using Tandem.Analysis.Data;

namespace Tandem.Analysis.Rules;

/// <summary>The plan is a table of cells, and each of them was tried.</summary>
internal sealed class CellRule : IRule
{
    public string Id => "STORE-01";

    public string Title => "No case of the plan is missing or planned twice, and none is there unplanned";

    public string Remedy =>
        "Run what is missing: ./run.sh --experiment NAME (what an import left out cannot be run here: --partial makes it a warning). A "
            + "case outside the plan belongs to another experiment, or experiment.json was replaced by that of a smaller choice: put the "
            + "right one back.";

    public RuleOutcome Check(Dataset dataset)
    {
        IEnumerable<Finding> twice = dataset.PlannedTwice.Select(id => new Finding(id.ToString(), "the plan names it twice"));
        IEnumerable<Finding> wrong = dataset.Cases.Where(c => c.IsPlanned != c.Records.Count > 0).Select(c => c.IsPlanned
            ? new Finding(c.CaseId.ToString(), "no record") { IsUnfinished = true }
            : new Finding(c.CaseId.ToString(), $"not in the plan [{c.Records[0].Place}]"));
        return new RuleOutcome(twice.Concat(wrong),
            $"{dataset.Cases.Count(c => c.IsPlanned && c.Records.Count > 0)} of {dataset.Cases.Count(c => c.IsPlanned)} cases are there");
    }
}
