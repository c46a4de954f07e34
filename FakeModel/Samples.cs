using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tandem.FakeModel;

/// <summary>Values that satisfy a simple JSON schema.</summary>
internal static class Samples
{
    /// <summary>Quotes and angle brackets of commands stay readable.</summary>
    public static JsonSerializerOptions Plain { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The first of an enumeration, the required members of an object, no elements, the least number or 0, false, or the
    /// text.</summary>
    public static JsonNode? Of(JsonNode? schema, string text)
    {
        if (schema?["enum"] is JsonArray { Count: > 0 } choices)
            return choices[0]?.DeepClone();
        JsonNode? kind = schema?["type"] is JsonArray { Count: > 0 } kinds ? kinds[0] : schema?["type"];
        return kind?.ToString().ToUpperInvariant() switch
        {
            "OBJECT" => new JsonObject((schema!["required"] as JsonArray ?? [])
                .Select(name => KeyValuePair.Create(name!.ToString(), Of(schema["properties"]?[name!.ToString()], text)))),
            "ARRAY" => new JsonArray(),
            "INTEGER" or "NUMBER" => schema!["minimum"]?.DeepClone() ?? 0,
            "BOOLEAN" => false,
            "NULL" => null,
            _ => text,
        };
    }
}
