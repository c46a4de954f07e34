using Tandem.Analysis.Data;
using Tandem.Records.Cases;

namespace Tandem.Analysis.Rules;

/// <summary>No attempt was left out, and none goes by another's name.</summary>
internal sealed class AttemptRule : IRule
{
    private const int GapsNamed = 5;

    public string Id => "STORE-03";

    public string Title => "Attempts are numbered from 1 without gaps, each with an id of its own";

    public string Remedy =>
        "A gap means that a record was taken out of a run file, or a run file out of the store: put it back. If the attempt is in another "
        + "worker's store, './run.sh store merge' joins the two. Where one id stands for two attempts, records were copied by hand: keep "
        + "the original.";

    public RuleOutcome Check(Dataset dataset)
    {
        IEnumerable<Finding> numbers = dataset.Cases
            .SelectMany(runs => FaultsOf(dataset, runs).Select(what => new Finding(runs.CaseId.ToString(), what))
                .Concat(GapsOf(dataset, runs)));
        int attempts = dataset.Cases.Sum(runs => runs.Records.Count == 0 ? 0 : runs.Records.DistinctBy(r => r.Attempt).Count());
        return new RuleOutcome(RepeatedIds(dataset).Concat(numbers),
            $"{attempts} attempts at {dataset.Cases.Count(c => c.Records.Count > 0)} cases");
    }

    private static IEnumerable<Finding> RepeatedIds(Dataset dataset)
    {
        var owners = new Dictionary<string, (CaseId Case, int Attempt)>(StringComparer.Ordinal);
        foreach (AttemptResult record in dataset.Records)
        {
            if (!owners.TryAdd(record.AttemptId, (record.CaseId, record.Attempt)) && owners[record.AttemptId] is var owner
                && owner != (record.CaseId, record.Attempt))
                yield return Finding.At(record, $"attempt id {record.AttemptId} is also that of attempt {owner.Attempt} of {owner.Case}");
        }
    }

    private static IEnumerable<string> FaultsOf(Dataset dataset, CaseResults runs)
    {
        if (runs.Records.Count == 0 || (runs.Records.Count == 1 && runs.Records[0].Attempt == 1))
            yield break;
        foreach (IGrouping<int, AttemptResult> attempt in runs.Records.GroupBy(r => r.Attempt))
        {
            if (attempt.Key < 1)
                yield return $"attempt {attempt.Key}: numbers start at 1";
            if (attempt.DistinctBy(r => r.AttemptId).Count() > 1)
                yield return $"attempt {attempt.Key} goes by several attempt ids";
        }
    }

    /// <summary>Attempts that are not there. They may lie in the store of another worker, to be merged later.</summary>
    private static IEnumerable<Finding> GapsOf(Dataset dataset, CaseResults runs)
    {
        if (runs.Records.Count == 0)
            yield break;
        int last = runs.Records[^1].Attempt;
        HashSet<int> known = [.. runs.Records.Select(r => r.Attempt)];
        // An attempt that was killed may have left its folder and no record.
        if (known.Count < last)
            known.UnionWith(dataset.Layout.AttemptNumbers(runs.CaseId));
        for (int number = 1, named = 0; number < last && named < GapsNamed; number++)
        {
            if (known.Contains(number))
                continue;
            named++;
            yield return new Finding(runs.CaseId.ToString(),
                $"neither a record nor a folder of attempt {number}, though there is attempt {last}") with
            { IsUnfinished = true };
        }
    }
}
