using System.Globalization;
using System.Text.Json;

namespace Tandem.Harness.Sandboxes.Docker;

/// <summary>The last file of a volume: what was noted of programs when they had passed their check.</summary>
/// <param name="Digest">Of their recipe.</param>
/// <param name="Bytes">What they take on the engine's disk.</param>
/// <param name="Seconds">How long the making took, with the check.</param>
internal sealed record ProgramMark(string Digest, long Bytes, double Seconds)
{
    /// <summary>Its path inside.</summary>
    public const string File = ProgramVolume.Folder + "/.tandem-programs.json";

    public string ToJson() => string.Create(CultureInfo.InvariantCulture,
        $$"""{"digest":"{{Digest}}","bytes":{{Bytes}},"seconds":{{Seconds:0.0}}}""");

    /// <returns>Null if it is no mark of this recipe.</returns>
    public static ProgramMark? TryRead(byte[]? json, string digest)
    {
        try
        {
            using var document = JsonDocument.Parse(json ?? []);
            JsonElement root = document.RootElement;
            var mark = new ProgramMark(root.GetProperty("digest").GetString()!, root.GetProperty("bytes").GetInt64(),
                root.GetProperty("seconds").GetDouble());
            return mark.Digest == digest ? mark : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException
            or FormatException)
        {
            return null;
        }
    }
}
