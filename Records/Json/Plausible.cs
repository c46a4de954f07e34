using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tandem.Records.Json;

/// <summary>
/// Bounds of what numbers from outside may be: an endpoint, an agent's own file or a changed store can say anything. Within them, sums over
/// any store stay in range; beyond them, a number says nothing and counts as unknown.
/// </summary>
public static class Plausible
{
    /// <summary>Tokens of one call or one agent.</summary>
    public const long MostTokens = 1_000_000_000_000;

    /// <summary>USD of one call or one agent.</summary>
    public const decimal MostUsd = 1_000_000_000;

    /// <summary>Any whole number in a store: bytes, tokens.</summary>
    public const long MostWhole = 10_000_000_000_000;

    /// <summary>Any other number in a store, mostly seconds.</summary>
    public const double MostNumber = 1e12;

    /// <summary>A cost from 0 that can be; null if it is unknown or cannot be.</summary>
    public static decimal? Usd(decimal? cost) => cost is >= 0 and <= MostUsd ? cost : null;

    /// <summary>A count of tokens from 0 that can be; null if it is unknown or cannot be.</summary>
    public static long? Tokens(decimal? count) => count is >= 0 and <= MostTokens ? (long)count : null;

    private static JsonException TooLarge => new("A number is too large.");

    // 1e999 would be read as infinity, which cannot be written again and turns every mean into itself.
    internal sealed class NumberConverter : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetDouble() is >= -MostNumber and <= MostNumber and var value ? value : throw TooLarge;

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
    }

    internal sealed class WholeConverter : JsonConverter<long>
    {
        public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetInt64() is >= -MostWhole and <= MostWhole and var value ? value : throw TooLarge;

        public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
    }

    internal sealed class MoneyConverter : JsonConverter<decimal>
    {
        public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetDecimal() is >= -MostUsd and <= MostUsd and var value ? value : throw TooLarge;

        public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
    }
}
