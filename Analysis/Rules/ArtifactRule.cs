using Tandem.Analysis.Data;

namespace Tandem.Analysis.Rules;

/// <summary>What a counting record rests on can still be looked at. Sizes only; <c>--deep</c> reads the files.</summary>
internal sealed class ArtifactRule : IRule
{
    public string Id => "STORE-05";

    public string Title => "The files that a counting record names are there, with their sizes";

    public string Remedy => "Derived files can be made again without an agent (regenerate). Copy back what else was lost, or run the case again with --force.";

    public RuleOutcome Check(Dataset dataset)
    {
        RunFacts[] counting = [.. dataset.Counting];
        // A question to the file system per artifact: worth all processors.
        IEnumerable<Finding> findings = counting.AsParallel().AsOrdered().SelectMany(record => FaultsOf(dataset, record).Select(what => Finding.At(record, what)));
        return new RuleOutcome(findings, $"{counting.Sum(record => record.Artifacts.Length)} files of {counting.Length} records");
    }

    /// <summary>Whether a path stays in the folder that it is relative to.</summary>
    public static bool IsInside(string path) => path.AsSpan().ContainsAny('/', '\\') ? !path.Split('/', '\\').Any(IsNoName) : !IsNoName(path);

    private static bool IsNoName(string part) => part is "" or "." or "..";

    private static IEnumerable<string> FaultsOf(Dataset dataset, RunFacts record)
    {
        string folder = dataset.Layout.AttemptFolder(record.CaseId, record.Attempt);
        foreach (ArtifactSize artifact in record.Artifacts)
        {
            if (!IsInside(artifact.Path))
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
