using System.Collections.Concurrent;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Tandem.Records.Text;

namespace Tandem.Analysis.Merging;

/// <summary>A file that is to be copied.</summary>
/// <param name="Part">Whose it is.</param>
/// <param name="File">Relative to the experiment's folder.</param>
/// <param name="Length">How much of it, in bytes.</param>
/// <param name="Sha256">Its digest, where a record names one; else null.</param>
internal sealed record PlannedCopy(MergePart Part, string File, long Length, string? Sha256)
{
    public string From => Path.Combine(Part.Layout.ExperimentFolder, File);
}

/// <summary>Joins the attempts' folders of one experiment. A file is as it was when a record names it; before, it may grow.</summary>
internal sealed class ArtifactUnion(MergePart target, MergeFaults faults)
{
    private readonly Dictionary<string, PlannedCopy> _planned = new(StringComparer.Ordinal);

    /// <summary>What the target lacks, or has less of.</summary>
    public IReadOnlyCollection<PlannedCopy> ToCopy => _planned.Values;

    /// <summary>Takes the files of a store up.</summary>
    /// <returns>How many attempts have no record yet.</returns>
    public int Add(MergePart part)
    {
        IReadOnlyList<AttemptFolder> folders = AttemptFolders.Of(part, faults);
        var copies = new ConcurrentBag<PlannedCopy>();
        int open = 0;
        Parallel.ForEach(folders, folder =>
        {
            if (part.Records.Attempts.TryGetValue((folder.CaseId, folder.Attempt), out RecordedAttempt? recorded))
                Check(part, folder, recorded, copies);
            // Without its intent, an attempt has not begun, and its number is free.
            else if (File.Exists(Path.Combine(folder.Folder, StoreLayout.AttemptFile)))
            {
                Interlocked.Increment(ref open);
                Check(part, folder, null, copies);
            }
        });
        foreach (PlannedCopy copy in copies)
            _planned[copy.File] = copy;
        return open;
    }

    private void Check(MergePart part, AttemptFolder folder, RecordedAttempt? recorded, ConcurrentBag<PlannedCopy> copies)
    {
        foreach (string name in folder.Files(part, faults))
        {
            if (IsUnconfirmedCopy(name, recorded))
                continue;
            ArtifactDigest? digest = recorded?.Artifacts.GetValueOrDefault(name);
            string path = Path.Combine(folder.Folder, name);
            if (digest is not null && FaultOf(path, digest, mayGrow: recorded!.IsInterrupted && Grows(name)) is string what)
            {
                faults.Add(part, $"{folder.Name}/{name}", what, "Put the file back from a backup. If it is a derived one, make it again: "
                    + $"./run.sh regenerate {part.Layout.Experiment} --store {ShellWord.Quote(part.StoreName)}");
                continue;
            }
            long length = digest?.Bytes ?? (name.EndsWith(".jsonl", StringComparison.Ordinal) ? FilePair.WholeLines(path)
                : new FileInfo(path).Length);
            var copy = new PlannedCopy(part, $"{folder.Name}/{name}", length, digest?.Sha256);
            if (length == 0 && digest is null && Grows(name))
                continue;
            if (!Admit(copy, folder, name, copies))
                return;
        }
    }

    /// <returns>Whether the attempt's other files are worth a look.</returns>
    private bool Admit(PlannedCopy copy, AttemptFolder folder, string name, ConcurrentBag<PlannedCopy> copies)
    {
        string known = Path.Combine(target.Layout.ExperimentFolder, copy.File);
        (MergePart other, string path, long length) = _planned.TryGetValue(copy.File, out PlannedCopy? planned)
            ? (planned.Part, planned.From, planned.Length) : (target, known, File.Exists(known) ? new FileInfo(known).Length : -1);
        if (length < 0)
        {
            copies.Add(copy);
            return true;
        }
        if (!RegularFile.IsOwn(path))
        {
            faults.Add(other, copy.File, Odd.What, Odd.Next);
            return true;
        }
        switch (FilePair.Compare(copy.From, copy.Length, path, length))
        {
            case Likeness.Same:
            case Likeness.FirstIsShorter when Grows(name) && copy.Sha256 is null:
                return true;
            case Likeness.SecondIsShorter:
                copies.Add(copy);
                return true;
            case Likeness.FirstIsShorter or Likeness.Different:
                Refuse(copy, other, folder, name);
                return name != StoreLayout.AttemptFile;
            default:
                throw new InvalidOperationException("A likeness without a meaning.");
        }
    }

    private void Refuse(PlannedCopy copy, MergePart other, AttemptFolder folder, string name)
    {
        if (name != StoreLayout.AttemptFile)
        {
            faults.Add(copy.Part, copy.File, $"It has another content than {other.NameOf(copy.File)}, and one of the two was changed.",
                "Put the changed file back from a backup, or leave its store out.");
            return;
        }
        bool isKnown = new[] { copy.Part, other }.All(part => part.Records.Attempts.ContainsKey((folder.CaseId, folder.Attempt)));
        // Where both have a record, the records have said so.
        if (!isKnown)
            faults.Add(copy.Part, copy.File, $"It is another attempt than that of the same number in {other.NameOf(copy.File)}: both "
                + "stores have run this case, without knowing of each other.",
                "Leave one of the two stores out. Shards of one division, and workers that share their claims, never do this.");
    }

    /// <summary>A record's copy is written before the record. Of an attempt that was killed in between, another one follows.</summary>
    private static bool IsUnconfirmedCopy(string name, RecordedAttempt? recorded) =>
        Revisions.Unrevised(name) == StoreLayout.ResultFile
        && recorded?.Revisions.Any(revision => StoreLayout.Revised(StoreLayout.ResultFile, revision) == name) != true;

    /// <summary>Lists of lines, and what a gateway or a program in it writes piece by piece.</summary>
    private static bool Grows(string name) =>
        name.EndsWith(".jsonl", StringComparison.Ordinal) || name.StartsWith("gateway/", StringComparison.Ordinal);

    /// <param name="path">The file.</param>
    /// <param name="digest">What its record says of it.</param>
    /// <param name="mayGrow">Whether only as much as the record names is looked at, and merged.</param>
    private static string? FaultOf(string path, ArtifactDigest digest, bool mayGrow)
    {
        long length = new FileInfo(path).Length;
        if (length != digest.Bytes && !(mayGrow && length > digest.Bytes))
            return FormattableString.Invariant($"It has {length} bytes, and its record says {digest.Bytes}.");
        return FilePair.Sha256(path, digest.Bytes) == digest.Sha256 ? null
            : "It does not have the digest that its record names: one of the two was changed after it was written.";
    }
}
