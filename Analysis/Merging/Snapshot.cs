using Tandem.Analysis.Formats;
using Tandem.Records.Store;

namespace Tandem.Analysis.Merging;

/// <summary>Copies the files of lines of an experiment as they stand, whole lines only: their writers may go on. Whatever their records
/// name was on disk before them, so that it is there when it is copied later.</summary>
internal static class Snapshot
{
    public static void Take(MergePart part, MergeFaults faults, ICollection<string> notes)
    {
        foreach (((string folder, string name), (string copies, _)) in LineFiles.Folders(part.Layout).Zip(LineFiles.Folders(part.Lines)))
        {
            if (!Directory.Exists(folder))
                continue;
            if (new DirectoryInfo(folder).LinkTarget is not null)
            {
                faults.Add(part, name, Odd.What, Odd.Next);
                continue;
            }
            foreach (string path in Directory.EnumerateFiles(folder, "*.jsonl").Order(StringComparer.Ordinal))
            {
                string file = $"{name}/{Path.GetFileName(path)}";
                if (!RegularFile.IsOwn(path))
                    faults.Add(part, file, Odd.What, Odd.Next);
                else if (Copy(path, Path.Combine(copies, Path.GetFileName(path)), LineFiles.IsWhole(part.Layout, folder))
                    is > 0 and long rest)
                    notes.Add($"{part.NameOf(file)} ends within a line; {CountText.Of(rest, "byte")} behind its last whole line "
                        + $"{(rest == 1 ? "is" : "are")} not merged. Its writer is at work, or was killed.");
            }
        }
    }

    /// <returns>How many bytes behind the last line feed were left out.</returns>
    private static long Copy(string path, string copy, bool isWhole)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
        using FileStream from = RegularFile.OpenOwn(path);
        using var to = new FileStream(copy, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        byte[] buffer = new byte[256 * 1024];
        (long copied, long whole) = (0, 0);
        for (int read; (read = from.Read(buffer)) > 0; copied += read)
        {
            to.Write(buffer, 0, read);
            int feed = buffer.AsSpan(0, read).LastIndexOf((byte)'\n');
            whole = feed < 0 ? whole : copied + feed + 1;
        }
        if (isWhole)
            return 0;
        to.SetLength(whole);
        if (whole == 0)
        {
            to.Dispose();
            File.Delete(copy);
        }
        return copied - whole;
    }
}

/// <summary>What to say of what only looks like a file.</summary>
internal static class Odd
{
    public const string What = "It is a symbolic link or no regular file, and a store holds only files of its own.";
    public const string Next = "Take it out, or put the file itself there.";
}
