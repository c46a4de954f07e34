namespace Tandem.Analysis.Markup;

/// <summary>What may be wider than the page scrolls in a box of its own, which the keyboard reaches.</summary>
internal static class WideBox
{
    public static readonly Html End = new("</div>");

    /// <param name="label">What the box holds, for those who do not see it.</param>
    public static Html Begin(string label) =>
        new($"<div class=wide tabindex=0 role=group aria-label=\"{HtmlEscaping.Escape(label)}\">");
}
