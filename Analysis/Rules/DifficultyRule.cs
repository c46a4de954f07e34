using Tandem.Analysis.Data;
using Tandem.Records.Cases;

namespace Tandem.Analysis.Rules;

/// <summary>Every record gets a difficulty, which comes from its pair's solo runs.</summary>
internal sealed class DifficultyRule : IRule
{
    public string Id => "FIG4-01";

    public string Title => "Every record has a difficulty once collected";

    public string Remedy =>
        "The difficulty comes from the pair's solo runs: run those that are missing or failed, then collect again, without "
        + "--skip-difficulty.";

    public RuleOutcome Check(Dataset dataset)
    {
        if (!dataset.PlannedSettings.Contains(Setting.Solo))
            return new RuleOutcome([], "not applicable, the plan has no solo setting");
        string[] pairs = [.. dataset.Chosen.Select(record => record.CaseId.PairKey).Distinct()];
        string[] unknown = [.. pairs.Where(pair => !dataset.Difficulties.ByPair.ContainsKey(pair))];
        IEnumerable<Finding> withoutSolo = unknown
            .Select(pair => new Finding(pair, "no solo record of the pair counts") { IsUnfinished = true });
        IEnumerable<Finding> leftOut = dataset.Results.Records
            .Where(record => record.Difficulty is null && dataset.Difficulties.For(record.CaseId) is not null)
            .Select(record => new Finding(record.Place.ToString(), $"{record.CaseId} has no difficulty, though its pair has one"));
        return new RuleOutcome(withoutSolo.Concat(leftOut), $"{pairs.Length - unknown.Length} of {pairs.Length} pairs have one");
    }
}
