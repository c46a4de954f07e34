using Tandem.Analysis.Data;

namespace Tandem.Analysis.Rules;

/// <summary>Buckets are tenths of the difficulty, by definition and not by rounding.</summary>
internal sealed class BucketRule : IRule
{
    public string Id => "FIG4-02";

    public string Title => "Buckets are 0 to 9 and follow from the solo verdicts";

    public string Remedy =>
        "Run files hold no bucket; only collect computes it. Collect again; if a run file holds one, find out what wrote it.";

    public RuleOutcome Check(Dataset dataset)
    {
        DifficultyTable table = dataset.Difficulties;
        IEnumerable<Finding> computed = table.ByPair
            .Where(pair => !Holds(pair.Value))
            .Select(pair => new Finding(pair.Key, $"bucket {pair.Value.Bucket} for {pair.Value.Passed} of {pair.Value.Runs} passed"));
        IEnumerable<Finding> stored = Contradicting(dataset.Records, table);
        IReadOnlyList<AttemptResult> results = dataset.Results.Records;
        IEnumerable<Finding> collected = Contradicting(results, DifficultyTable.Of(results));
        int[] records = [.. dataset.Chosen.Select(r => table.For(r.CaseId)?.Bucket).OfType<int>()];
        int[] pairs = [.. table.ByPair.Values.Select(d => d.Bucket)];
        return new RuleOutcome(
            [.. computed, .. stored, .. collected],
            $"{pairs.Distinct().Count()} of {Difficulty.Buckets} buckets are populated",
            Row("bucket", Enumerable.Range(0, Difficulty.Buckets)),
            Row("records", Population(records)),
            Row("pairs", Population(pairs)));
    }

    // The definition, without the division: b tenths are at most the failed share, b + 1 are more; the last bucket holds its upper end too.
    private static bool Holds(Difficulty difficulty)
    {
        long failed = 10L * (difficulty.Runs - difficulty.Passed);
        long bucket = difficulty.Bucket;
        return bucket is >= 0 and < Difficulty.Buckets
            && bucket * difficulty.Runs <= failed
            && (failed < (bucket + 1) * difficulty.Runs || bucket == Difficulty.Buckets - 1);
    }

    // Null is no contradiction: a pair's difficulty may be unknown, or left out on purpose.
    private static IEnumerable<Finding> Contradicting(IEnumerable<AttemptResult> records, DifficultyTable table)
    {
        foreach (AttemptResult record in records)
        {
            Difficulty? difficulty = table.For(record.CaseId);
            if ((record.Bucket is not null && record.Bucket != difficulty?.Bucket)
                || (record.Difficulty is not null && record.Difficulty != difficulty?.Value))
                yield return Finding.At(record,
                    $"difficulty {record.Difficulty}, bucket {record.Bucket}; by its pair's solo runs {difficulty?.Value}, "
                    + $"{difficulty?.Bucket}");
        }
    }

    private static IEnumerable<int> Population(int[] buckets) =>
        Enumerable.Range(0, Difficulty.Buckets).Select(bucket => buckets.Count(b => b == bucket));

    private static string Row(string name, IEnumerable<int> values) => $"{name,-8}{string.Concat(values.Select(value => $"{value,6}"))}";
}
