using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Tandem.Harness.Models;

/// <summary>What an endpoint says about a request that failed, in any of the shapes that endpoints have for it.</summary>
/// <param name="Message">In its own words; the body's begin if it is of no known shape; may be empty.</param>
/// <param name="Codes">Its code and type, as far as they are words.</param>
/// <param name="Status">The status that it names in the body.</param>
/// <param name="Parameter">The parameter at fault, as it names it.</param>
internal sealed record EndpointError(string Message, IReadOnlyList<string> Codes, int? Status, string? Parameter)
{
    // Far more than is ever shown: what holds secrets may be cut only once they are out of it.
    private const int LongestText = 1_000_000;

    private static readonly string[] s_codes = ["code", "type", "status"];

    private static readonly string[] s_parts = ["error", "detail", "message", "errors"];

    /// <summary>Whether it says that the conversation is too long for the model.</summary>
    public bool TellsOverflow => ErrorWords.TellOverflow(this);

    /// <summary>Whether it says that a filter refuses what the conversation holds.</summary>
    public bool TellsFilter => ErrorWords.TellFilter(this);

    /// <summary>Whether it says that the request alone is more than the endpoint takes per minute.</summary>
    public bool TellsTooLarge => ErrorWords.TellTooLarge(this);

    /// <summary>Whether it says that the account has nothing to spend.</summary>
    public bool TellsNoQuota => ErrorWords.TellNoQuota(this);

    /// <summary>Compared without regard to case.</summary>
    public bool HasCode(params string[] codes) => Codes.Any(code => codes.Contains(code, StringComparer.OrdinalIgnoreCase));

    public static EndpointError Read(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return Read(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // No JSON, or text in it that is no Unicode: shown as it is.
            return new EndpointError(Encoding.UTF8.GetString(body, 0, Math.Min(body.Length, LongestText)), [], null, null);
        }
    }

    /// <summary>Reads a body that is JSON.</summary>
    public static EndpointError Read(JsonElement root)
    {
        // Gemini's compatible endpoint sends a list of one.
        if (root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0)
            root = root[0];
        JsonElement error = Member(root, "error") is { ValueKind: JsonValueKind.Object } inner ? inner : root;
        string[] codes = [.. s_codes.Select(name => Member(error, name)).Where(c => c is { ValueKind: JsonValueKind.String })
            .Select(c => c!.Value.GetString()!)];
        int? status = Member(error, "code") switch
        {
            { ValueKind: JsonValueKind.Number } code when code.TryGetInt32(out int number) => number,
            { ValueKind: JsonValueKind.String } code
                when int.TryParse(code.GetString(), CultureInfo.InvariantCulture, out int number) => number,
            _ => null,
        };
        string? parameter = Member(error, "param") is { ValueKind: JsonValueKind.String } param ? param.GetString() : null;
        return new EndpointError(MessageOf(error), codes, status is >= 400 and <= 599 ? status : null, string.IsNullOrEmpty(parameter)
            ? null : parameter);
    }

    private static string MessageOf(JsonElement error)
    {
        string text = Member(error, "message") is { ValueKind: JsonValueKind.String } message
            ? message.GetString()!
            : s_parts.Select(name => Member(error, name)).FirstOrDefault(part => part is not null) switch
            {
                { ValueKind: JsonValueKind.String } part => part.GetString()!,
                JsonElement part => part.GetRawText(),
                null => error.GetRawText(),
            };
        // A gateway says what its provider said beside its own words.
        if (Member(error, "metadata") is JsonElement more && Member(more, "raw") is { ValueKind: JsonValueKind.String } raw)
            text = $"{text}: {raw.GetString()}";
        return text.Length <= LongestText ? text : text[..LongestText];
    }

    private static JsonElement? Member(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object
        && of.TryGetProperty(name, out JsonElement value) ? value : null;
}
