namespace Tandem.Analysis.Markup;

/// <summary>A table of the report, before it is HTML or Markdown.</summary>
/// <param name="Title">Above it.</param>
/// <param name="Columns">Their headings; one that starts with '#' holds numbers, which are set to the right.</param>
/// <param name="Rows">Texts, one for each column.</param>
/// <param name="Note">What to know about it; null if nothing.</param>
internal sealed record ReportTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows,
    string? Note = null)
{
    public void WriteHtml(HtmlWriter html)
    {
        html.Add($"{WideBox.Begin(Title)}<table><caption>{Title}</caption><thead><tr>");
        foreach (string column in Columns)
            html.Add($"<th{ClassOf(column)} scope=col>{column.TrimStart('#')}");
        html.Add($"</thead><tbody>");
        foreach (IReadOnlyList<string> row in Rows)
        {
            html.Add($"<tr>");
            for (int i = 0; i < row.Count; i++)
                html.Add($"<td{ClassOf(Columns[i])}>{row[i]}");
        }
        html.Add($"</tbody></table>{WideBox.End}");
        if (Note is not null)
            html.Add($"<p class=note>{Note}</p>");
        html.Add($"\n");
    }

    public void WriteMarkdown(TextWriter output)
    {
        output.Write($"**{Markdown.Escape(Title)}**\n\n");
        output.Write($"| {string.Join(" | ", Columns.Select(column => Markdown.Escape(column.TrimStart('#'))))} |\n");
        output.Write($"|{string.Concat(Columns.Select(column => column.StartsWith('#') ? "---:|" : "---|"))}\n");
        foreach (IReadOnlyList<string> row in Rows)
            output.Write($"| {string.Join(" | ", row.Select(Markdown.Escape))} |\n");
        output.Write(Note is null ? "\n" : $"\n{Markdown.Escape(Note)}\n\n");
    }

    private static Html ClassOf(string column) => column.StartsWith('#') ? new Html(" class=n") : Html.None;
}
