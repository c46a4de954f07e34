using Tandem.Analysis.Data;

namespace Tandem.Analysis.Rules.Deep;

/// <summary>Goes once over all records and their files, for any number of rules, on all processors. What it holds at a time is one
/// attempt's files per processor.</summary>
internal static class DeepPass
{
    /// <exception cref="UnreadableStoreException">A run file was changed meanwhile.</exception>
    public static IReadOnlyList<RuleOutcome> Run(Dataset dataset, IReadOnlyList<DeepRule> rules)
    {
        if (rules.Count == 0)
            return [];
        CaseResults[] cases = [.. dataset.Cases.Where(runs => runs.Records.Count > 0)];
        var sights = new Sight[cases.Length][];
        Parallel.For(
            0,
            cases.Length,
            () => new RecordSource(dataset.Layout),
            (i, _, source) =>
            {
                sights[i] = Look(dataset, cases[i], source, rules);
                return source;
            },
            source => source.Dispose());
        return [.. rules.Select((rule, i) =>
            new RuleOutcome(sights.SelectMany(of => of[i].Findings), rule.Note(sights.Sum(of => of[i].Looked))))];
    }

    private static Sight[] Look(Dataset dataset, CaseResults runs, RecordSource source, IReadOnlyList<DeepRule> rules)
    {
        var sights = new Sight[rules.Count];
        Array.Fill(sights, new Sight(0, []));
        // What a regeneration made again stands in the latest revision; the files of earlier ones may be what it was made for.
        foreach (AttemptResult facts in runs.Records.GroupBy(record => record.Attempt).SelectMany(LatestRevision))
        {
            var attempt = new AttemptFiles(facts, source.Record(facts.Place), dataset.Layout.AttemptFolder(facts.CaseId, facts.Attempt))
            { IsCounting = ReferenceEquals(facts, runs.Counting) };
            for (int i = 0; i < rules.Count; i++)
            {
                var findings = new List<Finding>();
                int looked = rules[i].Look(attempt, findings);
                sights[i] = new Sight(sights[i].Looked + looked, findings.Count == 0 ? sights[i].Findings
                    : [.. sights[i].Findings, .. findings]);
            }
        }
        return sights;
    }

    private static IEnumerable<AttemptResult> LatestRevision(IGrouping<int, AttemptResult> attempt) =>
        attempt.Max(record => record.Revision) is var latest ? attempt.Where(record => record.Revision == latest) : [];

    private readonly record struct Sight(int Looked, IReadOnlyList<Finding> Findings);
}
