using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tandem.Records.Json;

namespace Tandem.Records.Cases;

/// <summary>
/// Names one cell of an experiment: <c>solo/pallets_click_task/2068/f1_f2/seed0</c>. Stable, and safe as a relative path: each segment is
/// of an allow-list. Other kinds of case (scenarios, judgements) have ids of their own kind.
/// </summary>
[JsonConverter(typeof(CaseIdJsonConverter))]
public sealed record CaseId
{
    private readonly string _text;

    /// <exception cref="FormatException">The repository's name is not a safe path segment, or a number is negative.</exception>
    public CaseId(Setting setting, string repo, int taskId, FeatureSet features, int seed)
    {
        if (!SafeSegment.IsSafe(repo))
            throw new FormatException($"'{repo}' cannot be part of a case id: {SafeSegment.Rule}.");
        if (taskId < 0)
            throw new FormatException($"Task {taskId} of {repo} is negative.");
        if (seed < 0)
            throw new FormatException($"Seed {seed} is negative.");
        (Setting, Repo, TaskId, Features, Seed) = (setting, repo, taskId, features, seed);
        _text = string.Create(CultureInfo.InvariantCulture, $"{EnumNames.NameOf(setting)}/{repo}/{taskId}/{features}/seed{seed}");
    }

    public Setting Setting { get; }

    /// <summary>The repository's folder in the task set, for example <c>pallets_click_task</c>.</summary>
    public string Repo { get; }

    /// <summary>The task's number within its repository, from 0.</summary>
    public int TaskId { get; }

    /// <summary>The features of the case; a pair where there are two.</summary>
    public FeatureSet Features { get; }

    /// <summary>The repeat number, from 0.</summary>
    public int Seed { get; }

    /// <summary>What all settings and seeds of one pair share: <c>pallets_click_task/2068/f1_f2</c>.</summary>
    public string PairKey => field ??= string.Create(CultureInfo.InvariantCulture, $"{Repo}/{TaskId}/{Features}");

    /// <summary>Reads an id, exactly as <see cref="ToString"/> writes it.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out CaseId? id)
    {
        id = null;
        string[] parts = text?.Split('/') ?? [];
        if (parts.Length != 5
            || !EnumNames.TryParse(parts[0], out Setting setting)
            || !SafeSegment.IsSafe(parts[1])
            || !int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out int taskId)
            || !FeatureSet.TryParse(parts[3], out FeatureSet? features)
            || !parts[4].StartsWith("seed", StringComparison.Ordinal)
            || !int.TryParse(parts[4].AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out int seed))
        {
            return false;
        }
        var read = new CaseId(setting, parts[1], taskId, features, seed);
        if (read._text != text)
            return false;
        id = read;
        return true;
    }

    /// <summary>Reads an id, exactly as <see cref="ToString"/> writes it.</summary>
    /// <exception cref="FormatException">The text is not a case id.</exception>
    public static CaseId Parse(string text) => TryParse(text, out CaseId? id)
        ? id
        : throw new FormatException($"'{text}' is not a case id; one looks like solo/pallets_click_task/2068/f1_f2/seed0.");
    public bool Equals(CaseId? other) => other is not null && string.Equals(_text, other._text, StringComparison.Ordinal);
    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    /// <summary>The id as it stands in records, paths and test names.</summary>
    public override string ToString() => _text;
}

/// <summary>A case id as its text.</summary>
public sealed class CaseIdJsonConverter : JsonConverter<CaseId>
{
    public override CaseId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return CaseId.TryParse(text, out CaseId? id) ? id : throw new JsonException($"'{text}' is not a case id.");
    }
    public override void Write(Utf8JsonWriter writer, CaseId value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
