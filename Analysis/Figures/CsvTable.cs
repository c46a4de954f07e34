using System.Globalization;
using System.Text;
using Tandem.Analysis.Formats;

namespace Tandem.Analysis.Figures;

/// <summary>The numbers of a figure as CSV. Unknown is an empty field.</summary>
internal sealed class CsvTable(params string[] columns)
{
    private readonly List<string> _lines = [CsvText.Line(columns)];

    public int Rows => _lines.Count - 1;

    /// <summary>Adds a row: texts, whole numbers, shares, truths, or null.</summary>
    public void Add(params object?[] fields)
    {
        if (fields.Length != columns.Length)
            throw new ArgumentException($"{fields.Length} fields for {columns.Length} columns.", nameof(fields));
        _lines.Add(CsvText.Line(fields.Select(TextOf)));
    }

    public override string ToString() => string.Concat(_lines);

    public byte[] ToUtf8() => Encoding.UTF8.GetBytes(ToString());

    private static string? TextOf(object? value) => value switch
    {
        null => null,
        bool truth => truth ? "true" : "false",
        double number => double.IsFinite(number) ? Math.Round(number, 6).ToString("0.######", CultureInfo.InvariantCulture) : null,
        string text => CsvText.Plain(text),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };
}
