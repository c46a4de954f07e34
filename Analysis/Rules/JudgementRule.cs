using Tandem.Analysis.Data;
using Tandem.Analysis.Formats;
using Tandem.Records.Cases;
using Tandem.Records.Judgements;
using Tandem.Records.Store;

namespace Tandem.Analysis.Rules;

/// <summary>What judges and imports of labels left can be read, belongs to the plan, and was not copied.</summary>
internal sealed class JudgementRule : IRule
{
    private const int GapsNamed = 5;

    public string Id => "STORE-13";

    public string Title => "Judgements and imported labels can be read, are of the plan's cases, and stand once";

    public string Remedy =>
        "A damaged line was not made by a crash unless it is the last: put the file back from a copy. Without a copy, delete the line; if "
        + "it is the first line, or the file is empty, delete the file, since nothing in it can be read. The runs can be judged again, and "
        + "the table of labels imported again. Of two records of one attempt, keep the original. Labels that contradict each other: delete "
        + "the wrong line.";

    public RuleOutcome Check(Dataset dataset)
    {
        JudgementFiles files = dataset.Judgements;
        HashSet<CaseId> planned = [.. dataset.Cases.Where(one => one.IsPlanned).Select(one => one.CaseId)];
        IEnumerable<Finding> findings = files.Faults.Concat(files.CallFaults).Select(OfFault)
            .Concat(files.Judgements.Where(stored => !planned.Contains(stored.Record.CaseId)).Select(stored => At(stored,
                $"it is of {stored.Record.CaseId}, which the plan does not name")))
            .Concat(files.Labels.Where(stored => !planned.Contains(stored.Record.CaseId)).Select(stored => new Finding(
                $"{stored.File}({stored.Line})", $"it is of {stored.Record.CaseId}, which the plan does not name")))
            .Concat(files.Judgements.Where(HoldsEmptyQuote).Select(stored => At(stored, "it says where an empty quote was found")))
            .Concat(files.Judgements.GroupBy(stored => stored.Record.JudgementId).SelectMany(OfAttempts));
        return new RuleOutcome(findings, files.Judgements.Count + files.Labels.Count == 0 ? "no judgements"
            : $"{CountText.Of(files.Judgements.Count, "judgement")}, {CountText.Of(files.Labels.Count, "imported label")}");
    }

    private static Finding OfFault(StoreFault fault) => new(fault.Line is int line ? $"{fault.File}({line})" : fault.File, fault.What,
        fault.IsTornEnd ? Severity.Warning : Severity.Error);

    private static Finding At(StoredJudgement stored, string what) => new($"{stored.File}({stored.Line})", what);

    private static bool HoldsEmptyQuote(StoredJudgement stored) => stored.Record.Labels
        .Any(label => label.Quotes.Any(quote => quote.Section is not null && string.IsNullOrWhiteSpace(quote.Text)));

    private static IEnumerable<Finding> OfAttempts(IGrouping<JudgementId, StoredJudgement> judgement)
    {
        var first = new Dictionary<int, StoredJudgement>();
        foreach (StoredJudgement stored in judgement)
        {
            if (!first.TryAdd(stored.Record.Attempt, stored) && first[stored.Record.Attempt] is var other)
                yield return At(stored,
                    $"attempt {stored.Record.Attempt} of {judgement.Key} stands in {other.File}({other.Line}) as well");
        }
        int last = first.Keys.Max();
        // A judge that was killed leaves no record, and its attempt is counted all the same.
        foreach (int gap in Enumerable.Range(1, last).Where(number => !first.ContainsKey(number)).Take(GapsNamed))
            yield return new Finding(judgement.Key.ToString(),
                $"no record of attempt {gap}, though there is attempt {last}: the judge was killed, or a record was taken out",
                Severity.Warning);
    }
}
