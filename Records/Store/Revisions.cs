using System.Globalization;
using Tandem.Records.Runs;

namespace Tandem.Records.Store;

/// <summary>Names of an attempt's files: which can be made again, and what they are called when they were.</summary>
public static class Revisions
{
    /// <summary>Whether a file is what happened itself, and no program can make it again: the intent, the journals, and each agent's
    /// patch as it left it.</summary>
    /// <param name="name">The plain file name, in any revision.</param>
    public static bool IsPrimary(string name)
    {
        string plain = Unrevised(name);
        return plain is StoreLayout.AttemptFile or StoreLayout.EventsFile or StoreLayout.TrajectoryFile
            || (plain.EndsWith(".patch", StringComparison.Ordinal) && !IsGradedPatch(plain) && plain != StoreLayout.MergedFile);
    }

    /// <summary>Whether a file is a patch without changes of test files, in any revision.</summary>
    public static bool IsGradedPatch(string name) => Unrevised(name).EndsWith(StoreLayout.GradedPatch(""), StringComparison.Ordinal);

    /// <summary>The name that a file had in the first revision: <c>eval.json</c> for <c>eval.r2.json</c>.</summary>
    public static string Unrevised(string name) => RevisionOf(name) == 1 ? name
        : Path.ChangeExtension(Path.GetFileNameWithoutExtension(name), null) + Path.GetExtension(name);

    /// <summary>The name that a record has for a derived file: that of the latest revision in which it was made.</summary>
    /// <param name="record">The record.</param>
    /// <param name="name">Its name in the first revision.</param>
    public static string NameIn(RunRecord record, string name)
    {
        for (int revision = record.Revision; revision > 1; revision--)
        {
            string revised = StoreLayout.Revised(name, revision);
            if (record.Artifacts.Any(artifact => artifact.Path == revised))
                return revised;
        }
        return name;
    }

    /// <summary>The latest file of a name in an attempt's folder, whatever the records say: a record may be missing. It need not be
    /// there.</summary>
    public static string Latest(string folder, string name)
    {
        int highest = !Directory.Exists(folder) ? 1
            : Directory.EnumerateFiles(folder, $"{Path.GetFileNameWithoutExtension(name)}.r*{Path.GetExtension(name)}")
                .Select(path => Path.GetFileName(path)).Where(file => Unrevised(file) == name)
                .Select(RevisionOf).DefaultIfEmpty(1).Max();
        return Path.Combine(folder, StoreLayout.Revised(name, highest));
    }

    /// <summary>The highest revision that any file of a folder is of, from 1. A crash may have left one that no record names.</summary>
    public static int Highest(string folder) => !Directory.Exists(folder) ? 1
        : Directory.EnumerateFiles(folder, "*.r*").Select(path => RevisionOf(Path.GetFileName(path))).DefaultIfEmpty(1).Max();

    private static int RevisionOf(string name)
    {
        string mark = Path.GetExtension(Path.GetFileNameWithoutExtension(name));
        return mark.StartsWith(".r", StringComparison.Ordinal)
            && int.TryParse(mark.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out int revision) && revision > 1
            ? revision : 1;
    }
}
