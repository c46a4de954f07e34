using System.Runtime.ExceptionServices;

namespace Tandem.Records.Store;

/// <summary>Writes files so that a crash leaves either the whole file or none.</summary>
public static class DurableFile
{
    /// <summary>Writes beside the target under a temporary name, flushes to disk, and renames. An existing file is replaced.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        using var file = new Pending(path);
        file.Stream.Write(content);
        file.Finish(replace: true);
    }

    /// <summary>As <see cref="Write(string, ReadOnlySpan{byte})"/>, for content too large to be held in memory.</summary>
    /// <param name="path">The target.</param>
    /// <param name="write">Writes the content; if it throws, the target stays as it was.</param>
    public static void Write(string path, Action<Stream> write)
    {
        using var file = new Pending(path, bufferSize: 128 * 1024);
        write(file.Stream);
        file.Finish(replace: true);
    }

    /// <summary>As <see cref="Write(string, Action{Stream})"/>, for content that comes from elsewhere while it is written.</summary>
    /// <param name="path">The target.</param>
    /// <param name="write">Writes the content; if it throws, the target stays as it was.</param>
    public static async Task WriteAsync(string path, Func<Stream, Task> write)
    {
        using var file = new Pending(path, bufferSize: 128 * 1024);
        await write(file.Stream).ConfigureAwait(false);
        file.Finish(replace: true);
    }

    /// <summary>As <see cref="Write(string, ReadOnlySpan{byte})"/> for many files of one file system: the disk is waited for once, not once
    /// for each. When this returns, all are on disk with their names. If the power fails before, a file may stand under its name and not be
    /// whole: name it elsewhere only afterwards.</summary>
    /// <param name="folder">A folder of that file system.</param>
    /// <param name="files">Paths and contents. An existing file is replaced.</param>
    public static void WriteAll(string folder, IReadOnlyList<(string Path, byte[] Content)> files)
    {
        bool flushesAll = FolderFlush.CanFlushAll;
        try
        {
            Parallel.ForEach(files, file =>
            {
                using var pending = new Pending(file.Path);
                pending.Stream.Write(file.Content);
                pending.Finish(replace: true, isFlushed: flushesAll);
            });
        }
        catch (AggregateException exception)
        {
            // A full disk is an IOException, however many files meet it.
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }
        Wait(folder, [.. files.Select(file => file.Path)], isFlushed: !flushesAll);
    }

    /// <summary>Waits until files of one file system are on disk, with their names: once for all where the system can, else for
    /// each.</summary>
    /// <param name="folder">A folder of that file system.</param>
    /// <param name="files">Their paths.</param>
    public static void FlushAll(string folder, IReadOnlyList<string> files) => Wait(folder, files, isFlushed: false);

    private static void Wait(string folder, IReadOnlyList<string> files, bool isFlushed)
    {
        if (!isFlushed && FolderFlush.TryFlushAll(folder))
            return;
        // The system cannot, or refused, the one wait for all: each file is waited for by itself.
        foreach (string path in isFlushed ? [] : files)
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
            file.Flush(flushToDisk: true);
        }
        foreach (string parent in files.Select(file => Path.GetDirectoryName(file)!).Distinct())
            FolderFlush.Flush(parent);
    }

    /// <summary>As <see cref="Write(string, ReadOnlySpan{byte})"/>, but never over a file that exists, and with its name on disk, too, when
    /// this returns.</summary>
    /// <returns>Whether this call made the file; false if it was there.</returns>
    public static bool TryCreate(string path, ReadOnlySpan<byte> content)
    {
        if (File.Exists(path))
            return false;
        using var file = new Pending(path);
        file.Stream.Write(content);
        if (!file.Finish(replace: false))
            return false;
        FolderFlush.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return true;
    }

    /// <summary>Opens a file, and makes its folder if that is not there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">Whether it may, or must, be there.</param>
    /// <param name="access">What for.</param>
    /// <param name="share">What others may do with it meanwhile.</param>
    /// <param name="bufferSize">In bytes; 0 is none.</param>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static FileStream OpenInFolder(string path, FileMode mode, FileAccess access, FileShare share, int bufferSize = 0)
    {
        try
        {
            return new FileStream(path, mode, access, share, bufferSize);
        }
        catch (Exception exception) when (exception is DirectoryNotFoundException
            // The runtime blames the file where another process makes the folder between the opening and its look for the reason.
            || (exception is FileNotFoundException && mode != FileMode.Open))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return new FileStream(path, mode, access, share, bufferSize);
        }
    }

    /// <summary>A file under its temporary name; gone when disposed unless it was finished.</summary>
    private sealed class Pending : IDisposable
    {
        private readonly string _path;
        private readonly string _temporary;
        private bool _finished;

        public Pending(string path, int bufferSize = 0)
        {
            _path = path;
            _temporary = $"{path}.{Guid.NewGuid():n}.tmp";
            Stream = OpenInFolder(_temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize);
        }

        public FileStream Stream { get; }

        /// <returns>Whether the file now stands under its name; false if another did and was not to be replaced.</returns>
        public bool Finish(bool replace, bool isFlushed = false)
        {
            if (!isFlushed)
                Stream.Flush(flushToDisk: true);
            Stream.Dispose();
            if (replace)
                File.Move(_temporary, _path, overwrite: true);
            else if (!ExclusiveMove.TryMove(_temporary, _path))
                return false;
            _finished = true;
            return true;
        }

        public void Dispose()
        {
            try
            {
                Stream.Dispose();
            }
            finally
            {
                if (!_finished)
                    File.Delete(_temporary);
            }
        }
    }
}
