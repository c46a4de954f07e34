using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tandem.Records.Json;

/// <summary>The names of enum members in files and on the command line: the <see cref="JsonStringEnumMemberNameAttribute"/> where there is
/// one, else the member's own.</summary>
public static class EnumNames
{
    /// <exception cref="ArgumentOutOfRangeException">The value is no member of the enum.</exception>
    public static string NameOf<TEnum>(TEnum value)
        where TEnum : struct, Enum =>
        Names<TEnum>.ByValue.TryGetValue(value, out string? name)
            ? name : throw new ArgumentOutOfRangeException(nameof(value), value, $"Not a {typeof(TEnum).Name}.");

    /// <summary>Reads a name; the case of the letters counts, and numbers are not names.</summary>
    public static bool TryParse<TEnum>(string? name, out TEnum value)
        where TEnum : struct, Enum
    {
        value = default;
        return name is not null && Names<TEnum>.ByName.TryGetValue(name, out value);
    }

    /// <summary>All names, in the order of declaration.</summary>
    public static IReadOnlyList<string> AllNames<TEnum>()
        where TEnum : struct, Enum => Names<TEnum>.All;

    private static class Names<TEnum>
        where TEnum : struct, Enum
    {
        public static readonly Dictionary<TEnum, string> ByValue = Enum.GetValues<TEnum>().ToDictionary(v => v, v =>
            typeof(TEnum).GetField(v.ToString())!.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? v.ToString());

        public static readonly Dictionary<string, TEnum> ByName = ByValue.ToDictionary(p => p.Value, p => p.Key, StringComparer.Ordinal);

        public static readonly string[] All = [.. Enum.GetValues<TEnum>().Select(v => ByValue[v])];
    }
}

/// <summary>Reads and writes an enum by its exact name only: no numbers, no other casing.</summary>
public sealed class StrictEnumConverter<TEnum> : JsonConverter<TEnum>
    where TEnum : struct, Enum
{
    public override TEnum Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? name = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return EnumNames.TryParse(name, out TEnum value)
            ? value
            : throw new JsonException(
            $"'{name ?? reader.TokenType.ToString()}' is none of {string.Join(", ", EnumNames.AllNames<TEnum>())}.");
    }
    public override void Write(Utf8JsonWriter writer, TEnum value, JsonSerializerOptions options) =>
        writer.WriteStringValue(EnumNames.NameOf(value));
}
