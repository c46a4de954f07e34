using Tandem.Analysis.Data;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Rules;

/// <summary>What a counting record rests on can still be looked at. Sizes only; <c>--deep</c> reads the files.</summary>
internal sealed class ArtifactRule : IRule
{
    public string Id => "STORE-05";

    public string Title => "The files that a counting record names are there, with their sizes";

    public string Remedy =>
        "'./run.sh regenerate NAME' makes derived files again, without an agent, and names what else was lost: copy that back, or run the "
        + "case again with --force.";

    public RuleOutcome Check(Dataset dataset)
    {
        CaseResults[] counting = [.. dataset.Cases.Where(runs => runs.Counting is not null)];
        // A question to the file system per artifact: worth all processors.
        IEnumerable<Finding> findings = counting.AsParallel().AsOrdered().SelectMany(runs => Check(dataset, runs, runs.Counting!));
        return new RuleOutcome(findings, $"{counting.Sum(runs => runs.Counting!.Artifacts.Length)} files of {counting.Length} records");
    }

    // What was lost and made again from the agents' work stands in an attempt of its own, which does not count in place of the first.
    private static IEnumerable<Finding> Check(Dataset dataset, CaseResults runs, AttemptResult record)
    {
        Finding[] findings = [.. FaultsOf(dataset, record).Select(what => Finding.At(record, what))];
        return findings.Length > 0
            && runs.Records.FirstOrDefault(run => IsMadeAgain(run, record) && !FaultsOf(dataset, run).Any()) is AttemptResult again
            ? findings.Select(finding =>
            finding with { What = $"made again in attempt {again.Attempt}: {finding.What}", Severity = Severity.Warning })
            : findings;
    }

    private static bool IsMadeAgain(AttemptResult run, AttemptResult record) =>
        run.AttemptKind == AttemptKind.Regrade && run.Attempt > record.Attempt && !run.IsMissingData && run.Artifacts.Length > 0;

    private static IEnumerable<string> FaultsOf(Dataset dataset, AttemptResult record)
    {
        string folder = dataset.Layout.AttemptFolder(record.CaseId, record.Attempt);
        foreach (ArtifactSize artifact in record.Artifacts)
        {
            var file = new FileInfo(Path.Combine(folder, artifact.Path));
            if (file.LinkTarget is not null)
                yield return $"{artifact.Path} is a link; a store holds only files of its own";
            else if (!file.Exists)
                yield return $"{artifact.Path} is missing";
            else if (file.Length != artifact.Bytes)
                yield return $"{artifact.Path} has {file.Length} bytes, not {artifact.Bytes}";
        }
    }
}
