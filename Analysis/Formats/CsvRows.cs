using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace Tandem.Analysis.Formats;

/// <summary>
/// Reads a table that people made: separated by commas, semicolons or tabs, whichever it uses; spaces around fields do not count. What
/// cannot be read is a fault with its line, and passed over.
/// </summary>
internal sealed class CsvRows : IDisposable
{
    private readonly ICollection<string> _faults;
    private readonly CsvReader _reader;
    private int _columns;

    /// <param name="text">The table; stays open.</param>
    /// <param name="faults">Takes what is wrong, one half sentence each.</param>
    public CsvRows(TextReader text, ICollection<string> faults)
    {
        _faults = faults;
        _reader = new CsvReader(text, new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            DetectDelimiter = true,
            DetectDelimiterValues = [",", ";", "\t"],
            TrimOptions = TrimOptions.Trim,
            BadDataFound = bad => faults.Add($"line {bad.Context.Parser!.RawRow}: a quote stands inside a field, or is never closed"),
            MissingFieldFound = null,
        }, leaveOpen: true);
    }

    /// <summary>The row's line in the file, from 1; the last of them, where fields hold line ends.</summary>
    public int Line => _reader.Parser.RawRow;

    /// <summary>The names of the columns, in lower case; null if the table is empty.</summary>
    public string[]? ReadHeader()
    {
        if (!_reader.Read() || !_reader.ReadHeader())
            return null;
        string[] names = [.. _reader.HeaderRecord!.Select(header => header.Trim().ToLowerInvariant())];
        _columns = names.Length;
        return names;
    }

    /// <summary>Goes to the next row that has as many fields as the header.</summary>
    /// <returns>False at the end.</returns>
    public bool Read()
    {
        while (_reader.Read())
        {
            // A field too many is a comma inside a number, which would be another number; a field too few is a torn line.
            int fields = _reader.Parser.Count;
            if (fields >= _columns && Enumerable.Range(_columns, fields - _columns).All(i => _reader.GetField(i) is ""))
                return true;
            _faults.Add($"line {Line}: it has {fields} fields, the header {_columns}");
        }
        return false;
    }

    /// <param name="column">From 0; a negative one is a column that the table does not have, whose fields are empty.</param>
    public string Field(int column) => column < 0 ? "" : _reader.GetField(column)!;

    public void Dispose() => _reader.Dispose();
}
