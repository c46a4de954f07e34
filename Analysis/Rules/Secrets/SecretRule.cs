using Tandem.Analysis.Data;
using Tandem.Records.Store;

namespace Tandem.Analysis.Rules.Secrets;

/// <summary>
/// A store can be handed on. The harness takes the keys that it knows out of what it writes; this looks for any, also for those that an
/// agent printed and the harness never knew. A text that only looks like a key, such as a repository's fixture, can be allowed by its
/// fingerprint: a line in <see cref="AllowedFile"/> beside experiment.json.
/// </summary>
internal sealed class SecretRule : IRule
{
    /// <summary>Fingerprints of texts that are no keys, one per line; the rest of a line is a comment.</summary>
    public const string AllowedFile = "not-secrets.txt";

    public string Id => "STORE-12";

    public string Title => "No file looks as if it held a key";

    public string Remedy =>
        $"If it is a key: revoke it, then delete the file or the case. If it only looks like one, write its fingerprint into a line of "
            + $"{AllowedFile} beside experiment.json.";

    public bool IsDeep => true;

    public RuleOutcome Check(Dataset dataset)
    {
        string root = dataset.Layout.ExperimentFolder;
        HashSet<string> allowed = Allowed(Path.Combine(root, AllowedFile));
        string[] files = [.. Files(dataset.Layout)];
        (string File, FoundSecret Secret)[] found =
            [.. files.AsParallel().AsOrdered()
            .SelectMany(file => Scan(file).Where(secret => !allowed.Contains(secret.Fingerprint)).Select(secret => (file, secret)))];
        Dictionary<string, AttemptResult> records = found.Length == 0
            ? [] : dataset.Records.DistinctBy(record => record.Place.ToString()).ToDictionary(record => record.Place.ToString());
        IEnumerable<Finding> findings = found.Select(one =>
        {
            string place = $"{Path.GetRelativePath(root, one.File).Replace(Path.DirectorySeparatorChar, '/')}({one.Secret.Line})";
            string what = $"what looks like {one.Secret.Kind}, fingerprint {one.Secret.Fingerprint}";
            return CaseOf(place) is string caseId ? new Finding(caseId, $"{what} [{place}]")
                : records.TryGetValue(place, out AttemptResult? record) ? Finding.At(record, what)
                : new Finding(place, what);
        });
        return new RuleOutcome(findings, $"{files.Length} files searched");
    }

    // Results, report and exports are made of these.
    private static IEnumerable<string> Files(StoreLayout layout)
    {
        IEnumerable<string> artifacts = Directory.Exists(layout.ArtifactsFolder)
            ? Directory.EnumerateFiles(layout.ArtifactsFolder, "*", new EnumerationOptions
            { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }).Order(StringComparer.Ordinal)
            : [];
        return [layout.PlanFile, .. layout.RunFiles(), .. layout.JudgementFiles(), .. layout.JudgementCallFiles(), .. layout.LabelFiles(),
            .. artifacts];
    }

    private static List<FoundSecret> Scan(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return SecretScan.Of(stream);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            // It was deleted since the folder was listed.
            return [];
        }
    }

    // artifacts/<case id>/attempt<n>/<file>
    private static string? CaseOf(string place)
    {
        string[] parts = place.Split('/');
        int attempt = Array.FindIndex(parts, part => part.StartsWith("attempt", StringComparison.Ordinal) && part.Length > 7
            && part.AsSpan(7).IndexOfAnyExceptInRange('0', '9') < 0);
        return parts[0] == "artifacts" && attempt > 1 ? string.Join('/', parts[1..attempt]) : null;
    }

    private static HashSet<string> Allowed(string path) =>
        !File.Exists(path) ? [] : [.. File.ReadLines(path).Select(line => line.Split(' ', '\t')[0]).Where(word => word.Length > 0)];
}
