using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Tandem.Analysis.Data;
using Tandem.Records.Store;

namespace Tandem.Analysis.Merging;

/// <summary>What a merge did, or would do.</summary>
/// <param name="Rows">A row for each store and experiment.</param>
/// <param name="Notes">What should be known, a sentence or two each.</param>
/// <param name="Experiments">The experiments in the target.</param>
internal sealed record MergeResult(IReadOnlyList<MergeRow> Rows, IReadOnlyList<string> Notes, IReadOnlyList<StoreLayout> Experiments);

/// <summary>
/// Joins stores. All is checked before anything is written. Then come plans, then attempts' files, and when these are on disk the files of
/// lines, each by rename: whoever is killed in between leaves a store in which records are missing, and no record without its files.
/// </summary>
internal sealed class StoreMerger(StoreFolders folders)
{
    private const string LockName = ".merge.lock";
    private const string StagingPrefix = ".merge-";
    private const string TemporarySuffix = ".merge.tmp";

    private readonly MergeFaults _faults = new();
    private readonly List<string> _notes = [];

    /// <summary>Checks and merges.</summary>
    /// <exception cref="MergeRefusedException">The stores cannot be merged; nothing was changed.</exception>
    /// <exception cref="RefusedException">Another merge goes on, or a store changed in a way that it never should.</exception>
    public MergeResult Merge()
    {
        string target = folders.Target.Folder;
        bool isNew = !Directory.Exists(target);
        Directory.CreateDirectory(target);
        bool isWritten = false;
        try
        {
            using FileStream _ = Lock();
            foreach (string left in Directory.EnumerateDirectories(target, StagingPrefix + "*"))
                Directory.Delete(left, recursive: true);
            string staging = Path.Combine(target, StagingPrefix + Guid.NewGuid().ToString("n"));
            try
            {
                ExperimentUnion[] unions = Check(staging);
                isWritten = true;
                Write(unions);
                return ResultOf(unions);
            }
            finally
            {
                DeleteIfThere(staging);
            }
        }
        finally
        {
            if (isNew && !isWritten)
                Directory.Delete(target, recursive: true);
        }
    }

    /// <summary>Checks alone.</summary>
    /// <exception cref="MergeRefusedException">The stores cannot be merged.</exception>
    public MergeResult Try()
    {
        string staging = Directory.CreateTempSubdirectory("tandem-merge-").FullName;
        try
        {
            return ResultOf(Check(staging));
        }
        finally
        {
            DeleteIfThere(staging);
        }
    }

    private FileStream Lock()
    {
        string path = Path.Combine(folders.Target.Folder, LockName);
        RegularFile.RequireOwn(path);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (File.Exists(path))
        {
            throw new RefusedException($"Another merge into {folders.Target.Name} goes on.", "Wait until it has ended.", exception);
        }
    }

    private ExperimentUnion[] Check(string staging)
    {
        // Records first, of all stores: whatever they name is on disk by now.
        (string Experiment, MergePart[] Parts)[] sources = [.. folders.Experiments.Select(experiment =>
            (experiment, folders.Sources.Select((source, i) => PartOf(source, i, experiment, staging)).OfType<MergePart>().ToArray()))];
        ExperimentUnion[] unions = [.. sources.Where(source => source.Parts.Length > 0).Select(source =>
        {
            var layout = new StoreLayout(folders.Target.Folder, source.Experiment);
            var target = new MergePart(folders.Sources.Count, folders.Target.Name, layout, layout);
            return ExperimentUnion.Of(target, source.Parts, _faults, _notes);
        })];
        StoreFolders.Throw(_faults);
        return unions;
    }

    private MergePart? PartOf(StoreFolder source, int number, string experiment, string staging)
    {
        var layout = new StoreLayout(source.Folder, experiment);
        if (!File.Exists(layout.PlanFile))
        {
            _notes.Add($"{source.Name} holds no experiment '{experiment}'.");
            return null;
        }
        var part = new MergePart(number, source.Name, layout,
            new StoreLayout(Path.Combine(staging, FormattableString.Invariant($"{number}")), experiment));
        if (new DirectoryInfo(layout.ExperimentFolder).LinkTarget is not null)
        {
            _faults.Add(part, "", "It is a symbolic link, and a store holds only folders of its own.",
                "Put the folder itself there, or name the store that it leads to.");
            return null;
        }
        Snapshot.Take(part, _faults, _notes);
        return part;
    }

    private void Write(ExperimentUnion[] unions)
    {
        foreach (ExperimentUnion union in unions)
        {
            if (union.Plan is byte[] plan)
                DurableFile.Write(union.Layout.PlanFile, plan);
            if (union.Shards is byte[] shards)
                DurableFile.Write(union.Layout.ShardsFile, shards);
        }
        (string From, string To, long Length, string? Sha256)[] files =
        [
            .. unions.SelectMany(union => union.Artifacts.Select(copy =>
                (copy.From, Path.Combine(union.Layout.ExperimentFolder, copy.File), copy.Length, copy.Sha256))),
            .. GoldAnswers(),
        ];
        (string From, string To)[] lines = [.. unions.SelectMany(union => union.Lines.Select(line =>
            (Path.Combine(line.Part.Lines.ExperimentFolder, line.File), Path.Combine(union.Layout.ExperimentFolder, line.File))))];
        try
        {
            Parallel.ForEach(files, file => Copy(file.From, file.To, file.Length, file.Sha256));
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }
        DurableFile.FlushAll(folders.Target.Folder, [.. files.Select(file => file.To), .. lines.Select(line => line.From)]);
        foreach ((string from, string to) in lines)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Move(from, to, overwrite: true);
        }
        foreach (string folder in lines.Select(line => Path.GetDirectoryName(line.To)!).Distinct())
            FolderFlush.Flush(folder);
    }

    /// <summary>What stores know of gold patches, where the target knows nothing.</summary>
    private IEnumerable<(string From, string To, long Length, string? Sha256)> GoldAnswers()
    {
        string target = StoreLayout.GoldFolder(folders.Target.Folder);
        return folders.Sources.Select(source => StoreLayout.GoldFolder(source.Folder))
            .Where(folder => new DirectoryInfo(folder) is { Exists: true, LinkTarget: null })
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal))
            .Where(RegularFile.IsOwn)
            .Select(path => (path, Path.Combine(target, Path.GetFileName(path)), new FileInfo(path).Length, (string?)null))
            .Where(file => !File.Exists(file.Item2))
            .DistinctBy(file => file.Item2);
    }

    /// <summary>Under a name of its own first, which the next merge uses again if this one is killed.</summary>
    private static void Copy(string from, string to, long length, string? sha256)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        string temporary = to + TemporarySuffix;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using (FileStream source = RegularFile.OpenOwn(from))
        using (var copy = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0))
        {
            byte[] buffer = new byte[(int)Math.Clamp(length, 1, 128 * 1024)];
            for (long rest = length; rest > 0;)
            {
                int read = source.Read(buffer, 0, (int)Math.Min(buffer.Length, rest));
                if (read == 0)
                    throw Changed(from);
                copy.Write(buffer, 0, read);
                hash.AppendData(buffer, 0, read);
                rest -= read;
            }
        }
        if (sha256 is not null && Convert.ToHexStringLower(hash.GetHashAndReset()) != sha256)
        {
            File.Delete(temporary);
            throw Changed(from);
        }
        File.Move(temporary, to, overwrite: true);
    }

    private static RefusedException Changed(string file) => new($"{file} was changed while it was merged.",
        "Files of a store are only ever appended to; find out what changed this one, and run the command again: it completes the merge.");

    private MergeResult ResultOf(ExperimentUnion[] unions) =>
        new([.. unions.SelectMany(union => union.Rows)], _notes, [.. unions.Select(union => union.Layout)]);

    private static void DeleteIfThere(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
