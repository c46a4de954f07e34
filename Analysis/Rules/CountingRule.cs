using System.Globalization;
using Tandem.Analysis.Data;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Rules;

/// <summary>
/// A case is one number in a metric. Missing data gives none, which is a warning; two candidates of the same rank are an error. Re-rolls
/// are listed, see <see cref="ReRolls"/>.
/// </summary>
internal sealed class CountingRule : IRule
{
    public string Id => "STORE-04";

    public string Title => "One record counts per case";

    public string Remedy =>
        "Two records claim the same attempt: two stores were merged that should not have been, or a run file was copied within the store. "
        + "Take the copy out.";

    public RuleOutcome Check(Dataset dataset)
    {
        IEnumerable<Finding> ambiguous = dataset.Cases
            .SelectMany(runs => Ambiguities(runs).Select(what => new Finding(runs.CaseId.ToString(), what)));
        IEnumerable<Finding> none = dataset.Cases
            .Where(runs => runs.Records.Count > 0 && runs.Counting is null)
            .Select(runs => Finding.At(runs.Records[^1], $"missing data: none of its {runs.Records.Count} records counts") with
            { Severity = Severity.Warning });
        AttemptResult[] reRolls = [.. dataset.Cases.SelectMany(ReRolls.Of)];
        IEnumerable<Finding> asked = reRolls.Select(r =>
            Finding.At(r, $"attempt {r.Attempt} was asked for ({EnumNames.NameOf(r.AttemptReason)})") with { Severity = Severity.Warning });
        return new RuleOutcome([.. ambiguous, .. none, .. asked], Note(dataset, reRolls));
    }

    private static string Note(Dataset dataset, AttemptResult[] reRolls)
    {
        int forced = reRolls.Count(r => r.AttemptReason == AttemptReason.Force);
        int regraded = reRolls.Count(r => r.AttemptReason == AttemptReason.Regrade);
        int repaired = dataset.Cases.Sum(runs => ReRolls.Asked(runs).Count(record => ReRolls.IsOnAnotherImage(runs, record)));
        int instead = dataset.Cases.Count(ReRolls.Decide);
        return $"{dataset.Counting.Count()} of {dataset.Cases.Count(c => c.Records.Count > 0)} cases with records have one; "
            + $"{reRolls.Length} re-rolls ({forced} force, {reRolls.Length - forced - regraded} status"
            + $"{(regraded == 0 ? "" : $", {regraded} regrade")}), {instead} of them in place of an earlier record that counted"
            + Sunk(dataset)
            + (repaired == 0 ? "" : $"; {repaired} more attempts were asked for on another image than the one before, which is no re-roll");
    }

    /// <summary>What workers had done whose case went to another one.</summary>
    private static string Sunk(Dataset dataset)
    {
        AttemptResult[] lost = [.. dataset.Cases.SelectMany(runs => runs.Records.Where(r => r.ErrorClass == ErrorClass.ClaimLost)
            .GroupBy(r => r.Attempt).Select(revisions => revisions.Last()))];
        return lost.Length == 0 ? "" : string.Create(CultureInfo.InvariantCulture,
            $"; {lost.Length} {(lost.Length == 1 ? "attempt counts" : "attempts count")} for nothing, since the worker lost the case to "
            + $"another one: {lost.Sum(r => r.TotalCost ?? 0):0.00##} USD"
            + $"{(lost.Any(r => r.TotalCost is null) ? " and unknown costs" : "")}");
    }

    private static IEnumerable<string> Ambiguities(CaseResults runs)
    {
        for (int i = 1; i < runs.Records.Count; i++)
        {
            AttemptResult one = runs.Records[i];
            AttemptResult[] same = [.. runs.Records.Where(r => (r.Attempt, r.Revision) == (one.Attempt, one.Revision))];
            // Reported once, at the second of them.
            if (same.Length > 1 && ReferenceEquals(same[1], one))
                yield return $"attempt {same[0].Attempt} has {same.Length} records of revision {same[0].Revision}; which one counts? "
                    + $"[{string.Join(", ", same.Select(r => r.Place))}]";
        }
    }
}
