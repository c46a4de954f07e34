using Tandem.Records.Store;

namespace Tandem.Analysis.Merging;

/// <summary>The files of an experiment that are lists of lines, one writer each.</summary>
internal static class LineFiles
{
    /// <summary>Each folder of them, with its name in the experiment's folder.</summary>
    public static IReadOnlyList<(string Folder, string Name)> Folders(StoreLayout layout) =>
        [.. new[] { layout.RunsFolder, layout.ScenarioCallsFolder, layout.JudgementsFolder, layout.JudgementCallsFolder,
            layout.LabelsFolder }.Select(folder => (folder, Path.GetRelativePath(layout.ExperimentFolder, folder).Replace('\\', '/')))];

    /// <summary>Whether the files of a folder are written at once, so that their last line is whole.</summary>
    public static bool IsWhole(StoreLayout layout, string folder) => folder == layout.LabelsFolder;

    /// <summary>Whether a file, relative to the experiment's folder, holds imported labels.</summary>
    public static bool AreLabels(string file) => file.StartsWith("judgements/labels/", StringComparison.Ordinal);

    /// <summary>The files of all folders, relative to the experiment's, in ordinal order.</summary>
    public static IReadOnlyList<string> Of(StoreLayout layout) =>
        [.. Folders(layout).Where(folder => Directory.Exists(folder.Folder))
            .SelectMany(folder => Directory.EnumerateFiles(folder.Folder, "*.jsonl")
                .Select(path => $"{folder.Name}/{Path.GetFileName(path)}"))
            .Order(StringComparer.Ordinal)];
}
