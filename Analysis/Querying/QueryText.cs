using System.Text;
using Tandem.Analysis.Formats;

namespace Tandem.Analysis.Querying;

internal static class QueryText
{
    private const int MostCharacters = 80;

    /// <summary>A table for the eye: numbers to the right, long texts cut.</summary>
    public static void WriteTable(TextWriter output, QueryResult result)
    {
        IReadOnlyList<string>[] lines =
            [[.. result.Names.Select(Shown)],
            .. result.Rows.Select(row => (IReadOnlyList<string>)[.. row.Select(cell => cell is null ? "NULL" : Shown(cell))])];
        int[] widths = [.. Enumerable.Range(0, result.Names.Count).Select(column => lines.Max(line => line[column].Length))];
        for (int i = 0; i < lines.Length; i++)
        {
            output.WriteLine(string.Join("  ", lines[i].Select((cell, column) => result.AreNumbers[column] ? cell.PadLeft(widths[column])
                : cell.PadRight(widths[column]))).TrimEnd());
            if (i == 0)
                output.WriteLine(string.Join("  ", widths.Select(width => new string('-', width))));
        }
        output.WriteLine($"({result.Rows.Count} row{(result.Rows.Count == 1 ? "" : "s")})");
    }

    public static void WriteCsv(TextWriter output, QueryResult result)
    {
        output.Write(CsvText.Line(result.Names));
        foreach (IReadOnlyList<string?> row in result.Rows)
            output.Write(CsvText.Line(row));
    }

    /// <summary>An array of the rows, each a JSON text, one per line: as <c>results.json</c> is.</summary>
    public static void WriteJson(TextWriter output, QueryResult result) =>
        output.Write(result.Rows.Count == 0 ? "[\n]\n" : $"[\n{string.Join(",\n", result.Rows.Select(row => row[0]))}\n]\n");

    // What an agent wrote may hold what a terminal obeys.
    private static string Shown(string text)
    {
        var shown = new StringBuilder(Math.Min(text.Length, MostCharacters));
        foreach (char c in text.Length <= MostCharacters ? text : text[..(MostCharacters - 3)] + "...")
            shown.Append(c switch { '\n' => "\\n", '\r' => "\\r", '\t' => "\\t", _ => char.IsControl(c) ? "?" : c.ToString() });
        return shown.ToString();
    }
}
