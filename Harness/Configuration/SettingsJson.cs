using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Tandem.Harness.Configuration;

/// <summary>Reads and writes settings: strict, snake_case, comments allowed.</summary>
internal static class SettingsJson
{
    public static JsonTypeInfo<ExperimentSettings> TypeInfo => SettingsJsonContext.Default.ExperimentSettings;

    public static JsonTypeInfo TypeInfoOf(Type type) => SettingsJsonContext.Default.Options.GetTypeInfo(type);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ExperimentSettings))]
internal sealed partial class SettingsJsonContext : JsonSerializerContext;

internal sealed class CostLimitJsonConverter : JsonConverter<CostLimit>
{
    public override CostLimit Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.String when reader.ValueTextEquals("unlimited") => new CostLimit(null),
        JsonTokenType.Number when reader.TryGetDecimal(out decimal usd) && usd >= 0 => new CostLimit(usd),
        _ => throw new JsonException("A cost limit is a number of USD from 0, or the word \"unlimited\"."),
    };

    public override void Write(Utf8JsonWriter writer, CostLimit value, JsonSerializerOptions options)
    {
        if (value.Usd is decimal usd)
            writer.WriteNumberValue(usd);
        else
            writer.WriteStringValue("unlimited");
    }
}
