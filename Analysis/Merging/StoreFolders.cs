using Tandem.Records.Store;

namespace Tandem.Analysis.Merging;

/// <summary>A store on the command line.</summary>
/// <param name="Name">As the user named it.</param>
/// <param name="Folder">Absolute.</param>
internal sealed record StoreFolder(string Name, string Folder);

/// <summary>The stores of a merge, checked: each is there, is a store, and lies in none of the others.</summary>
/// <param name="Sources">What is merged, in the order given.</param>
/// <param name="Target">What it is merged into; need not be there.</param>
/// <param name="Experiments">Those of the sources that are meant, in ordinal order.</param>
internal sealed record StoreFolders(IReadOnlyList<StoreFolder> Sources, StoreFolder Target, IReadOnlyList<string> Experiments)
{
    /// <param name="names">The stores as the user named them, the target last.</param>
    /// <param name="workingDirectory">Relative names start here.</param>
    /// <param name="experiments">The experiments that are meant; none for all.</param>
    /// <exception cref="MergeRefusedException">They cannot be merged.</exception>
    public static StoreFolders Of(IReadOnlyList<string> names, string workingDirectory, IReadOnlyList<string> experiments)
    {
        var faults = new MergeFaults();
        StoreFolder[] stores = [.. names.Select(name => new StoreFolder(Path.TrimEndingDirectorySeparator(name),
            Path.TrimEndingDirectorySeparator(Path.GetFullPath(name, workingDirectory))))];
        StoreFolder target = stores[^1];
        StoreFolder[] sources = stores[..^1];
        for (int i = 0; i < sources.Length; i++)
        {
            if (FaultOfSource(sources[i]) is (string what, string next))
                faults.Add(new MergeFault(i, sources[i].Name, what, next));
        }
        if (File.Exists(target.Folder))
            faults.Add(new MergeFault(sources.Length, target.Name, "It is a file.",
                "Name a folder to merge into; it is made if it is missing."));
        else if (FaultOfExperiment(target) is (string what, string next))
            faults.Add(new MergeFault(sources.Length, target.Name, what, next));
        AddOverlaps(stores, faults);
        Throw(faults);
        string[] present =
            [.. sources.SelectMany(source => StoreLayout.Experiments(source.Folder)).Distinct().Order(StringComparer.Ordinal)];
        foreach (string unknown in experiments.Except(present))
            faults.Add(new MergeFault(0, unknown, "No store that is merged holds an experiment of this name.",
                $"Name one of these: {string.Join(", ", present)}."));
        Throw(faults);
        return new StoreFolders(sources, target,
            experiments.Count == 0 ? present : [.. experiments.Distinct().Order(StringComparer.Ordinal)]);
    }

    /// <exception cref="MergeRefusedException">There are faults.</exception>
    public static void Throw(MergeFaults faults)
    {
        if (faults.All is { Count: > 0 } all)
            throw new MergeRefusedException(all);
    }

    private static (string, string)? FaultOfSource(StoreFolder store) =>
        File.Exists(store.Folder) ? ("It is a file.", "Name the folder of a store, as --store takes it.")
        : !Directory.Exists(store.Folder) ? ("There is no such folder.",
            "Check its name. The store of a shard that has not begun does not exist yet: leave it out.")
        : FaultOfExperiment(store) is { } fault ? fault
        : StoreLayout.Experiments(store.Folder).Count == 0 ? ("It holds no experiment: no folder in it has an experiment.json.",
            "Name the folder of a store, as --store takes it.")
        : null;

    private static (string, string)? FaultOfExperiment(StoreFolder store) =>
        File.Exists(Path.Combine(store.Folder, StoreLayout.PlanName))
            ? ($"It is an experiment, not a store: {StoreLayout.PlanName} lies in it.",
                $"Name the folder that holds it: {Path.GetDirectoryName(store.Folder)}")
            : null;

    private static void AddOverlaps(StoreFolder[] stores, MergeFaults faults)
    {
        string[] real = [.. stores.Select(store => RealPath(store.Folder))];
        for (int i = 0; i < real.Length; i++)
        {
            for (int other = 0; other < i; other++)
            {
                string? what = real[i] == real[other] ? $"It is the same folder as {stores[other].Name}."
                    : IsIn(real[i], real[other]) ? $"It lies in {stores[other].Name}."
                    : IsIn(real[other], real[i]) ? $"{stores[other].Name} lies in it." : null;
                if (what is not null)
                    faults.Add(new MergeFault(i, stores[i].Name, what, i == real.Length - 1
                        ? "Merge into a folder beside the stores, not into one of them."
                        : "Name each store once, and none within another."));
            }
        }
    }

    private static bool IsIn(string path, string folder) =>
        path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>The path without links, as far as it is there.</summary>
    private static string RealPath(string path)
    {
        string? parent = Path.GetDirectoryName(path);
        if (parent is null)
            return path;
        string here = Path.Combine(RealPath(parent), Path.GetFileName(path));
        var folder = new DirectoryInfo(here);
        return folder.Exists && folder.ResolveLinkTarget(returnFinalTarget: true) is FileSystemInfo end ? RealPath(end.FullName) : here;
    }
}
