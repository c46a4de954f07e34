using System.Text;
using System.Text.Json;
using Tandem.Harness.Configuration;
using Tandem.Records.Store;

namespace Tandem.Harness.TaskSets.Images;

/// <summary>What stands beside the tar of a task's image: whose it is, and what a host that takes it in must find.</summary>
internal sealed record ImageManifest
{
    /// <summary>The version that is written, and the only one that is read.</summary>
    public const int CurrentVersion = 1;

    private static readonly JsonSerializerOptions s_options = new(ConfigurationJson.Options) { WriteIndented = true };

    /// <summary>Always <see cref="CurrentVersion"/>.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary>The task, as <c>timespan_task/27</c>.</summary>
    public required string Task { get; init; }

    /// <summary>What the image is called on all hosts that share it.</summary>
    public required string Reference { get; init; }

    /// <summary>The engine's digest of the image, which records hold.</summary>
    public required string ImageId { get; init; }

    /// <summary>Digest of the files that the image was built from; null for a published image.</summary>
    public required string? Inputs { get; init; }

    /// <summary>The processor that the image is made for, as <c>amd64</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>The tar's size.</summary>
    public required long Bytes { get; init; }

    /// <summary>The tar's SHA-256, lower-case hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Reads one.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or of another version; the message is a clause.</exception>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    public static async Task<ImageManifest> ReadAsync(string file, CancellationToken cancellationToken)
    {
        if (!RegularFile.Is(file))
            throw new InvalidDataException(RegularFile.WhyNot);
        try
        {
            ImageManifest manifest =
                JsonSerializer.Deserialize<ImageManifest>(await File.ReadAllTextAsync(file, cancellationToken), s_options)
                ?? throw new InvalidDataException("it holds nothing");
            return manifest.SchemaVersion == CurrentVersion ? manifest
                : throw new InvalidDataException($"its version is {manifest.SchemaVersion}, and this program reads {CurrentVersion}");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException(ConfigurationJson.Explain(exception), exception);
        }
    }

    /// <summary>Writes it whole or not at all.</summary>
    public void Write(string file) => DurableFile.Write(file, Encoding.UTF8.GetBytes(JsonSerializer.Serialize(this, s_options) + "\n"));
}
