using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Tandem.Harness.Configuration;

/// <summary>The lines on which the values of a JSON file stand, by their paths: <c>scenarios[3].expect[0].tool</c>.</summary>
internal sealed class JsonPlaces
{
    private readonly Dictionary<string, int> _lines = [];

    /// <param name="json">JSON that can be read.</param>
    public JsonPlaces(string json)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(json);
        var reader = new Utf8JsonReader(utf8);
        var path = new Stack<(string Path, int Index)>();
        (string? key, int line, int seen) = (null, 1, 0);
        while (reader.Read())
        {
            int start = (int)reader.TokenStartIndex;
            line += utf8.AsSpan(seen, start - seen).Count((byte)'\n');
            seen = start;
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                key = path.Peek().Path.Length == 0 ? name : $"{path.Peek().Path}.{name}";
                _lines.TryAdd(key, line);
                continue;
            }
            if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                path.Pop();
                continue;
            }
            string at = key ?? "";
            if (key is null && path.Count > 0)
            {
                (string list, int index) = path.Pop();
                at = string.Create(CultureInfo.InvariantCulture, $"{list}[{index}]");
                path.Push((list, index + 1));
            }
            key = null;
            _lines.TryAdd(at, line);
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                path.Push((at, 0));
        }
    }

    /// <summary>The line of a value, from 1; of one that is not there, that of what should hold it.</summary>
    public int LineOf(string path)
    {
        for (string at = path; ; at = at[..Math.Max(0, at.LastIndexOfAny(['.', '[']))])
        {
            if (_lines.TryGetValue(at, out int line) || at.Length == 0)
                return Math.Max(1, line);
        }
    }
}
