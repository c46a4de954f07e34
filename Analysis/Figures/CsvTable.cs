using System.Globalization;
using System.Text;

namespace Tandem.Analysis.Figures;

/// <summary>The numbers of a figure as CSV (RFC 4180, but with line feeds alone). Unknown is an empty field.</summary>
internal sealed class CsvTable(params string[] columns)
{
    private readonly List<string> _lines = [string.Join(',', columns)];

    public int Rows => _lines.Count - 1;

    /// <summary>Adds a row: texts, whole numbers, shares, truths, or null.</summary>
    public void Add(params object?[] fields)
    {
        if (fields.Length != columns.Length)
            throw new ArgumentException($"{fields.Length} fields for {columns.Length} columns.", nameof(fields));
        _lines.Add(string.Join(',', fields.Select(Field)));
    }

    public override string ToString() => string.Join('\n', _lines) + "\n";

    public byte[] ToUtf8() => Encoding.UTF8.GetBytes(ToString());

    private static string Field(object? value) => value switch
    {
        null => "",
        bool truth => truth ? "true" : "false",
        double number => double.IsFinite(number) ? Math.Round(number, 6).ToString("0.######", CultureInfo.InvariantCulture) : "",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => Quoted(value.ToString() ?? ""),
    };

    private static string Quoted(string text) => text.AsSpan().IndexOfAny("\",\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
