using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tandem.Records.Cases;

namespace Tandem.Records.Judgements;

/// <summary>
/// Names one reading of one case by one judge: <c>symptoms/gpt-4o/rep1/coop-comm/pallets_click_task/2068/f1_f2/seed0</c>. Stable, and safe
/// as a relative path.
/// </summary>
[JsonConverter(typeof(JudgementIdJsonConverter))]
public sealed record JudgementId
{
    private readonly string _text;

    /// <param name="rubric">The rubric's name.</param>
    /// <param name="judge">The judge, as <see cref="JudgeSegment.Of"/> makes it of a model's name.</param>
    /// <param name="repetition">From 1.</param>
    /// <param name="caseId">The case that is read.</param>
    /// <exception cref="FormatException">A name is not a safe path segment, or the repetition is below 1.</exception>
    public JudgementId(string rubric, string judge, int repetition, CaseId caseId)
    {
        ArgumentNullException.ThrowIfNull(caseId);
        if (!SafeSegment.IsSafe(rubric))
            throw new FormatException($"'{rubric}' cannot name a rubric: {SafeSegment.Rule}.");
        if (!SafeSegment.IsSafe(judge))
            throw new FormatException($"'{judge}' cannot name a judge: {SafeSegment.Rule}.");
        if (repetition < 1)
            throw new FormatException($"Repetition {repetition} is below 1.");
        (Rubric, Judge, Repetition, CaseId) = (rubric, judge, repetition, caseId);
        _text = string.Create(CultureInfo.InvariantCulture, $"{rubric}/{judge}/rep{repetition}/{caseId}");
    }

    public string Rubric { get; }

    public string Judge { get; }

    /// <summary>From 1.</summary>
    public int Repetition { get; }

    public CaseId CaseId { get; }

    /// <summary>Reads an id, exactly as <see cref="ToString"/> writes it.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out JudgementId? id)
    {
        id = null;
        string[] parts = text?.Split('/', 4) ?? [];
        if (parts.Length != 4
            || !SafeSegment.IsSafe(parts[0])
            || !SafeSegment.IsSafe(parts[1])
            || !parts[2].StartsWith("rep", StringComparison.Ordinal)
            || !int.TryParse(parts[2].AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out int repetition)
            || repetition < 1
            || !CaseId.TryParse(parts[3], out CaseId? caseId))
        {
            return false;
        }
        var read = new JudgementId(parts[0], parts[1], repetition, caseId);
        if (read._text != text)
            return false;
        id = read;
        return true;
    }

    /// <summary>Reads an id, exactly as <see cref="ToString"/> writes it.</summary>
    /// <exception cref="FormatException">The text is not a judgement's id.</exception>
    public static JudgementId Parse(string text) => TryParse(text, out JudgementId? id)
        ? id
        : throw new FormatException(
            $"'{text}' is not a judgement's id; one looks like symptoms/gpt-4o/rep1/solo/pallets_click_task/2068/f1_f2/seed0.");

    public bool Equals(JudgementId? other) => other is not null && string.Equals(_text, other._text, StringComparison.Ordinal);

    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    /// <summary>The id as it stands in records, paths and test names.</summary>
    public override string ToString() => _text;
}

/// <summary>A judgement's id as its text.</summary>
public sealed class JudgementIdJsonConverter : JsonConverter<JudgementId>
{
    public override JudgementId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return JudgementId.TryParse(text, out JudgementId? id) ? id : throw new JsonException($"'{text}' is not a judgement's id.");
    }

    public override void Write(Utf8JsonWriter writer, JudgementId value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
