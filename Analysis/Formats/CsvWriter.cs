using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Tandem.Analysis.Formats;

/// <summary>
/// Comma-separated values as RFC 4180 has them, with line feeds, a line of names first. Null is an empty field, an empty text a quoted one;
/// lists and objects are JSON text. A text that a spreadsheet would run gets an apostrophe.
/// </summary>
/// <param name="output">Where to; stays open.</param>
/// <param name="columns">The columns; null for those of pair runs.</param>
internal sealed class CsvWriter(Stream output, IReadOnlyList<RecordColumn>? columns = null) : IRowWriter
{
    private bool _hasHeader;

    public void Add(IReadOnlyList<JsonElement?> cells)
    {
        WriteHeader();
        output.Write(Encoding.UTF8.GetBytes(CsvText.Line(cells.Select(cell => cell switch
        {
            null => null,
            { ValueKind: JsonValueKind.String } text => CsvText.Plain(text.GetString()!),
            { } other => other.GetRawText(),
        }))));
    }

    public void Finish() => WriteHeader();

    private void WriteHeader()
    {
        if (!_hasHeader)
            output.Write(Encoding.UTF8.GetBytes(CsvText.Line((columns ?? RecordColumn.All).Select(column => column.Name))));
        _hasHeader = true;
    }
}

internal static class CsvText
{
    // Spreadsheets may split at semicolons and tabs as well: what follows one would be a cell of its own.
    private static readonly SearchValues<char> s_quoted = SearchValues.Create(",;\t\"\r\n");

    /// <summary>One line with its end. Null is an empty field, an empty text a quoted one.</summary>
    public static string Line(IEnumerable<string?> fields) => string.Join(',', fields.Select(Field)) + "\n";

    /// <summary>A text that comes from data, with an apostrophe before one that a spreadsheet would run as a formula.</summary>
    public static string Plain(string text) =>
        text is ['=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '＝' or '＋' or '－' or '＠', ..]
            ? "'" + text : text;

    private static string Field(string? text) => text switch
    {
        null => "",
        "" => "\"\"",
        _ => text.AsSpan().ContainsAny(s_quoted) ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text,
    };
}
