using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Tandem.Harness.Configuration;

/// <summary>
/// Reads what people write (experiments, task set options, selections): strict, snake_case, and a member that is not given keeps its
/// default. The serializer works by reflection here: its source generator sets every init member, the ones not given to null or zero.
/// </summary>
internal static class ConfigurationJson
{
    /// <summary>The options for all such files.</summary>
    public static JsonSerializerOptions Options { get; } = Make();

    public static JsonTypeInfo<ExperimentConfiguration> TypeInfo
    { get; } = (JsonTypeInfo<ExperimentConfiguration>)TypeInfoOf(typeof(ExperimentConfiguration));

    public static JsonTypeInfo TypeInfoOf(Type type) => Options.GetTypeInfo(type);

    /// <summary>What is wrong with a text that people wrote, without the serializer's own places: they are counted from 0.</summary>
    /// <returns>As in <c>line 3: '}' is an invalid start of a value</c>, without a full stop.</returns>
    public static string Explain(JsonException exception) => string.Create(CultureInfo.InvariantCulture,
        $"line {exception.LineNumber + 1}: {exception.Message.Split(" Path: ")[0].Split(" LineNumber: ")[0]
            .Split(" Change the reader options")[0].TrimEnd('.')}");

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions(JsonSerializerOptions.Strict)
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        };
        options.MakeReadOnly();
        return options;
    }
}

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
