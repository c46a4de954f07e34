using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tandem.Records.Cases;

namespace Tandem.Records.Scenarios;

/// <summary>
/// Names one conversation: a scenario under a variant, in one of its repetitions: <c>scenario/applike/book-a-table/rep2</c>. Stable, and
/// safe as a relative path.
/// </summary>
[JsonConverter(typeof(ScenarioCaseIdJsonConverter))]
public sealed record ScenarioCaseId
{
    private const string Prefix = "scenario";

    private readonly string _text;

    /// <param name="variant">The variant's name.</param>
    /// <param name="scenario">The scenario's id.</param>
    /// <param name="repetition">From 1.</param>
    /// <exception cref="FormatException">A name is not a safe path segment, or the repetition is below 1.</exception>
    public ScenarioCaseId(string variant, string scenario, int repetition)
    {
        if (!SafeSegment.IsSafe(variant))
            throw new FormatException($"'{variant}' cannot name a variant: {SafeSegment.Rule}.");
        if (!SafeSegment.IsSafe(scenario))
            throw new FormatException($"'{scenario}' cannot name a scenario: {SafeSegment.Rule}.");
        if (repetition < 1)
            throw new FormatException($"Repetition {repetition} is below 1.");
        (Variant, Scenario, Repetition) = (variant, scenario, repetition);
        _text = string.Create(CultureInfo.InvariantCulture, $"{Prefix}/{variant}/{scenario}/rep{repetition}");
    }

    public string Variant { get; }

    public string Scenario { get; }

    /// <summary>From 1.</summary>
    public int Repetition { get; }

    /// <summary>Reads an id, exactly as <see cref="ToString"/> writes it.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ScenarioCaseId? id)
    {
        id = null;
        string[] parts = text?.Split('/') ?? [];
        if (parts.Length != 4
            || parts[0] != Prefix
            || !SafeSegment.IsSafe(parts[1])
            || !SafeSegment.IsSafe(parts[2])
            || !parts[3].StartsWith("rep", StringComparison.Ordinal)
            || !int.TryParse(parts[3].AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out int repetition)
            || repetition < 1)
        {
            return false;
        }
        var read = new ScenarioCaseId(parts[1], parts[2], repetition);
        if (read._text != text)
            return false;
        id = read;
        return true;
    }

    /// <summary>Reads an id, exactly as <see cref="ToString"/> writes it.</summary>
    /// <exception cref="FormatException">The text is not the id of a scenario's case.</exception>
    public static ScenarioCaseId Parse(string text) => TryParse(text, out ScenarioCaseId? id)
        ? id
        : throw new FormatException($"'{text}' is not a scenario's case; one looks like scenario/baseline/book-a-table/rep1.");

    public bool Equals(ScenarioCaseId? other) => other is not null && string.Equals(_text, other._text, StringComparison.Ordinal);

    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    /// <summary>The id as it stands in records, locks and test names.</summary>
    public override string ToString() => _text;
}

/// <summary>A scenario's case as its text.</summary>
public sealed class ScenarioCaseIdJsonConverter : JsonConverter<ScenarioCaseId>
{
    public override ScenarioCaseId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return ScenarioCaseId.TryParse(text, out ScenarioCaseId? id) ? id : throw new JsonException($"'{text}' is not a scenario's case.");
    }

    public override void Write(Utf8JsonWriter writer, ScenarioCaseId value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
