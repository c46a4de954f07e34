using System.Globalization;
using System.Security.Cryptography;
using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Records.Store;

namespace Tandem.Harness.TaskSets.Images;

/// <summary>What came of one task.</summary>
internal enum ArchiveOutcome
{
    /// <summary>Written, or taken in.</summary>
    Done,

    /// <summary>The target had this very image.</summary>
    Present,

    /// <summary>The folder has no image of this task.</summary>
    Absent,
}

/// <summary>
/// A folder with images of tasks, for hosts without a registry between them: <c>REPO/taskID.tar</c>, and beside each a
/// <see cref="ImageManifest"/>. The tar holds no name: the image gets its own when all has been checked. The tar is written first, so that
/// a manifest stands for a whole one. Safe for concurrent use, also by several hosts, as long as each task is written by one.
/// </summary>
internal sealed class ImageArchive(EngineClient engine, string folder, TimeProvider time)
{
    // Whoever writes a tar touches it all the time.
    private static readonly TimeSpan LeftoverAge = TimeSpan.FromHours(1);
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromMinutes(5);
    private readonly TaskImages _tasks = new(engine);

    /// <summary>Writes the image that a task has here. From then on this host uses it, too, whatever becomes of its base.</summary>
    /// <exception cref="SandboxException">There is no image, the engine does not give it, or the folder cannot be written.</exception>
    public async Task<ArchiveOutcome> ExportAsync(CodingTask task, CancellationToken cancellationToken)
    {
        SandboxImageSource source = task.Image;
        if (ImageName.Parse(source.Name).Tag.Contains(':', StringComparison.Ordinal))
            throw Fault($"The image {source.Name} is asked for by its own digest, which only a registry can give.");
        SandboxImage image = await _tasks.FindAsync(source, cancellationToken)
            ?? throw Fault($"There is no image {source.Name} here. `./run.sh images build` makes it.");
        image = await _tasks.ShareAsync(source, image.Id, cancellationToken);
        ImageInspectResponse facts = await engine.InspectImageAsync(image.Id, cancellationToken)
            ?? throw Fault($"The image {image.Reference} has been removed meanwhile.");
        try
        {
            if (await HasAsync(task, image, cancellationToken))
                return ArchiveOutcome.Present;
            RemoveLeftovers(TarOf(task));
            (long bytes, string sha256) = await SaveAsync(TarOf(task), image, cancellationToken);
            new ImageManifest
            {
                SchemaVersion = ImageManifest.CurrentVersion,
                Task = task.ToString(),
                Reference = image.Reference,
                ImageId = image.Id,
                Inputs = source.BuildDigest,
                Architecture = facts.Architecture ?? "",
                Bytes = bytes,
                Sha256 = sha256,
            }.Write(ManifestOf(task));
            return ArchiveOutcome.Done;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SandboxException(EngineErrors.ByCause(exception.Message) ?? SandboxFault.Image,
                $"{TarOf(task)} cannot be written: {exception.Message}", exception);
        }
    }

    /// <summary>Takes in the image of a task, after its tar has been checked; the task uses it from then on.</summary>
    /// <exception cref="SandboxException">What is in the folder is damaged, or is not what this task needs here.</exception>
    public async Task<ArchiveOutcome> ImportAsync(CodingTask task, CancellationToken cancellationToken)
    {
        string tar = TarOf(task);
        try
        {
            if (!File.Exists(ManifestOf(task)))
                return !File.Exists(tar) ? ArchiveOutcome.Absent
                    : throw Fault($"There is {tar}, but no {ManifestOf(task)}: the export did not end. Export it again.");
            ImageManifest manifest = await ImageManifest.ReadAsync(ManifestOf(task), cancellationToken);
            await RequireFitAsync(task, manifest, cancellationToken);
            if ((await _tasks.FindAsync(task.Image, cancellationToken))?.Id == manifest.ImageId)
                return ArchiveOutcome.Present;
            await RequireWholeAsync(tar, manifest, cancellationToken);
            await LoadAsync(tar, manifest, cancellationToken);
            await _tasks.ShareAsync(task.Image, manifest.ImageId, cancellationToken);
        }
        catch (InvalidDataException exception)
        {
            throw Fault($"{ManifestOf(task)} cannot be used: {exception.Message}. Export the image again.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SandboxException(SandboxFault.Image, $"{tar} cannot be read: {exception.Message}", exception);
        }
        return await _tasks.FindAsync(task.Image, cancellationToken) is not null ? ArchiveOutcome.Done : throw Fault(
            $"The image {task.Image.Name} was loaded, but a run here would build another one: it was built under its published name, on a "
            + "base that is not the one here. Load that base, too (`docker save`, `docker load`), or use a registry that has the image.");
    }

    private string TarOf(CodingTask task) =>
        Path.Combine(folder, task.Repo, string.Create(CultureInfo.InvariantCulture, $"task{task.TaskId}.tar"));

    private string ManifestOf(CodingTask task) => Path.ChangeExtension(TarOf(task), ".json");

    /// <summary>Whether the folder has this very image, whole.</summary>
    private async Task<bool> HasAsync(CodingTask task, SandboxImage image, CancellationToken cancellationToken)
    {
        if (!File.Exists(ManifestOf(task)))
            return false;
        try
        {
            ImageManifest manifest = await ImageManifest.ReadAsync(ManifestOf(task), cancellationToken);
            return manifest.ImageId == image.Id && manifest.Reference == image.Reference && manifest.Inputs == task.Image.BuildDigest
                && manifest.Task == task.ToString() && await WhyTornAsync(TarOf(task), manifest, cancellationToken) is null;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private async Task<(long Bytes, string Sha256)> SaveAsync(string file, SandboxImage image, CancellationToken cancellationToken)
    {
        Stream tar = await engine.OpenImageAsync(image.Id, cancellationToken);
        await using (tar)
        {
            using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            long bytes = 0;
            await DurableFile.WriteAsync(file, async target =>
            {
                byte[] buffer = new byte[1 << 20];
                while (await ReadAsync(tar, buffer, image, cancellationToken) is var read and > 0)
                {
                    digest.AppendData(buffer.AsSpan(0, read));
                    await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                    bytes += read;
                }
            });
            return (bytes, Convert.ToHexStringLower(digest.GetHashAndReset()));
        }
    }

    /// <summary>Reads from the engine: what fails here is no fault of the disk that is written to.</summary>
    private async Task<int> ReadAsync(Stream tar, byte[] buffer, SandboxImage image, CancellationToken cancellationToken)
    {
        string what = $"saving image {image.Reference}";
        using var limit = new CancellationTokenSource(SilenceLimit, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await tar.ReadAsync(buffer, linked.Token);
        }
        catch (OperationCanceledException exception) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw EngineErrors.FromTimeout(engine.Endpoint, what, SilenceLimit, exception);
        }
        catch (Exception exception) when (EngineErrors.IsConnection(exception))
        {
            throw EngineErrors.FromConnection(engine.Endpoint, what, exception);
        }
    }

    private void RemoveLeftovers(string tar)
    {
        if (!Directory.Exists(Path.GetDirectoryName(tar)))
            return;
        foreach (string left in Directory.EnumerateFiles(Path.GetDirectoryName(tar)!, Path.GetFileName(tar) + ".*.tmp"))
        {
            if (time.GetUtcNow() - new DateTimeOffset(File.GetLastWriteTimeUtc(left)) > LeftoverAge)
                File.Delete(left);
        }
    }

    /// <summary>Before anything is loaded: is it for this task, as its files are here, and for this engine?</summary>
    private async Task RequireFitAsync(CodingTask task, ImageManifest manifest, CancellationToken cancellationToken)
    {
        string which = $"{TarOf(task)} holds the image {manifest.Reference}";
        string wanted = ImageName.SharedReferenceOf(task.Image);
        if (manifest.Task != task.ToString())
            throw Fault($"{which} of the task {manifest.Task}, and not of {task}.");
        if (manifest.Inputs != task.Image.BuildDigest || manifest.Reference != wanted)
            throw Fault($"{which}, and the task needs {wanted} here: its files differ from those that the image was built from, so a run "
                + "would build another image. Bring the task set to the same state on all hosts, then export again.");
        string? own = await engine.FindArchitectureAsync(cancellationToken);
        if (own is not null && manifest.Architecture.Length > 0 && manifest.Architecture != own)
            throw Fault($"{which}, which is made for {manifest.Architecture}, and the engine here runs on {own}: hosts of two "
                + "architectures cannot share images.");
    }

    private static async Task RequireWholeAsync(string tar, ImageManifest manifest, CancellationToken cancellationToken)
    {
        if (await WhyTornAsync(tar, manifest, cancellationToken) is { } why)
            throw Fault($"{tar} is not what was exported: {why}. Copy it again, or export it again.");
    }

    private static async Task<string?> WhyTornAsync(string tar, ImageManifest manifest, CancellationToken cancellationToken)
    {
        var info = new FileInfo(tar);
        if (!info.Exists)
            return "it is not there";
        if (info.Length != manifest.Bytes || !RegularFile.Is(tar))
            return string.Create(CultureInfo.InvariantCulture, $"it has {info.Length} bytes, and its manifest says {manifest.Bytes}");
        await using FileStream stream = Open(tar);
        string sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
        return sha256 == manifest.Sha256 ? null : "its SHA-256 is not the one in its manifest";
    }

    private async Task LoadAsync(string tar, ImageManifest manifest, CancellationToken cancellationToken)
    {
        await using (FileStream stream = Open(tar))
            await engine.LoadImageAsync(tar, stream, cancellationToken);
        if (await engine.FindImageAsync(manifest.ImageId, cancellationToken) is null)
            throw Fault($"The engine loaded {tar}, but has no image {manifest.ImageId} now, which its manifest names. Engines that keep "
                + "images in containerd's store count ids otherwise: use the same kind of store on all hosts.");
    }

    private static FileStream Open(string tar) => new(tar, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 20,
        FileOptions.Asynchronous | FileOptions.SequentialScan);

    private static SandboxException Fault(string message) => new(SandboxFault.Image, message);
}
