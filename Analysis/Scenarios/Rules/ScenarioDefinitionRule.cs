using Tandem.Analysis.Rules;
using Tandem.Records.Store;

namespace Tandem.Analysis.Scenarios.Rules;

/// <summary>
/// Definitions may change while an experiment grows. What was asked in another way counts no more, which is said; what counts must have
/// been checked by the present expectations.
/// </summary>
internal sealed class ScenarioDefinitionRule : IScenarioRule
{
    public string Id => "SCEN-05";

    public string Title => "What counts was asked and checked by the present definition";

    public string Remedy =>
        "'./run.sh --experiment NAME' makes the checks again where only expectations changed, without asking the model, and runs what was "
        + "asked in another way.";

    public RuleOutcome Check(ScenarioDataset dataset)
    {
        IEnumerable<Finding> due = dataset.Cases.Where(one => one.Standing?.Status == RunStatus.Results)
            .Select(one => ScenarioFinding.At(one.Counting!, "its checks are of other expectations than the plan's; to make them again: "
                + ScenarioFinding.RunCommand(dataset.Layout.Experiment)) with
            { IsUnfinished = true });
        IEnumerable<Finding> other = dataset.Cases.Where(one => one.Standing?.Status == RunStatus.Completed
                && !one.Counting!.Record.Checks.Select(check => check.Check).SequenceEqual(one.Planned!.Checks))
            .Select(one => ScenarioFinding.At(one.Counting!, "it has the digest of the plan's expectations, but other checks"));
        StoredScenario[] stale = [.. dataset.Cases.SelectMany(one => one.Stored.Except(one.Own))];
        IEnumerable<Finding> counted = stale.Select(stored => ScenarioFinding.At(stored,
            "stale: it was asked by another definition, and counts no more", Severity.Warning));
        Finding[] changed = [.. dataset.Files.Where(file => file.Metadata is not null)
            .Select(file => (file.Name, Changed: ChangedFiles(dataset, file)))
            .Where(file => file.Changed.Length > 0)
            .Select(file => new Finding(file.Name, $"begun with other definition files: {string.Join(", ", file.Changed)}",
                Severity.Warning))];
        return new RuleOutcome([.. due, .. other, .. counted, .. changed],
            $"{stale.Length} stale records, which no number counts; {changed.Length} of {dataset.Files.Count} files begun with other "
            + "definition files");
    }

    private static string[] ChangedFiles(ScenarioDataset dataset, ScenarioFile file) =>
        [.. dataset.Plan.DefinitionDigests.Keys.Union(file.Metadata!.DefinitionDigests.Keys)
            .Where(name => dataset.Plan.DefinitionDigests.GetValueOrDefault(name)
                != file.Metadata.DefinitionDigests.GetValueOrDefault(name))
            .Order(StringComparer.Ordinal)];
}
