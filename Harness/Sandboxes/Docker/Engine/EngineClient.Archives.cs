using System.Formats.Tar;
using System.Net;
using System.Text.Json;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

internal sealed partial class EngineClient
{
    private const uint GoTypeBits = 0x8F28_0000;
    private static readonly TimeSpan ArchiveLimit = TimeSpan.FromMinutes(10);

    /// <summary>Unpacks an archive at a container's root, running or not. What is there under the same name is removed first; folders are made. Mounts inside, such as /dev/shm, are not seen.</summary>
    public Task PutArchiveAsync(string id, HttpContent tar, CancellationToken cancellationToken) =>
        SendAsync(
            new EngineCall(HttpMethod.Put, $"/containers/{id}/archive?path=%2F", $"putting files into sandbox {Short(id)}") { Content = tar, Limit = ArchiveLimit },
            cancellationToken);

    /// <summary>Reads one regular file of a container, running or not; links are not followed.</summary>
    /// <returns>Null if there is none of that path.</returns>
    /// <exception cref="SandboxException">The container is gone, or the file is larger than allowed.</exception>
    public async Task<byte[]?> GetFileAsync(string id, string path, long maxBytes, CancellationToken cancellationToken)
    {
        var call = new EngineCall(HttpMethod.Get, $"/containers/{id}/archive?path={Uri.EscapeDataString(path)}", $"getting {path} out of sandbox {Short(id)}") { Limit = ArchiveLimit };
        try
        {
            return await CallAsync(call, (response, token) => ReadFileAsync(response, path, maxBytes, token), cancellationToken).ConfigureAwait(false);
        }
        catch (SandboxException exception) when (IsMissingFile(exception))
        {
            return null;
        }
    }

    private static async Task<byte[]?> ReadFileAsync(HttpResponseMessage response, string path, long maxBytes, CancellationToken cancellationToken)
    {
        string header = response.Headers.GetValues("X-Docker-Container-Path-Stat").First();
        PathStat? stat = JsonSerializer.Deserialize(Convert.FromBase64String(header), EngineJson.Default.PathStat);
        if (stat is null || (stat.Mode & GoTypeBits) != 0)
            return null;
        RefuseAbove(stat.Size);

        Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var reader = new TarReader(body, leaveOpen: true);
        await using (reader.ConfigureAwait(false))
        {
            if (await reader.GetNextEntryAsync(copyData: false, cancellationToken).ConfigureAwait(false) is not { } entry)
                return null;
            // It may have grown since the look at it.
            RefuseAbove(entry.Length);
            byte[] bytes = new byte[entry.Length];
            if (entry.DataStream is { } data)
                await data.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
            return bytes;
        }

        void RefuseAbove(long size)
        {
            if (size > maxBytes)
                throw new SandboxException(SandboxFault.TooLarge, $"{path} has {size} bytes; at most {maxBytes} are taken.");
        }
    }

    /// <summary>A 404 says that the container is gone, or that the file is not there ("No such container:path: ..." or "Could not find the file ..."); a path below a file is a 500 or 400 with the kernel's words.</summary>
    private static bool IsMissingFile(SandboxException exception) => EngineErrors.StatusOf(exception) switch
    {
        HttpStatusCode.NotFound => !exception.Message.Contains("No such container: ", StringComparison.Ordinal),
        HttpStatusCode.InternalServerError or HttpStatusCode.BadRequest => exception.Message.Contains("not a directory", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };
}
