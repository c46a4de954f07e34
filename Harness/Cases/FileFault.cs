using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Cases;

/// <summary>How a file differs from what its record says of it.</summary>
[JsonConverter(typeof(StrictEnumConverter<FileFaultKind>))]
public enum FileFaultKind
{
    /// <summary>It is not there.</summary>
    [JsonStringEnumMemberName("missing")]
    Missing,

    /// <summary>It is there and has no byte.</summary>
    [JsonStringEnumMemberName("empty")]
    Empty,

    /// <summary>It has fewer bytes.</summary>
    [JsonStringEnumMemberName("truncated")]
    Truncated,

    /// <summary>It has other bytes.</summary>
    [JsonStringEnumMemberName("altered")]
    Altered,
}

/// <summary>A file of an attempt that is not what its record says.</summary>
/// <param name="Name">Its name in the attempt's folder.</param>
/// <param name="Kind">How it differs.</param>
public sealed record FileFault(string Name, FileFaultKind Kind)
{
    /// <summary>Whether it can never be made again.</summary>
    public bool IsPrimary => Revisions.IsPrimary(Name);

    /// <summary>Whether only an evaluation in a sandbox makes it again. A graded patch comes from the raw one alone.</summary>
    public bool NeedsSandbox => Plain is StoreLayout.MergedFile or StoreLayout.EvaluationFile
        || Plain.StartsWith("tests_f", StringComparison.Ordinal);

    /// <summary>Its name in the first revision.</summary>
    internal string Plain => Revisions.Unrevised(Name);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} is {EnumNames.NameOf(Kind)}";

    /// <summary>Compares a file with a digest; null if it is the same. Reads the file once.</summary>
    internal static FileFault? Of(string folder, ArtifactDigest expected)
    {
        byte[]? content = Read(Path.Combine(folder, expected.Path));
        return content is not null && content.Length == expected.Bytes
            && Convert.ToHexStringLower(SHA256.HashData(content)) == expected.Sha256
            ? null : new FileFault(expected.Path, KindOf(content, expected.Bytes));
    }

    /// <summary>Compares a file with its content; null if it is the same.</summary>
    internal static FileFault? Of(string folder, string name, ReadOnlySpan<byte> expected)
    {
        byte[]? content = Read(Path.Combine(folder, name));
        return content is not null && expected.SequenceEqual(content) ? null : new FileFault(name, KindOf(content, expected.Length));
    }

    private static FileFaultKind KindOf(byte[]? content, long expected) => content is null ? FileFaultKind.Missing
        : content.Length == 0 ? FileFaultKind.Empty
        : content.Length < expected ? FileFaultKind.Truncated : FileFaultKind.Altered;

    private static byte[]? Read(string path)
    {
        try
        {
            return RegularFile.ReadOwn(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException
            || (exception is UnauthorizedAccessException && Directory.Exists(path)))
        {
            return null;
        }
    }
}
