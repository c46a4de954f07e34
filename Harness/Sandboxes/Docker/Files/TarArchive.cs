using System.Formats.Tar;
using System.IO.Enumeration;
using System.IO.Pipelines;

namespace Tandem.Harness.Sandboxes.Docker.Files;

/// <summary>An archive as the body of a request, written while it is sent.</summary>
internal abstract class TarArchive
{
    protected const UnixFileMode TextMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    protected const UnixFileMode ProgramMode = TextMode | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    // An archive of many small files is many small writes.
    private static readonly PipeOptions Buffers = new(pauseWriterThreshold: 1 << 20, resumeWriterThreshold: 1 << 19, minimumSegmentSize: 64 << 10);

    /// <summary>Pax takes any name; ustar is what BuildKit can read.</summary>
    protected virtual TarEntryFormat Format => TarEntryFormat.Pax;

    /// <summary>Writes the archive into a stream that <paramref name="send"/> reads.</summary>
    /// <param name="send">Sends what it reads; it need not read to the end.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    /// <exception cref="SandboxException">A file cannot be read.</exception>
    public async Task FeedAsync(Func<Stream, Task> send, CancellationToken cancellationToken)
    {
        var pipe = new Pipe(Buffers);
        using var unread = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task writing = WriteAsync(pipe.Writer, unread.Token);
        try
        {
            await send(pipe.Reader.AsStream()).ConfigureAwait(false);
        }
        catch when (writing.Exception?.InnerException is IOException or UnauthorizedAccessException)
        {
            Exception cause = writing.Exception.InnerException;
            throw new SandboxException(SandboxFault.Image, $"A file that goes into a container cannot be read: {cause.Message}", cause);
        }
        finally
        {
            // A request that was refused leaves the rest unread, and the writer would wait for ever.
            await unread.CancelAsync().ConfigureAwait(false);
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Writes the entries, one after the other.</summary>
    protected abstract Task WriteAsync(TarWriter writer, CancellationToken cancellationToken);

    private async Task WriteAsync(PipeWriter pipe, CancellationToken cancellationToken)
    {
        Exception? fault = null;
        try
        {
            var writer = new TarWriter(pipe.AsStream(leaveOpen: true), Format, leaveOpen: true);
            await using (writer.ConfigureAwait(false))
                await WriteAsync(writer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            fault = exception;
            throw;
        }
        finally
        {
            await pipe.CompleteAsync(fault).ConfigureAwait(false);
        }
    }
}

/// <summary>Files on their way into a sandbox.</summary>
internal sealed class SandboxFilesTar(IReadOnlyList<SandboxFile> files, DateTimeOffset modified) : TarArchive
{
    /// <inheritdoc/>
    protected override async Task WriteAsync(TarWriter writer, CancellationToken cancellationToken)
    {
        foreach (SandboxFile file in files)
        {
            var entry = new PaxTarEntry(TarEntryType.RegularFile, file.Path.TrimStart('/'))
            {
                Mode = file.Executable ? ProgramMode : TextMode,
                ModificationTime = modified,
                DataStream = new ReadOnlyMemoryStream(file.Content),
            };
            await writer.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
        }
    }
}

/// <summary>
/// A folder as the context of a build: what of it the build may see, in ordinal order, owned by root, with the same times everywhere, so that equal folders build from the engine's cache. A <c>.dockerignore</c> is not heeded.
/// </summary>
internal sealed class BuildContextTar(string folder, Func<string, bool>? isInput, bool forBuildKit) : TarArchive
{
    /// <inheritdoc/>
    protected override TarEntryFormat Format => forBuildKit ? TarEntryFormat.Ustar : TarEntryFormat.Pax;

    /// <inheritdoc/>
    protected override async Task WriteAsync(TarWriter writer, CancellationToken cancellationToken)
    {
        foreach (FileSystemInfo item in All().OrderBy(item => item.FullName, StringComparer.Ordinal))
        {
            if (item.LinkTarget is { } target)
                await writer.WriteEntryAsync(Entry(TarEntryType.SymbolicLink, item, target), cancellationToken).ConfigureAwait(false);
            else if (item is DirectoryInfo)
                await writer.WriteEntryAsync(Entry(TarEntryType.Directory, item, null), cancellationToken).ConfigureAwait(false);
            else
                await WriteFileAsync(writer, item, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Everything below the folder that is an input; a link is itself, whatever it leads to.</summary>
    private FileSystemEnumerable<FileSystemInfo> All() =>
        new(folder, (ref FileSystemEntry entry) => entry.ToFileSystemInfo(), new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => isInput is null || isInput(NameOf(entry.ToFullPath())),
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };

    private string NameOf(string path) => Path.GetRelativePath(folder, path).Replace('\\', '/');

    private async Task WriteFileAsync(TarWriter writer, FileSystemInfo file, CancellationToken cancellationToken)
    {
        var content = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 64 * 1024, useAsync: true);
        await using (content.ConfigureAwait(false))
        {
            TarEntry entry = Entry(TarEntryType.RegularFile, file, null);
            entry.DataStream = content;
            await writer.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
        }
    }

    private TarEntry Entry(TarEntryType type, FileSystemInfo item, string? target)
    {
        string name = NameOf(item.FullName);
        TarEntry entry = forBuildKit ? new UstarTarEntry(type, name) : new PaxTarEntry(type, name);
        entry.ModificationTime = DateTimeOffset.UnixEpoch;
        entry.Mode = type != TarEntryType.RegularFile ? ProgramMode : OperatingSystem.IsWindows() ? ProgramMode : File.GetUnixFileMode(item.FullName);
        if (target is not null)
            entry.LinkName = target;
        return entry;
    }
}
