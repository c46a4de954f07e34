using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Tandem.Harness.Models;

/// <summary>Reads answers that were cut in the middle of a character: half of one stands in them as an escape, which no string can
/// hold.</summary>
internal static partial class HalfCharacters
{
    /// <summary>Whether a body may hold half a character; most hold none.</summary>
    public static bool MayHold(ReadOnlySpan<byte> body) => body.IndexOf("\\ud"u8) >= 0 || body.IndexOf("\\uD"u8) >= 0;

    /// <summary>The body as JSON; the sign for a lost character stands for each half of one.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static JsonDocument Parse(byte[] body)
    {
        if (!MayHold(body))
            return JsonDocument.Parse(body);
        return JsonDocument.Parse(Half().Replace(Encoding.UTF8.GetString(body), "${escaped}\\ufffd"));
    }

    // A high half without a low one behind it, or a low one without a high one before it; an even number of backslashes escapes itself.
    [GeneratedRegex(@"(?<!\\)(?<escaped>(?:\\\\)*)"
        + @"(?:\\u[dD][89aAbB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89aAbB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})")]
    private static partial Regex Half();
}
