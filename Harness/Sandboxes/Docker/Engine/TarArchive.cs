using System.Formats.Tar;
using System.IO.Enumeration;
using System.Runtime.InteropServices;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

/// <summary>An archive as the body of a request.</summary>
internal abstract class TarArchive
{
    protected const UnixFileMode TextMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    protected const UnixFileMode ProgramMode = TextMode | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Pax takes any name; ustar is what BuildKit can read.</summary>
    protected virtual TarEntryFormat Format => TarEntryFormat.Pax;

    /// <summary>Packs it, whole before the first byte is sent: a file that cannot be read is no fault of the engine.</summary>
    /// <returns>The archive from its beginning; whoever asked disposes of it.</returns>
    /// <exception cref="IOException">A file cannot be read, or there is no room.</exception>
    public async Task<Stream> PackAsync(CancellationToken cancellationToken)
    {
        Stream packed = NewBuffer();
        try
        {
            var writer = new TarWriter(packed, Format, leaveOpen: true);
            await using (writer) await WriteAsync(writer, cancellationToken);
            packed.Position = 0;
            return packed;
        }
        catch
        {
            await packed.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where the archive is kept until it is sent.</summary>
    protected virtual Stream NewBuffer() => new MemoryStream();

    /// <summary>Writes the entries, one after the other.</summary>
    protected abstract Task WriteAsync(TarWriter writer, CancellationToken cancellationToken);
}

/// <summary>Files on their way into a sandbox.</summary>
/// <param name="files">The files.</param>
/// <param name="modified">Their time.</param>
/// <param name="open">A folder below which the folders of the files are for every user to write in; null is none. The engine makes
/// folders as root, and the image's user may be another.</param>
internal sealed class SandboxFilesTar(IReadOnlyList<SandboxFile> files, DateTimeOffset modified, string? open = null) : TarArchive
{
    private const UnixFileMode OpenMode = ProgramMode | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <inheritdoc/>
    protected override async Task WriteAsync(TarWriter writer, CancellationToken cancellationToken)
    {
        foreach (string folder in open is null ? [] : files.SelectMany(file => FoldersBetween(open, file.Path)).Distinct())
        {
            await writer.WriteEntryAsync(
                new PaxTarEntry(TarEntryType.Directory, folder.TrimStart('/')) { Mode = OpenMode, ModificationTime = modified },
                cancellationToken);
        }
        foreach (SandboxFile file in files)
        {
            var entry = new PaxTarEntry(TarEntryType.RegularFile, file.Path.TrimStart('/'))
            {
                Mode = file.Executable ? ProgramMode : TextMode,
                ModificationTime = modified,
                DataStream = StreamOf(file.Content),
            };
            await writer.WriteEntryAsync(entry, cancellationToken);
        }
    }

    /// <summary>The folders of a path below another, the outermost first.</summary>
    private static IEnumerable<string> FoldersBetween(string above, string path)
    {
        if (!path.StartsWith(above + "/", StringComparison.Ordinal))
            yield break;
        for (int at = path.IndexOf('/', above.Length + 1); at > 0; at = path.IndexOf('/', at + 1))
            yield return path[..at];
    }

    private static MemoryStream StreamOf(ReadOnlyMemory<byte> content) => MemoryMarshal.TryGetArray(content, out ArraySegment<byte> array)
        ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
        : new MemoryStream(content.ToArray(), writable: false);
}

/// <summary>
/// A folder as the context of a build: what of it the build may see, in ordinal order, owned by root, with the same times everywhere, so
/// that equal folders build from the engine's cache. A <c>.dockerignore</c> is not heeded.
/// </summary>
internal sealed class BuildContextTar(string folder, Func<string, bool>? isInput, bool forBuildKit) : TarArchive
{
    /// <inheritdoc/>
    protected override TarEntryFormat Format => forBuildKit ? TarEntryFormat.Ustar : TarEntryFormat.Pax;

    /// <inheritdoc/>
    protected override Stream NewBuffer() => new FileStream(
        Path.Combine(Path.GetTempPath(), $"tandem-context-{Guid.NewGuid():N}.tar"),
        FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 128 << 10,
            FileOptions.DeleteOnClose | FileOptions.Asynchronous);

    /// <inheritdoc/>
    protected override async Task WriteAsync(TarWriter writer, CancellationToken cancellationToken)
    {
        foreach (FileSystemInfo item in All().OrderBy(item => item.FullName, StringComparer.Ordinal))
        {
            if (item.LinkTarget is { } target)
                await writer.WriteEntryAsync(Entry(TarEntryType.SymbolicLink, item, target), cancellationToken);
            else if (item is DirectoryInfo)
                await writer.WriteEntryAsync(Entry(TarEntryType.Directory, item, null), cancellationToken);
            else
                await WriteFileAsync(writer, item, cancellationToken);
        }
    }

    /// <summary>Everything below the folder that is an input; a link is itself, whatever it leads to.</summary>
    private FileSystemEnumerable<FileSystemInfo> All() =>
        new(folder, (ref FileSystemEntry entry) =>
            entry.ToFileSystemInfo(), new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => isInput is null || isInput(NameOf(entry.ToFullPath())),
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };

    private string NameOf(string path) => Path.GetRelativePath(folder, path).Replace('\\', '/');

    private async Task WriteFileAsync(TarWriter writer, FileSystemInfo file, CancellationToken cancellationToken)
    {
        var content = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite,
            bufferSize: 64 * 1024, useAsync: true);
        await using (content)
        {
            TarEntry entry = Entry(TarEntryType.RegularFile, file, null);
            entry.DataStream = content;
            await writer.WriteEntryAsync(entry, cancellationToken);
        }
    }

    private TarEntry Entry(TarEntryType type, FileSystemInfo item, string? target)
    {
        string name = NameOf(item.FullName);
        TarEntry entry = forBuildKit ? new UstarTarEntry(type, name) : new PaxTarEntry(type, name);
        entry.ModificationTime = DateTimeOffset.UnixEpoch;
        entry.Mode = type != TarEntryType.RegularFile ? ProgramMode : OperatingSystem.IsWindows() ? ProgramMode
            : File.GetUnixFileMode(item.FullName);
        if (target is not null)
            entry.LinkName = target;
        return entry;
    }
}
