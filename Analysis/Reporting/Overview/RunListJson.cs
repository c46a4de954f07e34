using System.Buffers;
using System.Text;
using System.Text.Json;
using Tandem.Analysis.Markup;
using Tandem.Records.Json;

namespace Tandem.Analysis.Reporting.Overview;

/// <summary>
/// The list of runs as the page's script reads it: words once each, rows as arrays of numbers. The serializer's default escapes leave no
/// '&lt;' and nothing beyond ASCII, so that no text can end the element that it stands in.
/// </summary>
internal static class RunListJson
{
    public static Html Of(IReadOnlyList<RunRow> rows)
    {
        var words = new Words();
        var buffer = new ArrayBufferWriter<byte>(rows.Count * 64);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("rows");
            foreach (RunRow row in rows)
                WriteRow(json, row, words);
            json.WriteEndArray();
            json.WriteStartArray("words");
            foreach (string word in words.All)
                json.WriteStringValue(word);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return new Html(Encoding.ASCII.GetString(buffer.WrittenSpan));
    }

    // The order is that of the script's constants.
    private static void WriteRow(Utf8JsonWriter json, RunRow row, Words words)
    {
        json.WriteStartArray();
        json.WriteNumberValue(words[EnumNames.NameOf(row.CaseId.Setting)]);
        json.WriteNumberValue(words[row.CaseId.Repo]);
        json.WriteNumberValue(row.CaseId.TaskId);
        json.WriteNumberValue(words[row.CaseId.Features.ToString()]);
        json.WriteNumberValue(row.CaseId.Seed);
        json.WriteNumberValue(words[row.Status]);
        json.WriteNumberValue(words[row.Outcome]);
        json.WriteNumberValue(words[row.Merge]);
        json.WriteNumberValue(words[row.Agents]);
        json.WriteNumberValue(row.Attempts);
        Write(json, row.Steps);
        Write(json, row.Messages);
        Write(json, (double?)row.Cost);
        Write(json, row.Seconds is double seconds ? Math.Round(seconds, 1) : null);
        Write(json, row.Difficulty);
        json.WriteNumberValue(row.HasPage ? 1 : 0);
        json.WriteNumberValue(words[row.Note]);
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, double? value)
    {
        if (value is double number && double.IsFinite(number))
            json.WriteNumberValue(number);
        else
            json.WriteNullValue();
    }

    private sealed class Words
    {
        private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

        public List<string> All { get; } = [];

        public int this[string word]
        {
            get
            {
                if (_numbers.TryGetValue(word, out int number))
                    return number;
                All.Add(word);
                return _numbers[word] = All.Count - 1;
            }
        }
    }
}
