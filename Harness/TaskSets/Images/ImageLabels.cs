using System.Security.Cryptography;
using System.Text;
using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.TaskSets.Images;

internal static class ImageLabels
{
    /// <summary>Whatever has it was made here, or from an image that was.</summary>
    public const string Made = "tandem.image";

    /// <summary>The name that a task's image was asked for by, without the digest of its build inputs; <see cref="Debootstrap"/> for a base
    /// image.</summary>
    public const string Source = "tandem.source";

    /// <summary>The digest of the build inputs of an image that is only ever built here.</summary>
    public const string Inputs = "tandem.inputs";

    /// <summary>The digest of the names and ids of the images that it was built on.</summary>
    public const string Bases = "tandem.bases";

    /// <summary>The source of base images.</summary>
    public const string Debootstrap = "debootstrap";

    /// <summary>The labels of an image that is built from a task's folder.</summary>
    public static Dictionary<string, string> Of(SandboxImageSource source, IReadOnlyList<string> bases)
    {
        // Inherited from the base, a label would say what is not so.
        return new() { [Made] = "1", [Source] = source.Name, [Inputs] = source.BuildDigest ?? "", [Bases] = DigestOf(bases) };
    }

    /// <summary>SHA-256, lower-case hex.</summary>
    public static string DigestOf(IReadOnlyList<string> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))));

    /// <summary>Whether an image was made here. Images that others build on ours inherit the labels, so these prove nothing unless they
    /// hold the very name that the image goes by.</summary>
    /// <param name="reference">One of the image's names.</param>
    /// <param name="labels">The image's labels.</param>
    public static bool AreOurs(string reference, IDictionary<string, string>? labels)
    {
        if (labels is null || !labels.Contains(new(Made, "1")) || !labels.TryGetValue(Source, out string? source))
            return false;
        return source == Debootstrap ? BaseImageMaker.SuiteOf(reference) is not null : ImageName.IsNamedAfter(reference, source);
    }
}
