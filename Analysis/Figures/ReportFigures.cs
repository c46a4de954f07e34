using Tandem.Analysis.Markup;

namespace Tandem.Analysis.Figures;

/// <summary>The figures of a report: each a drawing with its numbers, a picture where the machine can make one, and its place in a
/// page.</summary>
/// <param name="Figures">In the order of the report.</param>
/// <param name="Pngs">The names of those that have a picture.</param>
/// <param name="PngNote">Why others have none; null if all have one.</param>
internal sealed record ReportFigures(IReadOnlyList<Figure> Figures, IReadOnlySet<string> Pngs, string? PngNote)
{
    public Figure Of(string name) => Figures.Single(figure => figure.Name == name);

    /// <summary>Puts a figure into a page, or why it is left out.</summary>
    public void WriteHtml(HtmlWriter html, string name)
    {
        Figure figure = Of(name);
        if (figure.Draw is null)
        {
            html.Add($"<p class=\"figure none\"><b>{figure.Title}</b> is left out. {figure.Caption}</p>\n");
            return;
        }
        html.Add($"<figure class={new Html(figure.Width > 700 ? "broad" : "slim")}><figcaption><b>{figure.Title}</b></figcaption>"
            + $"{new Html(figure.ToSvg(isInPage: true))}<p class=note>{figure.Caption} ");
        html.Add($"<span class=files><a href=\"figures/{figure.Name}.csv\">CSV</a> <a href=\"figures/{figure.Name}.svg\">SVG</a>");
        if (Pngs.Contains(name))
            html.Add($" <a href=\"figures/{figure.Name}.png\">PNG</a>");
        html.Add($"</span></p></figure>\n");
    }
}
