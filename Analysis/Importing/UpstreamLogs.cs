using Tandem.Analysis.Data;
using Tandem.Analysis.Upstream;

namespace Tandem.Analysis.Importing;

/// <summary>Finds the runs in a folder of upstream's logs, and says what each is of ours.</summary>
internal sealed class UpstreamLogs
{
    private const string Naming =
        "Runs are taken by their names (NAME-solo, NAME-solo-seed1, NAME-coop-comm, NAME-coop-nocomm), else by config.json, or by a file: "
            + "--map FILE.";

    private readonly string _folder;
    private readonly ImportWarnings _warnings;

    /// <param name="folder">Upstream's log folder, or that of a single run; absolute.</param>
    /// <param name="warnings">Takes what is left out.</param>
    public UpstreamLogs(string folder, ImportWarnings warnings) => (_folder, _warnings) = (folder, warnings);

    /// <summary>What stands before the setting in the runs' names; null if a map named them.</summary>
    public string? Prefix { get; private set; }

    /// <summary>The runs to import, by setting and seed.</summary>
    /// <param name="map">What each run is; null to go by the names.</param>
    /// <param name="prefix">Of runs with different beginnings only these; null for all.</param>
    /// <exception cref="RefusedException">There is none, or what there is does not fit into one experiment.</exception>
    public IReadOnlyList<UpstreamRun> Find(IReadOnlyDictionary<string, RunCell>? map, string? prefix)
    {
        if (!Directory.Exists(_folder))
            throw new RefusedException(File.Exists(_folder) ? $"{_folder} is a file."
                : $"There is no folder {_folder}.", "Name the folder that CooperBench wrote its logs to: --cooperbench-dir DIR.");
        (string Name, string Folder)[] found = [.. RunFolders()];
        if (found.Length == 0)
            throw NoRun();
        UpstreamRun[] runs = map is null ? ByName(found, prefix) : ByMap(found, map);
        if (runs.GroupBy(run => run.Cell).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new RefusedException($"{string.Join(" and ", twice.Select(run => $"'{run.Name}'"))} are both {twice.Key}.",
                "Give each run a seed of its own by a map: --map FILE.");
        return [.. runs.OrderBy(run => run.Cell.Setting).ThenBy(run => run.Cell.Seed)];
    }

    private IEnumerable<(string Name, string Folder)> RunFolders()
    {
        if (IsRun(_folder))
            return [(Path.GetFileName(Path.TrimEndingDirectorySeparator(_folder)), _folder)];
        string[] folders = [.. Directory.EnumerateDirectories(_folder).Where(folder => !Path.GetFileName(folder).StartsWith('.'))
            .Order(StringComparer.Ordinal)];
        string[] runs = [.. folders.Where(IsRun)];
        foreach (string other in runs.Length == 0 ? [] : folders.Except(runs))
        {
            _warnings.Add(Path.GetFileName(other), IsTeam(other)
                ? "is a run of upstream's team mode (team/), for which there is no setting here; left out"
                : "is no run: it has neither solo/ nor coop/; left out");
        }
        return runs.Select(folder => (Path.GetFileName(folder), folder));
    }

    // Before there were settings, the repositories stood right under the run; such a run still has its config.json.
    private static bool IsRun(string folder) =>
        Directory.Exists(Path.Combine(folder, "solo")) || Directory.Exists(Path.Combine(folder, "coop")) || UpstreamCases.IsLegacy(folder);

    private static bool IsTeam(string folder) => Directory.Exists(Path.Combine(folder, "team"));

    private UpstreamRun[] ByMap((string Name, string Folder)[] found, IReadOnlyDictionary<string, RunCell> map)
    {
        string[] missing = [.. map.Keys.Except(found.Select(run => run.Name)).Order(StringComparer.Ordinal)];
        if (missing.Length > 0)
            throw new RefusedException($"The map names '{missing[0]}', which {_folder} does not hold.",
                $"It holds {Few(found.Select(run => run.Name))}.");
        foreach ((string name, _) in found.Where(run => !map.ContainsKey(run.Name)))
            _warnings.Add(name, "is not in the map; left out");
        return [.. found.Where(run => map.ContainsKey(run.Name)).Select(run => new UpstreamRun(run.Name, run.Folder, map[run.Name]))];
    }

    private UpstreamRun[] ByName((string Name, string Folder)[] found, string? prefix)
    {
        var named = new List<(string Prefix, UpstreamRun Run)>();
        foreach ((string name, string folder) in found)
        {
            if (RunCell.FromName(name, out string start) is RunCell cell)
                named.Add((start, new UpstreamRun(name, folder, cell)));
            else if (ConfiguredRun.Of(name, folder, _warnings) is { } configured)
                named.Add((configured.Prefix, new UpstreamRun(name, folder, configured.Cell)));
        }
        string[] prefixes = [.. named.Select(run => run.Prefix).Distinct(StringComparer.Ordinal)];
        if (prefixes.Length == 0)
            throw new RefusedException(
                $"No run of {_folder} says its setting, in its name or otherwise: {Few(found.Select(run => run.Name))}.", Naming);
        if (prefix is null && prefixes.Length > 1)
            throw new RefusedException($"{_folder} holds runs of several names: {Few(prefixes)}. They are {prefixes.Length} experiments.",
                "Import one after the other: --prefix NAME, or name the runs of one by --map FILE.");
        if (prefix is not null && !prefixes.Contains(prefix))
            throw new RefusedException($"No run of {_folder} is called '{prefix}-...'.", $"There is {Few(prefixes)}.");
        Prefix = prefix ?? prefixes[0];
        return [.. named.Where(run => run.Prefix == Prefix).Select(run => run.Run)];
    }

    private RefusedException NoRun()
    {
        var readable = new EnumerationOptions { IgnoreInaccessible = true };
        string[] folders = [.. Directory.EnumerateDirectories(_folder, "*", readable).Order(StringComparer.Ordinal)];
        string? deeper = folders.FirstOrDefault(folder => Directory.EnumerateDirectories(folder, "*", readable).Any(IsRun));
        return new RefusedException(
            $"{_folder} holds no run of CooperBench's.",
            folders.Any(folder => File.Exists(Path.Combine(folder, "experiment.json")))
                ? "This is a store of Tandem's own: nothing needs to be imported. Name it with --store."
            : folders.Append(_folder).FirstOrDefault(IsTeam) is string team
            ? $"{team} is of its team mode (team/), for which there is no setting here."
            : deeper is not null ? $"There are some in {deeper}: --cooperbench-dir {deeper}."
            : "Name the folder above the runs: DIR/RUN/solo/REPO_task/ID/f1_f2/result.json.");
    }

    private static string Few(IEnumerable<string> names)
    {
        string[] all = [.. names];
        return string.Join(", ", all.Take(8)) + (all.Length > 8 ? $" and {all.Length - 8} more" : "");
    }
}
