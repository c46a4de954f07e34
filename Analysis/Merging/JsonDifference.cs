using System.Text.Json;

namespace Tandem.Analysis.Merging;

/// <summary>Where two JSON values differ.</summary>
internal static class JsonDifference
{
    private const int Named = 6;
    private const int TextShown = 60;

    /// <summary>The members that differ, in words: <c>agent.kind is "oracle" there and "nop" here</c>; empty if none does.</summary>
    public static string Of(JsonElement there, JsonElement here)
    {
        var differences = new List<string>();
        Collect("", there, here, differences);
        return string.Join("; ", differences.Take(Named))
            + (differences.Count > Named ? $"; and {differences.Count - Named} more" : "");
    }

    private static void Collect(string path, JsonElement? there, JsonElement? here, List<string> differences)
    {
        if (there is { ValueKind: JsonValueKind.Object } one && here is { ValueKind: JsonValueKind.Object } other)
        {
            foreach (string name in one.EnumerateObject().Select(p => p.Name).Union(other.EnumerateObject().Select(p => p.Name)))
                Collect(path.Length == 0 ? name : $"{path}.{name}", Member(one, name), Member(other, name), differences);
        }
        else if (there is null != here is null || (there is JsonElement a && here is JsonElement b && !JsonElement.DeepEquals(a, b)))
        {
            differences.Add($"{path} is {Text(there)} there and {Text(here)} here");
        }
    }

    private static JsonElement? Member(JsonElement of, string name) => of.TryGetProperty(name, out JsonElement value) ? value : null;

    private static string Text(JsonElement? value)
    {
        string text = value is JsonElement given ? JsonSerializer.Serialize(given) : "not given";
        return text.Length <= TextShown ? text : text[..TextShown] + "...";
    }
}
