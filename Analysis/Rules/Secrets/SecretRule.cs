using Tandem.Analysis.Data;
using Tandem.Records.Store;

namespace Tandem.Analysis.Rules.Secrets;

/// <summary>
/// A store can be handed on. The harness takes the keys that it knows out of what it writes; this looks for any, also for those that an
/// agent printed and the harness never knew. A text that only looks like a key, such as a repository's fixture, can be allowed by its
/// fingerprint: a line in <see cref="SecretSearch.AllowedFile"/> beside experiment.json.
/// </summary>
internal sealed class SecretRule : IRule
{
    public string Id => "STORE-12";

    public string Title => "No file looks as if it held a key";

    public string Remedy => SecretSearch.Remedy;

    public bool IsDeep => true;

    public RuleOutcome Check(Dataset dataset)
    {
        string root = dataset.Layout.ExperimentFolder;
        string[] files = [.. Files(dataset.Layout)];
        IReadOnlyList<(string File, FoundSecret Secret)> found = SecretSearch.In(root, files);
        Dictionary<string, AttemptResult> records = found.Count == 0
            ? [] : dataset.Records.DistinctBy(record => record.Place.ToString()).ToDictionary(record => record.Place.ToString());
        IEnumerable<Finding> findings = found.Select(one =>
        {
            string place = SecretSearch.PlaceOf(root, one.File, one.Secret);
            string what = SecretSearch.WordsOf(one.Secret);
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

    // artifacts/<case id>/attempt<n>/<file>
    private static string? CaseOf(string place)
    {
        string[] parts = place.Split('/');
        int attempt = Array.FindIndex(parts, part => part.StartsWith("attempt", StringComparison.Ordinal) && part.Length > 7
            && part.AsSpan(7).IndexOfAnyExceptInRange('0', '9') < 0);
        return parts[0] == "artifacts" && attempt > 1 ? string.Join('/', parts[1..attempt]) : null;
    }
}
