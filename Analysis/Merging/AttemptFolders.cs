using System.Globalization;
using Tandem.Records.Cases;

namespace Tandem.Analysis.Merging;

/// <summary>The folder of an attempt in a store that somebody else may have made.</summary>
/// <param name="CaseId">The case.</param>
/// <param name="Attempt">From 1.</param>
/// <param name="Name">Its path in the experiment's folder, with '/'.</param>
/// <param name="Folder">Absolute.</param>
internal sealed record AttemptFolder(CaseId CaseId, int Attempt, string Name, string Folder)
{
    /// <summary>Its files, by their paths in it with '/': the intent first, the others in ordinal order. Links and the like are faults;
    /// temporary files are left out.</summary>
    public IReadOnlyList<string> Files(MergePart part, MergeFaults faults)
    {
        var files = new List<string>();
        AttemptFolders.Walk(Folder, "", (_, name) =>
        {
            files.Add(name);
            return true;
        }, name => faults.Add(part, $"{Name}/{name}", Odd.What, Odd.Next));
        return [.. files.Where(name => !name.EndsWith(".tmp", StringComparison.Ordinal))
            .OrderBy(name => name != Records.Store.StoreLayout.AttemptFile).ThenBy(name => name, StringComparer.Ordinal)];
    }
}

/// <summary>Finds the attempts' folders of an experiment without following any link.</summary>
internal static class AttemptFolders
{
    private const string Prefix = "attempt";

    public static IReadOnlyList<AttemptFolder> Of(MergePart part, MergeFaults faults)
    {
        var found = new List<AttemptFolder>();
        string root = part.Layout.ArtifactsFolder;
        if (new DirectoryInfo(root).LinkTarget is not null)
            faults.Add(part, "artifacts", Odd.What, Odd.Next);
        else if (Directory.Exists(root))
            Walk(root, "", (folder, name) =>
            {
                if (TryParse(folder, name) is not AttemptFolder attempt)
                    return false;
                found.Add(attempt);
                return true;
            }, name => faults.Add(part, $"artifacts/{name}", Odd.What, Odd.Next), isOfFolders: true);
        return found;
    }

    /// <summary>Goes through a folder, all the way down, in ordinal order.</summary>
    /// <param name="folder">Absolute.</param>
    /// <param name="name">Its path from where the walk began; empty there.</param>
    /// <param name="take">Takes the path of each file, or of each folder; of a folder that it wants, nothing within is looked at.</param>
    /// <param name="refuse">Takes the path of what is a link or no regular file.</param>
    /// <param name="isOfFolders">Whether folders are taken; else files are.</param>
    internal static void Walk(string folder, string name, Func<string, string, bool> take, Action<string> refuse, bool isOfFolders = false)
    {
        foreach (FileSystemInfo entry in new DirectoryInfo(folder).EnumerateFileSystemInfos().OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            string path = name.Length == 0 ? entry.Name : $"{name}/{entry.Name}";
            if (entry.Attributes.HasFlag(FileAttributes.ReparsePoint))
                refuse(path);
            else if (entry is DirectoryInfo)
            {
                if (!isOfFolders || !take(entry.FullName, path))
                    Walk(entry.FullName, path, take, refuse, isOfFolders);
            }
            // What has bytes is a file.
            else if (entry is FileInfo { Length: 0 } && !Records.Store.RegularFile.Is(entry.FullName))
                refuse(path);
            else if (!isOfFolders)
                take(entry.FullName, path);
        }
    }

    private static AttemptFolder? TryParse(string folder, string name)
    {
        int slash = name.LastIndexOf('/');
        string last = name[(slash + 1)..];
        return slash > 0 && last.StartsWith(Prefix, StringComparison.Ordinal)
            && int.TryParse(last.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
            && last == string.Create(CultureInfo.InvariantCulture, $"{Prefix}{number}")
            && CaseId.TryParse(name[..slash], out CaseId? caseId)
                ? new AttemptFolder(caseId, number, $"artifacts/{name}", folder) : null;
    }
}
