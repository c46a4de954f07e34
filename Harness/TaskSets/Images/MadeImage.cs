using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.TaskSets.Images;

internal enum ImageOrigin
{
    Present,

    /// <summary>From a registry, now.</summary>
    Pulled,

    /// <summary>Built now, or a base made now.</summary>
    Built,
}

/// <summary>Why an image could not be had.</summary>
/// <param name="Why">In words.</param>
/// <param name="IsLasting">Whether nothing but a person's doing changes that.</param>
internal sealed record Obstacle(string Why, bool IsLasting);

/// <summary>A usable image and where it came from; those who ask again get the same.</summary>
internal sealed record MadeImage(SandboxImage Image, ImageOrigin Origin);
