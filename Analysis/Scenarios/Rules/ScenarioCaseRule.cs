using Tandem.Analysis.Rules;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;

namespace Tandem.Analysis.Scenarios.Rules;

/// <summary>
/// Over all files of a variant and repetition each scenario counts once. Several files are no fault: a run that was continued begins new
/// ones. What somebody asked to be run again is listed: whoever asks for it sees the outcome first.
/// </summary>
internal sealed class ScenarioCaseRule : IScenarioRule
{
    public string Id => "SCEN-02";

    public string Title => "Each case of the plan has exactly one record that counts";

    public string Remedy =>
        "Where cases are missing: './run.sh --experiment NAME' runs them and no others. Where two records claim to count, two stores were "
        + "merged or a file was copied within the store: take the copy out.";

    public RuleOutcome Check(ScenarioDataset dataset)
    {
        Finding[] missing = [.. dataset.Cases.Where(one => one.Counting is null)
            .Select(one => ScenarioFinding.Of(one, Missing(dataset, one)) with { IsUnfinished = true })];
        IEnumerable<Finding> twice = dataset.Cases.SelectMany(Ambiguities);
        IEnumerable<Finding> asked = dataset.Cases.SelectMany(one => one.Own
            .Where(stored => stored.Record.AttemptReason != AttemptReason.Due).DistinctBy(stored => stored.Record.Attempt)
            .Select(stored => ScenarioFinding.At(stored, $"attempt {stored.Record.Attempt} was asked for "
                + $"({EnumNames.NameOf(stored.Record.AttemptReason)})", Severity.Warning)));
        IEnumerable<Finding> unplanned = dataset.Unplanned.Select(one => ScenarioFinding.Of(one,
            $"the plan does not have this case; its {Records(one.Records.Count)} left out of every number", Severity.Warning));
        IEnumerable<Finding> unmade = dataset.Cases.Where(one => one.Planned is null).DistinctBy(one => (one.Id.Variant, one.Id.Scenario))
            .Select(one => new Finding("experiment.json", $"the plan has no conversation of {one.Id.Scenario} under {one.Id.Variant}"));
        return new RuleOutcome([.. unmade, .. missing, .. twice, .. asked, .. unplanned],
            $"{dataset.Counting.Count()} of {dataset.Cases.Count} cases have one, {missing.Length} have none; "
            + $"{dataset.Unplanned.Count} cases outside of the plan");
    }

    private static string Missing(ScenarioDataset dataset, ScenarioCase one)
    {
        string why = one.Standing switch
        {
            { Status: RunStatus.Failed, Record: { Error: { } error } record } =>
                $"missing data: all tries failed, the last one by {EnumNames.NameOf(error.Class)} [{PlaceOf(one, record)}]",
            { Status: RunStatus.Partial, Record: { } record } => $"missing data: interrupted [{PlaceOf(one, record)}]",
            { Status: RunStatus.Partial } => "missing data: begun, and no record was left",
            { IsStale: true } => "no record of the present definition; it has records of an earlier one",
            _ => "no record",
        };
        return $"{why}; to complete it: {ScenarioFinding.RunCommand(dataset.Layout.Experiment)}";
    }

    private static string PlaceOf(ScenarioCase one, ScenarioRecord record) =>
        one.Stored.First(stored => ReferenceEquals(stored.Record, record)) is var stored ? $"{stored.File}({stored.Line})" : "";

    private static IEnumerable<Finding> Ambiguities(ScenarioCase one)
    {
        StoredScenario[] own = [.. one.Own.Where(stored => !stored.Record.IsMissingData)];
        foreach (IGrouping<(int, int), StoredScenario> same in own.GroupBy(stored => (stored.Record.Attempt, stored.Record.Revision))
            .Where(group => group.Count() > 1))
            yield return ScenarioFinding.Of(one, $"attempt {same.Key.Item1} has {same.Count()} records of revision {same.Key.Item2}; which "
                + $"one counts? [{string.Join(", ", same.Select(stored => $"{stored.File}({stored.Line})"))}]");
        int[] due = [.. own.Where(stored => stored.Record.AttemptReason == AttemptReason.Due).Select(stored => stored.Record.Attempt)
            .Distinct()];
        if (due.Length > 1)
            yield return ScenarioFinding.Of(one, $"attempts {string.Join(" and ", due)} both came to an end, and nobody asked for the "
                + $"later one; attempt {due[0]} counts");
    }

    private static string Records(int count) => count == 1 ? "record is" : $"{count} records are";
}
