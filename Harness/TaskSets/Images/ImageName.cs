using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.TaskSets.Images;

/// <summary>An image's reference, taken apart as the engine does: <c>[host[:port]/]path[:tag][@digest]</c>.</summary>
/// <param name="Name">Without tag and digest.</param>
/// <param name="Tag">The tag, or the digest where there is one; <c>latest</c> where there is neither.</param>
internal sealed record ImageName(string Name, string Tag)
{
    private const int DigestLength = 12;

    /// <summary>The registry's host; Docker Hub's where none is named.</summary>
    public string Registry
    {
        get
        {
            string first = Name.Split('/')[0];
            bool looksLikeHost = first == "localhost" || first.AsSpan().ContainsAny('.', ':');
            return looksLikeHost && first.Length < Name.Length ? first : "docker.io";
        }
    }

    /// <summary>The name within Docker Hub's own images (<c>debian</c>); null for others' and other registries' images.</summary>
    public string? OfficialName
    {
        get
        {
            string name = Name;
            foreach (string prefix in (ReadOnlySpan<string>)["docker.io/", "index.docker.io/", "library/"])
                name = name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;
            return name.Contains('/', StringComparison.Ordinal) ? null : name;
        }
    }

    public static ImageName Parse(string reference)
    {
        int at = reference.IndexOf('@', StringComparison.Ordinal);
        string named = at < 0 ? reference : reference[..at];
        int colon = named.LastIndexOf(':');
        bool hasTag = colon > named.LastIndexOf('/');
        string name = hasTag ? named[..colon] : named;
        return new ImageName(name, at >= 0 ? reference[(at + 1)..] : hasTag ? named[(colon + 1)..] : "latest");
    }

    /// <summary>What a task's image is called here: an image that is only ever built here carries the digest of what it is built from, so
    /// that a changed task never runs on an old one, nor any task on one whose base has been made anew.</summary>
    /// <param name="source">The task's.</param>
    /// <param name="bases">Names and ids of the images that it is built on.</param>
    public static string ReferenceOf(SandboxImageSource source, IReadOnlyList<string> bases)
    {
        if (source.BuildDigest is not { } digest)
            return source.Name;
        ImageName name = Parse(source.Name);
        return $"{name.Name}:{name.Tag}-{ImageLabels.DigestOf([digest, .. bases])[..DigestLength]}";
    }

    /// <summary>What a task's image is called on every host that was given it, by a registry or an import, or that has given it to others:
    /// its tag stands for the task's build inputs alone. It goes before an image that was built here, whatever its base.</summary>
    public static string SharedReferenceOf(SandboxImageSource source)
    {
        if (source.BuildDigest is not { } digest)
            return source.Name;
        ImageName name = Parse(source.Name);
        // Not what ReferenceOf makes of a source without a base.
        return $"{name.Name}:{name.Tag}-{ImageLabels.DigestOf([digest, "shared"])[..DigestLength]}";
    }

    /// <summary>Whether a reference is what <see cref="ReferenceOf"/> or <see cref="SharedReferenceOf"/> makes of a source of that name,
    /// with the digest of whatever it is built from or without.</summary>
    public static bool IsNamedAfter(string reference, string sourceName)
    {
        string start = Parse(sourceName) + "-";
        return reference == sourceName
            || (reference.Length == start.Length + DigestLength && reference.StartsWith(start, StringComparison.Ordinal)
            && reference[start.Length..].All(char.IsAsciiHexDigitLower));
    }

    /// <summary>Whether two references name the same image: Docker Hub's own images have several spellings.</summary>
    public static bool AreSame(string one, string two)
    {
        ImageName first = Parse(one);
        ImageName second = Parse(two);
        return first.Tag == second.Tag && (first.OfficialName ?? first.Name) == (second.OfficialName ?? second.Name);
    }

    /// <inheritdoc/>
    public override string ToString() => Tag.Contains(':', StringComparison.Ordinal) ? $"{Name}@{Tag}" : $"{Name}:{Tag}";
}
