using Tandem.Analysis.Data;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Rules;

/// <summary>Tests run in one process with what agents wrote, so that a pass can be forged. A mark is a reason to look, no proof.</summary>
internal sealed class SuspectRule : IRule
{
    public string Id => "STORE-16";

    public string Title => "Passing verdicts have no marks";

    public string Remedy =>
        "Read the marked lines on the run's page, or in merged.patch of the attempt. Where tests were forged, say so beside the numbers: "
        + "the verdict stays as it is. docs/task-sets.md says what the rules look for.";

    public RuleOutcome Check(Dataset dataset)
    {
        AttemptResult[] passed = [.. dataset.Counting.Where(record => record.Verdict == true)];
        AttemptResult[] marked = [.. passed.Where(record => record.IsSuspect)];
        int unseen = passed.Count(record => record.Suspect is null);
        return new RuleOutcome(
            marked.Select(record => Finding.At(record, $"passed, and is marked: {record.Suspect}") with { Severity = Severity.Warning }),
            $"{marked.Length} of {passed.Length - unseen} passing verdicts are marked"
                + (unseen == 0 ? "" : $"; {unseen} were not looked at (older or imported records)"));
    }
}
