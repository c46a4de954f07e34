using System.Globalization;

namespace Tandem.Analysis.Statistics;

/// <summary>A table for a terminal or for Markdown: the first column to the left, the others to the right.</summary>
/// <param name="heads">The names of the columns.</param>
internal sealed class TextTable(params IReadOnlyList<string> heads)
{
    private readonly List<IReadOnlyList<string>> _rows = [];

    public int Rows => _rows.Count;

    public void Add(params IReadOnlyList<string> cells) => _rows.Add(cells);

    public void Write(TextWriter output, bool isMarkdown)
    {
        int[] widths = [.. heads.Select((head, column) => _rows.Select(row => row[column].Length).Append(head.Length).Max())];
        WriteRow(output, heads, widths, isMarkdown);
        if (isMarkdown)
            output.WriteLine("|" + string.Concat(widths.Select((width, column) =>
                new string('-', width + 1).Insert(column == 0 ? 0 : width + 1, ":") + "|")));
        foreach (IReadOnlyList<string> row in _rows)
            WriteRow(output, row, widths, isMarkdown);
    }

    private static void WriteRow(TextWriter output, IReadOnlyList<string> cells, int[] widths, bool isMarkdown)
    {
        IEnumerable<string> padded = cells.Select((cell, column) => column == 0 ? cell.PadRight(widths[column])
            : cell.PadLeft(widths[column]));
        output.WriteLine(isMarkdown ? $"| {string.Join(" | ", padded.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal)))} |"
            : $"  {string.Join("  ", padded)}".TrimEnd());
    }
}

/// <summary>Numbers as tables show them; what is not known is a dash.</summary>
internal static class NumberText
{
    public const string Unknown = "-";

    /// <summary><c>66.7 %</c>.</summary>
    public static string Percent(double? share) =>
        share is double s ? string.Create(CultureInfo.InvariantCulture, $"{Clean(100 * s):0.0} %") : Unknown;

    /// <summary><c>48.8 .. 80.8 %</c>.</summary>
    public static string Percent(Interval? interval) =>
        interval is Interval i ? string.Create(CultureInfo.InvariantCulture, $"{Clean(100 * i.Low):0.0} .. {Clean(100 * i.High):0.0} %")
            : Unknown;

    /// <summary>A difference of shares in percentage points, with its sign: <c>+3.3</c>.</summary>
    public static string Points(double? difference) =>
        difference is double d ? string.Create(CultureInfo.InvariantCulture, $"{Clean(100 * d):+0.0;-0.0;0.0}") : Unknown;

    /// <summary>An interval of differences: <c>-10.0 .. +16.7</c>.</summary>
    public static string Points(Interval? interval) => interval is Interval i ? $"{Points(i.Low)} .. {Points(i.High)}" : Unknown;

    /// <summary>A p-value: <c>0.049</c>, <c>&lt; 0.001</c>. Never rounded to the other side of 0.05.</summary>
    public static string P(double? p) => p switch
    {
        null => Unknown,
        < 0.001 => "< 0.001",
        < 0.05 and >= 0.0495 => "0.0499",
        double value => value.ToString("0.000", CultureInfo.InvariantCulture),
    };

    public static string Three(double? number) =>
        number is double n ? Clean(n, 3).ToString("0.000", CultureInfo.InvariantCulture) : Unknown;

    // Sums of thirds that cancel leave a rest that would be shown as -0.0.
    private static double Clean(double value, int digits = 1) => Math.Round(value, digits, MidpointRounding.AwayFromZero) + 0.0;
}
