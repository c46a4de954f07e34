using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tandem.Records.Cases;

/// <summary>The features of one case: positive numbers, ascending, without repeats; two of them are a pair. Written <c>f1_f2</c> in ids and
/// <c>[1,2]</c> in JSON.</summary>
[JsonConverter(typeof(FeatureSetJsonConverter))]
[CollectionBuilder(typeof(FeatureSet), nameof(Create))]
public sealed class FeatureSet : IReadOnlyList<int>, IEquatable<FeatureSet>
{
    private readonly int[] _ids;

    private FeatureSet(int[] ids) => _ids = ids;
    public int Count => _ids.Length;

    /// <summary>The feature number at a 0-based position.</summary>
    public int this[int index] => _ids[index];

    /// <summary>Makes a set of the given numbers, in any order.</summary>
    /// <exception cref="FormatException">None given, a number below 1, or one given twice.</exception>
    public static FeatureSet Create(ReadOnlySpan<int> ids)
    {
        int[] sorted = ids.ToArray();
        Array.Sort(sorted);
        if (sorted.Length == 0)
            throw new FormatException("A case needs at least one feature.");
        if (sorted[0] < 1)
            throw new FormatException($"Feature {sorted[0]} is not a feature number: they start at 1.");
        for (int i = 1; i < sorted.Length; i++)
        {
            if (sorted[i] == sorted[i - 1])
                throw new FormatException($"Feature {sorted[i]} is named twice.");
        }
        return new FeatureSet(sorted);
    }

    /// <summary>Reads <c>f1_f2</c>, exactly as <see cref="ToString"/> writes it.</summary>
    public static bool TryParse(string? text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out FeatureSet? features)
    {
        features = null;
        if (string.IsNullOrEmpty(text))
            return false;
        string[] parts = text.Split('_');
        int[] ids = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (parts[i].Length < 2 || parts[i][0] != 'f'
                || !int.TryParse(parts[i].AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out ids[i]) || ids[i] < 1)
                return false;
        }
        var read = new FeatureSet(ids);
        for (int i = 1; i < ids.Length; i++)
        {
            if (ids[i] <= ids[i - 1])
                return false;
        }
        if (read.ToString() != text)
            return false;
        features = read;
        return true;
    }

    /// <summary>Reads what a person types: <c>f1_f2</c>, <c>1,2</c> or <c>1_2</c>, in any order.</summary>
    /// <exception cref="FormatException">The text is none of these; the message says what was expected.</exception>
    public static FeatureSet ParseLoose(string text)
    {
        var ids = new List<int>();
        foreach (string part in text.Split([',', '_'], StringSplitOptions.TrimEntries))
        {
            if (!int.TryParse(part.AsSpan(part.StartsWith('f') ? 1 : 0), NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                throw new FormatException($"'{text}' is not a pair of features; write it as f1_f2 or 1_2.");
            ids.Add(id);
        }
        return Create([.. ids]);
    }
    public bool Equals(FeatureSet? other) => other is not null && _ids.AsSpan().SequenceEqual(other._ids);
    public override bool Equals(object? obj) => Equals(obj as FeatureSet);
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int id in _ids)
            hash.Add(id);
        return hash.ToHashCode();
    }
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)_ids).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _ids.GetEnumerator();

    /// <summary>The set as it stands in ids and folder names: <c>f1_f2</c>.</summary>
    public override string ToString() => string.Join('_', _ids.Select(id => "f" + id.ToString(CultureInfo.InvariantCulture)));
}

/// <summary>A set of features as an array of numbers.</summary>
public sealed class FeatureSetJsonConverter : JsonConverter<FeatureSet>
{
    public override FeatureSet Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("Features are an array of numbers.");
        var ids = new List<int>(2);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int id))
                throw new JsonException("Features are an array of whole numbers.");
            if (ids.Count > 0 && id <= ids[^1])
                throw new JsonException("Features ascend, without repeats.");
            ids.Add(id);
        }
        try
        {
            return FeatureSet.Create([.. ids]);
        }
        catch (FormatException exception)
        {
            throw new JsonException(exception.Message, exception);
        }
    }
    public override void Write(Utf8JsonWriter writer, FeatureSet value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (int id in value)
            writer.WriteNumberValue(id);
        writer.WriteEndArray();
    }
}
