using System.IO.Enumeration;
using Tandem.Records.Store;

namespace Tandem.Harness.TaskSets;

/// <summary>
/// Finds links by which a task set would bring in what is not its own: a patch that leads to the host's environment would put its keys into
/// a sandbox, the logs and the report.
/// </summary>
internal static class LinksOut
{
    /// <summary>What to say of one.</summary>
    public const string WhyNot = "It is a link that leads out of the task set, or to no regular file.";

    /// <summary>The links of a task's folder, and that folder and its parent themselves, that lead to something that is there and that is
    /// neither a regular file nor a folder of the set. A link to nowhere is none: nothing is read through it.</summary>
    /// <param name="folder">The task's.</param>
    /// <param name="set">The task set's; it may be a link itself.</param>
    public static IEnumerable<string> Of(string folder, string set)
    {
        if (OperatingSystem.IsWindows())
            return [];
        string[] above = [folder, Path.GetDirectoryName(folder)!];
        var links = new FileSystemEnumerable<string>(folder, (ref FileSystemEntry entry) => entry.ToFullPath(),
            new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };
        return above.Where(path => new DirectoryInfo(path).LinkTarget is not null).Concat(links).Where(link => Leads(link, set));
    }

    /// <summary>Whether a path is a link that leads out of a folder, or to no regular file.</summary>
    public static bool Leads(string link, string folder)
    {
        string root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + Path.DirectorySeparatorChar;
        string end;
        try
        {
            if (File.ResolveLinkTarget(link, returnFinalTarget: true) is not FileSystemInfo target)
                return false;
            end = target.FullName;
        }
        catch (IOException)
        {
            // Links in a circle lead nowhere.
            return false;
        }
        if (!Path.Exists(end))
            return false;
        bool isInside = (end + Path.DirectorySeparatorChar).StartsWith(root, StringComparison.Ordinal);
        return !isInside || !(Directory.Exists(end) || RegularFile.Is(end));
    }
}
