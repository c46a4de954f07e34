using System.Globalization;
using Tandem.Analysis.Upstream;
using Tandem.Records.Cases;
using Tandem.Records.Json;

namespace Tandem.Analysis.Importing;

/// <summary>One case in a run's folder.</summary>
/// <param name="CaseId">What it is of ours.</param>
/// <param name="Folder">Absolute.</param>
/// <param name="Name">Relative to the folder that is imported, with '/'.</param>
internal sealed record UpstreamCase(CaseId CaseId, string Folder, string Name);

/// <summary>Finds the cases in a run's folder: <c>RUN/solo/REPO_task/ID/f1_f2</c>.</summary>
internal static class UpstreamCases
{
    private const string RepoEnding = "_task";

    /// <summary>Whether repositories stand right in a run's folder, as they did before there were settings.</summary>
    public static bool IsLegacy(string runFolder) =>
        File.Exists(Path.Combine(runFolder, UpstreamNames.Config)) && Directory.EnumerateDirectories(runFolder, "*" + RepoEnding).Any();

    /// <summary>The cases, in ordinal order of their folders; what else lies there gives a warning.</summary>
    public static IReadOnlyList<UpstreamCase> Of(UpstreamRun run, ImportWarnings warnings)
    {
        string expected = run.SettingFolder;
        var cases = new List<UpstreamCase>();
        foreach (Entry entry in Entries(new Entry(run.Folder, run.Name), warnings))
        {
            string name = Path.GetFileName(entry.Folder);
            if (name == expected)
                cases.AddRange(Entries(entry, warnings).SelectMany(repo => OfRepository(run, repo, warnings)));
            else if (name.EndsWith(RepoEnding, StringComparison.Ordinal) && IsLegacy(run.Folder))
                cases.AddRange(OfRepository(run, entry, warnings));
            else
                warnings.Add(entry.Name,
                    $"is left out: '{run.Name}' is imported as {EnumNames.NameOf(run.Cell.Setting)}, whose cases lie in {expected}/");
        }
        return [.. cases.OrderBy(found => found.CaseId.Repo, StringComparer.Ordinal).ThenBy(found => found.CaseId.TaskId)
            .ThenBy(found => found.CaseId.Features[0]).ThenBy(found => found.CaseId.Features[1])];
    }

    private static IEnumerable<UpstreamCase> OfRepository(UpstreamRun run, Entry repo, ImportWarnings warnings)
    {
        string name = Path.GetFileName(repo.Folder);
        if (!name.EndsWith(RepoEnding, StringComparison.Ordinal) || !SafeSegment.IsSafe(name))
        {
            warnings.Add(repo.Name, "is no repository: its name does not end in _task, or is none for a folder of the store; left out");
            yield break;
        }
        foreach (Entry task in Entries(repo, warnings))
        {
            if (!IsTaskNumber(Path.GetFileName(task.Folder), out int taskId))
            {
                warnings.Add(task.Name, "is no task: its name is not a number; left out");
                continue;
            }
            foreach (Entry pair in Entries(task, warnings))
            {
                if (FeatureSet.TryParse(Path.GetFileName(pair.Folder), out FeatureSet? features) && features.Count == 2)
                    yield return new UpstreamCase(new CaseId(run.Cell.Setting, name, taskId, features, run.Cell.Seed),
                        pair.Folder, pair.Name);
                else
                    warnings.Add(pair.Name, "is no pair of features such as f1_f2; left out");
            }
        }
    }

    private static bool IsTaskNumber(string name, out int taskId) =>
        int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out taskId)
            && taskId.ToString(CultureInfo.InvariantCulture) == name;

    /// <summary>The folders in a folder. Links are not followed: logs may come from others.</summary>
    private static IEnumerable<Entry> Entries(Entry parent, ImportWarnings warnings)
    {
        foreach (string folder in Directory.EnumerateDirectories(parent.Folder).Order(StringComparer.Ordinal))
        {
            var entry = new Entry(folder, $"{parent.Name}/{Path.GetFileName(folder)}");
            if (new DirectoryInfo(folder).LinkTarget is null)
                yield return entry;
            else
                warnings.Add(entry.Name, "is a symbolic link, which is not followed");
        }
    }

    private readonly record struct Entry(string Folder, string Name);
}
