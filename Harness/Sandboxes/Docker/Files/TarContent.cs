using System.Formats.Tar;
using System.Net;

namespace Tandem.Harness.Sandboxes.Docker.Files;

/// <summary>Files as an archive, written straight into the request.</summary>
internal sealed class TarContent : HttpContent
{
    private const UnixFileMode TextMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode ProgramMode = TextMode | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private readonly IReadOnlyList<SandboxFile> _files;
    private readonly DateTimeOffset _modified;

    public TarContent(IReadOnlyList<SandboxFile> files, DateTimeOffset modified)
    {
        _files = files;
        _modified = modified;
        Headers.ContentType = new System.Net.Http.Headers.MediaTypeHeaderValue("application/x-tar");
    }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // Buffered: an archive of many small files is many small writes.
        var buffered = new BufferedStream(stream, 128 * 1024);
        var writer = new TarWriter(buffered, TarEntryFormat.Pax, leaveOpen: true);
        await using (writer.ConfigureAwait(false))
        {
            foreach (SandboxFile file in _files)
            {
                await writer.WriteEntryAsync(
                    new PaxTarEntry(TarEntryType.RegularFile, file.Path.TrimStart('/'))
                    {
                        Mode = file.Executable ? ProgramMode : TextMode,
                        ModificationTime = _modified,
                        DataStream = new ReadOnlyMemoryStream(file.Content),
                    },
                    cancellationToken).ConfigureAwait(false);
            }
        }
        await buffered.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
