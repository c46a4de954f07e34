using System.Formats.Tar;
using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

internal sealed partial class EngineClient
{
    private const uint GoTypeBits = 0x8F28_0000;
    private static readonly TimeSpan ArchiveLimit = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Unpacks an archive at a container's root, running or not. What is there under the same name is removed first; folders are made.
    /// Mounts inside, such as /dev/shm, are not seen.
    /// </summary>
    public async Task PutArchiveAsync(string id, TarArchive archive, CancellationToken cancellationToken)
    {
        Stream packed = await archive.PackAsync(cancellationToken);
        await using (packed)
        {
            await SendAsync(
                new EngineCall($"putting files into sandbox {Short(id)}") { Limit = ArchiveLimit },
                (docker, token) =>
                    docker.Containers.ExtractArchiveToContainerAsync(id, new CopyToContainerParameters { Path = "/" }, packed, token),
                cancellationToken);
        }
    }

    /// <summary>Reads one regular file of a container, running or not; links are not followed.</summary>
    /// <returns>Null if there is none of that path.</returns>
    /// <exception cref="SandboxException">The container is gone, or the file is larger than allowed.</exception>
    public async Task<byte[]?> GetFileAsync(string id, string path, long maxBytes, CancellationToken cancellationToken)
    {
        var call = new EngineCall($"getting {path} out of sandbox {Short(id)}") { Limit = ArchiveLimit };
        try
        {
            return (await CallAsync(call, (docker, token) => ReadFileAsync(docker, id, path, maxBytes, token), cancellationToken)).Bytes;
        }
        catch (SandboxException exception) when (IsMissingFile(exception))
        {
            return null;
        }
    }

    private static async Task<ReadFile> ReadFileAsync(IDockerClient docker, string id, string path, long maxBytes,
        CancellationToken cancellationToken)
    {
        var place = new ContainerPathStatParameters { Path = path };
        ContainerArchiveResponse answer = await docker.Containers
            .GetArchiveFromContainerAsync(id, place, statOnly: false, cancellationToken);
        Stream body = answer.Stream ?? throw new IOException("The engine's answer has no body.");
        await using (body)
        {
            if ((answer.Stat.Mode & GoTypeBits) != 0)
                return new ReadFile(null);
            RefuseAbove(answer.Stat.Size);
            var reader = new TarReader(body, leaveOpen: true);
            await using (reader)
            {
                if (await reader.GetNextEntryAsync(copyData: false, cancellationToken) is not { } entry)
                    return new ReadFile(null);
                // It may have grown since the look at it.
                RefuseAbove(entry.Length);
                byte[] bytes = new byte[entry.Length];
                if (entry.DataStream is { } data)
                    await data.ReadExactlyAsync(bytes, cancellationToken);
                return new ReadFile(bytes);
            }
        }

        void RefuseAbove(long size)
        {
            if (size > maxBytes)
                throw new SandboxException(SandboxFault.TooLarge, $"{path} has {size} bytes; at most {maxBytes} are taken.");
        }
    }

    /// <summary>
    /// A 404 says that the container is gone, or that the file is not there ("No such container:path: ..." or "Could not find the file
    /// ..."); a path below a file is a 500 or 400 with the kernel's words.
    /// </summary>
    private static bool IsMissingFile(SandboxException exception) => EngineErrors.StatusOf(exception) switch
    {
        HttpStatusCode.NotFound => !exception.Message.Contains("No such container: ", StringComparison.Ordinal),
        HttpStatusCode.InternalServerError or HttpStatusCode.BadRequest =>
            exception.Message.Contains("not a directory", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };
}
