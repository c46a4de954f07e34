using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Tandem.Analysis.Importing;

/// <summary>One file of upstream's logs, and where to report what is wrong with it.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Name">Relative to the folder that is imported, with '/'.</param>
/// <param name="Warnings">Takes what is wrong.</param>
internal sealed record UpstreamFile(string Path, string Name, ImportWarnings Warnings)
{
    /// <summary>Bytes of a file that is still read; upstream's largest (whole test outputs) have a hundredth of it.</summary>
    public const long MostBytes = 256L << 20;

    public void Warn(string what) => Warnings.Add(Name, what);

    /// <summary>Its bytes; null if it is not there, or cannot be used, which gives a warning.</summary>
    public byte[]? TryRead()
    {
        var info = new FileInfo(Path);
        try
        {
            // A log folder may come from others: a link in it could lead anywhere on this machine.
            if (info.LinkTarget is not null)
                Warn("is a symbolic link, which is not followed");
            else if (info.Exists && info.Length > MostBytes)
                Warn($"has {info.Length:N0} bytes, more than the {MostBytes:N0} that are read");
            else if (info.Exists)
                // what is no regular file (a pipe) has no length either, and reading it might never end
                return info.Length == 0 ? [] : File.ReadAllBytes(Path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Warn($"cannot be read: {exception.Message}");
        }
        return null;
    }

    /// <summary>The JSON value in bytes that were read; null if there is none, which gives a warning.</summary>
    public JsonElement? TryParse(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
        {
            Warn("is empty");
            return null;
        }
        if (utf8.StartsWith("\uFEFF"u8))
            utf8 = utf8[3..];
        if (!Utf8.IsValid(utf8))
        {
            Warn("is not UTF-8 throughout; what is none is replaced");
            utf8 = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8));
        }
        try
        {
            return JsonElement.Parse(utf8, new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException exception)
        {
            string line = exception.LineNumber is long before ? FormattableString.Invariant($"line {before + 1}: ") : "";
            Warn($"is not JSON: {line}{exception.Message.Split(" LineNumber:")[0]}");
            return null;
        }
    }

    /// <summary>The JSON object in bytes that were read; null if there is none, which gives a warning.</summary>
    public UpstreamObject? TryParseObject(ReadOnlySpan<byte> utf8)
    {
        if (TryParse(utf8) is not JsonElement element)
            return null;
        if (element.ValueKind == JsonValueKind.Object)
            return new UpstreamObject(this, element);
        Warn("holds no JSON object");
        return null;
    }
}
