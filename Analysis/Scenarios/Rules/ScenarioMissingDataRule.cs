using Tandem.Analysis.Rules;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Scenarios;

namespace Tandem.Analysis.Scenarios.Rules;

/// <summary>
/// A fault of the infrastructure is no failure of the model, and is counted as missing data; so no try may be left out of the store, and
/// none may be called missing for what the model did.
/// </summary>
internal sealed class ScenarioMissingDataRule : IScenarioRule
{
    private const int GapsNamed = 5;

    public string Id => "SCEN-06";

    public string Title => "Missing data is missing for the infrastructure's faults alone, and no attempt is left out";

    public string Remedy =>
        "A gap means that a record was taken out of a file, or a file out of the store: put it back. An error that is the model's own "
        + "doing must be a verdict: find out which version of the harness wrote the record, and run the case again with --force.";

    public RuleOutcome Check(ScenarioDataset dataset)
    {
        ScenarioRecord[] records = [.. dataset.Records.Select(stored => stored.Record)
            .DistinctBy(record => (record.CaseId, record.Attempt))];
        IEnumerable<Finding> own = dataset.Records.Where(stored => stored.Record.Error?.Class == ErrorClass.Agent)
            .Select(stored => ScenarioFinding.At(stored, "its error is of the class 'agent', which is no infrastructure error"));
        IEnumerable<Finding> gaps = dataset.Cases.Concat(dataset.Unplanned).SelectMany(one => Gaps(dataset, one));
        int errors = records.Count(record => record.Error is not null && !record.Interrupted);
        IEnumerable<string> classes = records.Where(record => record.Error is not null && !record.Interrupted)
            .CountBy(record => EnumNames.NameOf(record.Error!.Class)).OrderBy(count => count.Key, StringComparer.Ordinal)
            .Select(count => $"{count.Key} {count.Value}");
        return new RuleOutcome([.. own, .. gaps],
            $"{errors} infrastructure errors{(errors == 0 ? "" : $" ({string.Join(", ", classes)})")}, "
            + $"{records.Count(record => record.Interrupted)} interrupted, {records.Sum(record => record.Reruns)} reruns within attempts; "
            + $"none of them is a failure");
    }

    private static IEnumerable<Finding> Gaps(ScenarioDataset dataset, ScenarioCase one)
    {
        HashSet<int> known = [.. one.Records.Select(record => record.Attempt)];
        if (known.Count == 0 || known.Count == known.Max())
            return [];
        return Enumerable.Range(1, known.Max() - 1)
            .Where(number => !known.Contains(number) && !dataset.Begun.Contains((one.Id, number))).Take(GapsNamed)
            .Select(number => ScenarioFinding.Of(one, $"no record of attempt {number}, though there is attempt {known.Max()}"));
    }
}
