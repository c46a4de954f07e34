using Tandem.Analysis.Data;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Rules;

/// <summary>The store's books are in order: attempts, cases and files are all there, once.</summary>
internal sealed class StoreRule : IRule
{
    public string Id => "STORE-01";

    public string Title => "Attempts are numbered without gaps, one record counts per case, and its files are there";

    public string Remedy =>
        "Derived files can be made again without an agent (regenerate). Copy back what else was lost, or run the case again with --force. "
        + "Where two records claim one attempt, two stores were merged that should not have been.";

    public RuleOutcome Check(Dataset dataset)
    {
        // A question to the file system per artifact: worth all processors.
        IEnumerable<Finding> cases = dataset.Cases.AsParallel().AsOrdered().SelectMany(runs => FaultsOf(dataset, runs));
        RunFacts[] reRolls = [.. dataset.Cases.SelectMany(ReRolls)];
        IEnumerable<Finding> asked = reRolls.Select(r => Finding.At(r, $"attempt {r.Attempt} was asked for ({EnumNames.NameOf(r.AttemptReason)})") with { Severity = Severity.Warning });
        return new RuleOutcome(
            [.. dataset.PlannedTwice.Select(id => new Finding(id.ToString(), "the plan names it twice")), .. RepeatedIds(dataset), .. cases, .. asked],
            Note(reRolls, dataset.Cases.Count(CountsByReRoll)));
    }

    private static string Note(RunFacts[] reRolls, int counting)
    {
        int forced = reRolls.Count(r => r.AttemptReason == AttemptReason.Force);
        return $"{reRolls.Length} re-rolls ({forced} force, {reRolls.Length - forced} status), {counting} of them in place of an earlier record that counted";
    }

    private static IEnumerable<RunFacts> ReRolls(CaseRuns runs) => runs.Runs.Where(r => r.AttemptReason != AttemptReason.Due).DistinctBy(r => r.Attempt);

    private static bool CountsByReRoll(CaseRuns runs) =>
        runs.Counting is { AttemptReason: not AttemptReason.Due } counting && runs.Runs.Any(r => !r.IsMissingData && r.Attempt < counting.Attempt);

    private static IEnumerable<Finding> FaultsOf(Dataset dataset, CaseRuns runs)
    {
        if (runs.Runs.Count == 0)
            return [];
        IEnumerable<string> attempts = FaultsOfAttempts(dataset, runs);
        IEnumerable<Finding> findings = attempts.Select(what => new Finding(runs.CaseId.ToString(), what));
        if (!runs.IsPlanned)
            findings = findings.Prepend(new Finding(runs.CaseId.ToString(), $"not in the plan [{runs.Runs[0].Place}]"));
        return runs.Counting is RunFacts counting
            ? findings.Concat(FaultsOfArtifacts(dataset, counting).Select(what => Finding.At(counting, what)))
            : findings;
    }

    private static IEnumerable<Finding> RepeatedIds(Dataset dataset)
    {
        var owners = new Dictionary<string, (CaseId Case, int Attempt)>(StringComparer.Ordinal);
        foreach (RunFacts record in dataset.Records)
        {
            if (!owners.TryAdd(record.AttemptId, (record.CaseId, record.Attempt)) && owners[record.AttemptId] is var owner && owner != (record.CaseId, record.Attempt))
                yield return Finding.At(record, $"attempt id {record.AttemptId} is also that of attempt {owner.Attempt} of {owner.Case}");
        }
    }

    private static IEnumerable<string> FaultsOfAttempts(Dataset dataset, CaseRuns runs)
    {
        foreach (IGrouping<int, RunFacts> attempt in runs.Runs.GroupBy(r => r.Attempt))
        {
            if (attempt.Key < 1)
                yield return $"attempt {attempt.Key}: numbers start at 1";
            if (attempt.DistinctBy(r => r.AttemptId).Count() > 1)
                yield return $"attempt {attempt.Key} goes by several attempt ids";
            foreach (IGrouping<int, RunFacts> same in attempt.GroupBy(r => r.Revision).Where(g => g.Count() > 1))
                yield return $"attempt {attempt.Key} has {same.Count()} records of revision {same.Key}; which one counts? [{string.Join(", ", same.Select(r => r.Place))}]";
        }
        int last = runs.Runs[^1].Attempt;
        HashSet<int> known = [.. runs.Runs.Select(r => r.Attempt)];
        // An attempt that was killed may have left its folder and no record.
        if (known.Count < last)
            known.UnionWith(dataset.Layout.AttemptNumbers(runs.CaseId));
        for (int number = 1, named = 0; number < last && named < 5; number++)
        {
            if (known.Contains(number))
                continue;
            named++;
            yield return $"neither a record nor a folder of attempt {number}, though there is attempt {last}";
        }
    }

    private static IEnumerable<string> FaultsOfArtifacts(Dataset dataset, RunFacts record)
    {
        string folder = dataset.Layout.AttemptFolder(record.CaseId, record.Attempt);
        foreach (ArtifactSize artifact in record.Artifacts)
        {
            if (artifact.Path.Split('/', '\\').Any(part => part is "" or "." or ".."))
            {
                yield return $"the artifact's path '{artifact.Path}' leads out of its folder";
                continue;
            }
            var file = new FileInfo(Path.Combine(folder, artifact.Path));
            if (!file.Exists)
                yield return $"{artifact.Path} is missing";
            else if (file.Length != artifact.Bytes)
                yield return $"{artifact.Path} has {file.Length} bytes, not {artifact.Bytes}";
        }
    }
}
