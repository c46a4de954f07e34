using System.Text.Json;
using System.Text.Json.Nodes;
using Tandem.Harness.Models;
using Tandem.Records.Json;

namespace Tandem.Harness.Gateway.Dialects;

/// <summary>Members of JSON that somebody else wrote: what is not there, or of another kind, is null.</summary>
internal static class JsonParts
{
    // Members that stand twice would show only when they are looked at.
    private static readonly JsonDocumentOptions s_once = new() { AllowDuplicateProperties = false };

    public static JsonObject? Part(this JsonNode? of, string name) => of is JsonObject members ? members[name] as JsonObject : null;

    public static JsonArray? List(this JsonNode? of, string name) => of is JsonObject members ? members[name] as JsonArray : null;

    public static string? Text(this JsonNode? of, string name) => of is JsonObject members ? AsText(members[name]) : null;

    public static bool? Flag(this JsonNode? of, string name) =>
        of is JsonObject members && members[name] is JsonValue value && value.TryGetValue(out bool flag) ? flag : null;

    /// <summary>A count of tokens that can be; null if there is none.</summary>
    public static long? Tokens(this JsonNode? of, string name) =>
        of is JsonObject members && members[name] is JsonValue value && value.TryGetValue(out decimal count)
            ? Plausible.Tokens(count) : null;

    /// <summary>A body as an object; null if it is none, or a member stands twice in it.</summary>
    public static JsonObject? ParseObject(ReadOnlyMemory<byte> body)
    {
        try
        {
            if (HalfCharacters.MayHold(body.Span))
            {
                using JsonDocument document = HalfCharacters.Parse(body.ToArray());
                return JsonNode.Parse(document.RootElement.GetRawText(), null, s_once) as JsonObject;
            }
            return JsonNode.Parse(body.Span, null, s_once) as JsonObject;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    public static string? AsText(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <summary>A content as text: itself, the texts of its parts, or whatever else stands there as JSON.</summary>
    public static string TextOf(JsonNode? content) => content switch
    {
        null => "",
        JsonArray parts => string.Join('\n', parts.Select(part => part.Text("text") ?? TextOf(part))),
        _ => AsText(content) ?? content.ToJsonString(),
    };
}
