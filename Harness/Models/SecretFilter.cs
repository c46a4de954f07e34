using System.Text;
using System.Text.Json;

namespace Tandem.Harness.Models;

/// <summary>Takes known secrets out of texts, in the forms in which programs pass them on: as they are, in base64 (whatever stands before
/// them), percent-encoded, JSON-escaped.</summary>
public sealed class SecretFilter
{
    /// <summary>Shorter ones are placeholders for endpoints without keys, like <c>none</c>: taking those out would ruin texts.</summary>
    public const int ShortestSecret = 8;

    private const string Replacement = "[secret]";
    private readonly string[] _forms;

    /// <summary>Makes a filter.</summary>
    /// <param name="secrets">The secrets; those below <see cref="ShortestSecret"/> characters are passed over.</param>
    public SecretFilter(IEnumerable<string> secrets) =>
        _forms = [.. secrets.Where(secret => secret.Length >= ShortestSecret).SelectMany(Forms).Distinct(StringComparer.Ordinal)
            .OrderByDescending(form => form.Length)];

    /// <summary>Knows no secret.</summary>
    public static SecretFilter None { get; } = new([]);

    /// <summary>The text with <c>[secret]</c> in the place of each secret.</summary>
    public string Clean(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach (string form in _forms)
            text = text.Replace(form, Replacement, StringComparison.Ordinal);
        return text;
    }

    private static IEnumerable<string> Forms(string secret)
    {
        yield return secret;
        yield return Uri.EscapeDataString(secret);
        yield return JsonEncodedText.Encode(secret).Value;
        byte[] bytes = Encoding.UTF8.GetBytes(secret);
        for (int before = 0; before < 3; before++)
        {
            // The characters that also hold bits of what stands before or after the secret are left out.
            string encoded = Convert.ToBase64String([.. new byte[before], .. bytes]);
            string inner = encoded[((before * 8 + 5) / 6)..((before + bytes.Length) * 8 / 6)];
            yield return inner;
            yield return inner.Replace('+', '-').Replace('/', '_');
        }
    }
}
