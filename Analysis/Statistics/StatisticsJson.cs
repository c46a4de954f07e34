using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tandem.Analysis.Statistics;

/// <summary>Statistics as JSON, for programs: names in snake_case, shares from 0 to 1, null where a number is not known.</summary>
internal static class StatisticsJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        WriteIndented = true,
        NewLine = "\n",
    };

    public static string Of<T>(T statistics) => JsonSerializer.Serialize(statistics, Options);
}
