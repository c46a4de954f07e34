using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Tandem.Analysis.Upstream;

namespace Tandem.Analysis.Importing;

/// <summary>
/// An object of an upstream file. What is absent or null reads as null; what is of another type than expected reads as null too, and gives
/// a warning.
/// </summary>
/// <param name="file">Where it stands.</param>
/// <param name="element">The object.</param>
/// <param name="path">Its own place in the file, with a full stop behind, for messages.</param>
internal sealed partial class UpstreamObject(UpstreamFile file, JsonElement element, string path = "")
{
    public UpstreamFile File => file;

    public IEnumerable<string> Names => element.EnumerateObject().Select(member => member.Name);

    public void Warn(string name, string what) => file.Warn($"{path}{name} {what}");

    public bool Has(string name) => Find(name) is not null;

    public UpstreamObject? Object(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => new UpstreamObject(file, value, $"{path}{name}."),
        { } other => Refuse<UpstreamObject>(name, other, "an object"),
    };

    public string? Text(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => Decode(value),
        { } other => Refuse<string>(name, other, "a text"),
    };

    /// <summary>A text, also where it stands as a list of parts with a text each, as tool-calling models write it.</summary>
    public string? Content(string name)
    {
        if (Find(name) is not { ValueKind: JsonValueKind.Array } parts)
            return Text(name);
        var text = new StringBuilder();
        foreach (JsonElement part in parts.EnumerateArray())
        {
            if (part.ValueKind == JsonValueKind.String)
                text.Append(Decode(part));
            else if (part.ValueKind == JsonValueKind.Object && part.TryGetProperty("text", out JsonElement inner)
                && inner.ValueKind == JsonValueKind.String)
                text.Append(Decode(inner));
            else
                Warn(name, $"has a part without text, which is left out: {Shown(part)}");
        }
        return text.ToString();
    }

    public bool? Flag(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } other => RefuseValue<bool>(name, other, "true or false"),
    };

    /// <summary>A whole number, written as <c>7</c> or <c>7.0</c>.</summary>
    public long? Whole(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when WholeOf(value) is long whole => whole,
        { } other => RefuseValue<long>(name, other, "a whole number"),
    };

    /// <summary>A number of things: whole, and not below zero.</summary>
    public int? Count(string name) => Whole(name) switch
    {
        null => null,
        >= 0 and <= int.MaxValue and long count => (int)count,
        long other => RefuseValue<int>(name, other, "a count"),
    };

    /// <summary>A number that is not below zero.</summary>
    public decimal? Amount(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetDecimal(out decimal amount) && amount >= 0 => amount,
        { } other => RefuseValue<decimal>(name, other, "a number from 0"),
    };

    public IReadOnlyList<int>? Wholes(string name)
    {
        if (Find(name) is not JsonElement list)
            return null;
        int?[] numbers = list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Number
            && WholeOf(item) is >= int.MinValue and <= int.MaxValue and long n ? (int?)n : null)]
            : [null];
        return numbers.All(number => number is not null) ? [.. numbers.Select(number => number!.Value)]
            : Refuse<IReadOnlyList<int>>(name, list, "a list of whole numbers");
    }

    /// <summary>A time, as upstream writes it.</summary>
    public DateTimeOffset? Time(string name, UpstreamClock clock) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetDecimal(out decimal seconds)
            && UpstreamClock.OfEpoch(seconds) is DateTimeOffset time => time,
        { ValueKind: JsonValueKind.String } value when clock.Parse(Decode(value)) is DateTimeOffset time => time,
        { } other => RefuseValue<DateTimeOffset>(name, other, "a time"),
    };

    private JsonElement? Find(string name) => element.TryGetProperty(name, out JsonElement value)
        && value.ValueKind != JsonValueKind.Null ? value : null;

    private static long? WholeOf(JsonElement number) =>
        number.TryGetInt64(out long whole) ? whole
        : number.TryGetDecimal(out decimal real) && decimal.Truncate(real) == real
        && real is >= long.MinValue and <= long.MaxValue ? (long)real
        : null;

    private T? Refuse<T>(string name, JsonElement value, string expected)
        where T : class
    {
        Warn(name, $"is {Shown(value)}, not {expected}; it is taken as unknown");
        return null;
    }

    private T? RefuseValue<T>(string name, JsonElement value, string expected)
        where T : struct
    {
        Warn(name, $"is {Shown(value)}, not {expected}; it is taken as unknown");
        return null;
    }

    private T? RefuseValue<T>(string name, long value, string expected)
        where T : struct
    {
        Warn(name, string.Create(CultureInfo.InvariantCulture, $"is {value}, not {expected}; it is taken as unknown"));
        return null;
    }

    private static string Shown(JsonElement value)
    {
        string raw = value.GetRawText();
        return raw.Length <= 60 ? raw : raw[..60] + "...";
    }

    private static string Decode(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Python writes half a surrogate pair where an output was no text; .NET refuses it.
            string whole = LoneSurrogate().Replace(text.GetRawText(), match => match.Groups["pair"].Success ? match.Value : "\\ufffd");
            return JsonElement.Parse(whole).GetString()!;
        }
    }

    // Skips escaped backslashes and whole pairs, so that what is left over is a lone half.
    [GeneratedRegex(@"(?<pair>\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}")]
    private static partial Regex LoneSurrogate();
}
