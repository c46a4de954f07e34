using Tandem.Analysis.Rules;

namespace Tandem.Analysis.Scenarios.Rules;

/// <summary>A repetition of which nothing is there is more than some cases that are missing: no file of it was ever begun.</summary>
internal sealed class ScenarioRepetitionRule : IScenarioRule
{
    public string Id => "SCEN-04";

    public string Title => "Every repetition of every variant has records that count";

    public string Remedy => "'./run.sh --experiment NAME' runs what is missing. A file of results that was taken out must be put back.";

    public RuleOutcome Check(ScenarioDataset dataset)
    {
        (string Variant, int Rep)[] present = [.. dataset.Cases.Where(one => one.Counting is not null)
            .Select(one => (one.Id.Variant, one.Id.Repetition)).Distinct()];
        (string Variant, int Rep)[] absent = [.. dataset.Cases.Select(one => (one.Id.Variant, one.Id.Repetition)).Distinct()
            .Except(present)];
        return new RuleOutcome(
            absent.Select(one => new Finding($"variant {one.Variant}", $"nothing that counts of repetition {one.Rep} of "
                + $"{dataset.Plan.Repetitions}; to complete it: {ScenarioFinding.RunCommand(dataset.Layout.Experiment)}")
            { IsUnfinished = true }),
            $"{present.Length} of {present.Length + absent.Length} ({dataset.Plan.Variants.Count} variants, {dataset.Plan.Repetitions} "
            + $"repetitions)");
    }
}
