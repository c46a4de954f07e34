namespace Tandem.Bench.Reporting;

/// <summary>What a benchmark found: tables, and how they stand to the targets.</summary>
internal sealed record BenchResult(IReadOnlyList<Table> Tables, IReadOnlyList<TargetCheck> Targets)
{
    /// <summary>What could not be measured here, and why; null if nothing.</summary>
    public string? LeftOut { get; init; }

    /// <summary>Drawings by the names of their files beside the page of results, as SVG.</summary>
    public IReadOnlyDictionary<string, string> Figures { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether all was measured and no promise is broken.</summary>
    public bool EndsWell => LeftOut is null && Targets.All(target => target.IsMet || !target.IsPromise);
}

/// <summary>One target of the design and what was measured. Says, and does not fail: numbers of a busy machine are no reason to end red,
/// unless <see cref="IsPromise"/>.</summary>
/// <param name="Target">In words, with its bound.</param>
/// <param name="Measured">In the target's unit.</param>
/// <param name="IsMet">By the median.</param>
internal sealed record TargetCheck(string Target, string Measured, bool IsMet)
{
    /// <summary>Whether the run ends red if it is missed: what users are promised, with room for a busy machine.</summary>
    public bool IsPromise { get; init; }

    public override string ToString() => $"{(IsMet ? "met" : "NOT met")}: {Target}; measured {Measured}";
}

/// <summary>A table as Markdown; the first column is text, the others are numbers.</summary>
/// <param name="Caption">What it shows and in which unit.</param>
/// <param name="Columns">Heads.</param>
/// <param name="Rows">As many cells each as there are columns.</param>
internal sealed record Table(string Caption, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    public override string ToString()
    {
        int[] widths = [.. Columns.Select((column, i) => Rows.Select(row => row[i].Length).Append(column.Length).Max())];
        IEnumerable<string> lines =
        [
            Caption,
            "",
            Line(Columns, widths),
            "|" + string.Join('|', widths.Select((width, i) => i == 0 ? new string('-', width + 2) : new string('-', width + 1) + ":"))
                + "|",
            .. Rows.Select(row => Line(row, widths)),
        ];
        return string.Join('\n', lines) + "\n";
    }

    private static string Line(IReadOnlyList<string> cells, int[] widths) =>
        "| " + string.Join(" | ", cells.Select((cell, i) => i == 0 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]))) + " |";
}
