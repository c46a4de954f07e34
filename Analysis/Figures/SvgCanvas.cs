using System.Globalization;
using System.Text;
using Tandem.Analysis.Markup;

namespace Tandem.Analysis.Figures;

/// <summary>Where a text stands relative to its point.</summary>
internal enum Anchor
{
    Start,
    Middle,
    End,
}

/// <summary>
/// Draws SVG by hand. Text stays text, numbers are rounded to hundredths, so that the same figure is the same bytes everywhere.
/// </summary>
internal sealed class SvgCanvas
{
    /// <summary>Of plain text in a figure.</summary>
    public const double TextSize = 12;

    private readonly StringBuilder _body = new();
    private readonly bool _isInPage;
    private readonly string _id;
    private bool _hasHatch;

    /// <param name="id">Unique in the page.</param>
    /// <param name="isInPage">Whether colours are the page's variables instead of fixed ones.</param>
    public SvgCanvas(string id, bool isInPage) => (_id, _isInPage) = (id, isInPage);

    public void Rect(double x, double y, double width, double height, Paint fill, Paint stroke = Paint.None,
        double opacity = 1, string? tip = null)
    {
        string attributes = $"<rect x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(Math.Max(0, width))}\" "
            + $"height=\"{N(Math.Max(0, height))}\"{Colours(fill, stroke)}{Opacity(opacity)}";
        End(attributes, "rect", tip);
    }

    /// <summary>Many rectangles of one size and colour as one shape: a tenth of the bytes.</summary>
    public void Rects(IEnumerable<(double X, double Y)> places, double width, double height, Paint fill, Paint stroke, double opacity)
    {
        string outline = $"h{N(width)}v{N(height)}h-{N(width)}z";
        _body.Append($"<path d=\"{string.Concat(places.Select(place => $"M{N(place.X)} {N(place.Y)}{outline}"))}\"{Colours(fill, stroke)}"
            + $"{Opacity(opacity)}/>\n");
    }

    /// <summary>As <see cref="Rects"/>, each an area without data.</summary>
    public void AllMissing(IEnumerable<(double X, double Y)> places, double width, double height)
    {
        _hasHatch = true;
        string outline = $"h{N(width)}v{N(height)}h-{N(width)}z";
        _body.Append($"<path d=\"{string.Concat(places.Select(place => $"M{N(place.X)} {N(place.Y)}{outline}"))}\" {Hatch}/>\n");
    }

    /// <summary>An area without data: hatched, so that it is not taken for zero.</summary>
    public void Missing(double x, double y, double width, double height, string? tip = null)
    {
        _hasHatch = true;
        End($"<rect x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(width)}\" height=\"{N(height)}\" {Hatch}", "rect", tip);
    }

    public void Line(double x1, double y1, double x2, double y2, Paint stroke, double width = 1, string? dash = null) =>
        _body.Append($"<line x1=\"{N(x1)}\" y1=\"{N(y1)}\" x2=\"{N(x2)}\" "
            + $"y2=\"{N(y2)}\"{Colours(Paint.None, stroke)}{Width(width)}{Dash(dash)}/>\n");

    public void Path(IReadOnlyList<(double X, double Y)> points, Paint stroke, double width = 2, string? dash = null) =>
        _body.Append($"<polyline "
            + $"points=\"{string.Join(' ', points.Select(p => $"{N(p.X)},{N(p.Y)}"))}\"{Colours(Paint.None, stroke)}{Width(width)}"
            + $"{Dash(dash)} stroke-linejoin=\"round\"/>\n");

    public void Mark(double x, double y, MarkShape shape, Paint paint, double radius = 5, bool isHollow = false, string? tip = null)
    {
        (Paint fill, Paint stroke) = isHollow ? (Paint.Paper, paint) : (paint, Paint.Paper);
        double r = radius;
        string attributes = shape switch
        {
            MarkShape.Circle => $"<circle cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"{N(r)}\"",
            MarkShape.Square => $"<rect x=\"{N(x - (r * 0.9))}\" y=\"{N(y - (r * 0.9))}\" width=\"{N(r * 1.8)}\" height=\"{N(r * 1.8)}\"",
            MarkShape.Diamond =>
                $"<polygon points=\"{N(x)},{N(y - (r * 1.25))} {N(x + (r * 1.25))},{N(y)} {N(x)},{N(y + (r * 1.25))} "
                + $"{N(x - (r * 1.25))},{N(y)}\"",
            MarkShape.Triangle =>
                $"<polygon points=\"{N(x)},{N(y - (r * 1.2))} {N(x + (r * 1.1))},{N(y + (r * 0.9))} {N(x - (r * 1.1))},"
                    + $"{N(y + (r * 0.9))}\"",
            _ => throw new ArgumentOutOfRangeException(nameof(shape), shape, null),
        };
        string name = attributes[1..attributes.IndexOf(' ', StringComparison.Ordinal)];
        End(attributes + Colours(fill, stroke) + Width(isHollow ? 1.5 : 1), name, tip);
    }

    public void Interval(double x, double yLow, double yHigh, Paint stroke, double cap = 4)
    {
        Line(x, yLow, x, yHigh, stroke, 1.5);
        Line(x - cap, yLow, x + cap, yLow, stroke, 1.5);
        Line(x - cap, yHigh, x + cap, yHigh, stroke, 1.5);
    }

    /// <summary>An interval that lies.</summary>
    public void IntervalAcross(double xLow, double xHigh, double y, Paint stroke, double cap = 4)
    {
        Line(xLow, y, xHigh, y, stroke, 1.5);
        Line(xLow, y - cap, xLow, y + cap, stroke, 1.5);
        Line(xHigh, y - cap, xHigh, y + cap, stroke, 1.5);
    }

    public void Text(double x, double y, string text, Anchor anchor = Anchor.Start, Paint paint = Paint.Ink, double size = TextSize,
        bool isBold = false, double turn = 0)
    {
        string anchored = anchor switch { Anchor.Middle => " text-anchor=\"middle\"", Anchor.End => " text-anchor=\"end\"", _ => "" };
        string turned = turn == 0 ? "" : $" transform=\"rotate({N(turn)} {N(x)} {N(y)})\"";
        _body.Append($"<text x=\"{N(x)}\" y=\"{N(y)}\"{anchored}{turned}{Colours(paint, Paint.None)} "
            + $"font-size=\"{N(size)}\"{(isBold ? " font-weight=\"600\"" : "")}>{HtmlEscaping.Escape(text)}</text>\n");
    }

    /// <param name="width">In pixels of the screen, points of print.</param>
    /// <param name="height">As the width.</param>
    /// <param name="title">Read aloud in place of the picture.</param>
    /// <param name="description">What it shows, in a sentence or two.</param>
    public string ToSvg(double width, double height, string title, string description)
    {
        var svg = new StringBuilder();
        string size = _isInPage ? "" : $" width=\"{N(width)}\" height=\"{N(height)}\"";
        string font = _isInPage ? "" : " font-family=\"system-ui, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif\"";
        svg.Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {N(width)} {N(height)}\"{size}{font} role=\"img\" "
            + $"aria-labelledby=\"{_id}-title {_id}-desc\">\n");
        svg.Append($"<title id=\"{_id}-title\">{HtmlEscaping.Escape(title)}</title>\n<desc "
            + $"id=\"{_id}-desc\">{HtmlEscaping.Escape(description)}</desc>\n");
        if (_hasHatch)
        {
            svg.Append($"<defs><pattern id=\"{_id}-hatch\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" "
                + $"patternTransform=\"rotate(45)\">");
            svg.Append($"<line x1=\"0\" y1=\"0\" x2=\"0\" y2=\"5\"{Colours(Paint.None, Paint.Neutral)} "
                + $"stroke-width=\"1.2\"/></pattern></defs>\n");
        }
        if (!_isInPage)
            svg.Append($"<rect width=\"{N(width)}\" height=\"{N(height)}\" fill=\"#ffffff\"/>\n");
        return svg.Append(_body).Append("</svg>\n").ToString();
    }

    private void End(string attributes, string name, string? tip) =>
        _body.Append(attributes).Append(tip is null ? "/>\n" : $"><title>{HtmlEscaping.Escape(tip)}</title></{name}>\n");

    private string Hatch => _isInPage
        ? $"style=\"fill:url(#{_id}-hatch);stroke:{Paints.Variable(Paint.Line)}\""
        : $"fill=\"url(#{_id}-hatch)\" stroke=\"{Paints.Fixed(Paint.Line)}\"";

    private string Colours(Paint fill, Paint stroke) => _isInPage
        ? $" style=\"fill:{Paints.Variable(fill)}{(stroke == Paint.None ? "" : $";stroke:{Paints.Variable(stroke)}")}\""
        : $" fill=\"{Paints.Fixed(fill)}\"{(stroke == Paint.None ? "" : $" stroke=\"{Paints.Fixed(stroke)}\"")}";

    private static string Opacity(double opacity) => opacity >= 1 ? "" : $" fill-opacity=\"{N(opacity)}\"";

    private static string Width(double width) => width == 1 ? "" : $" stroke-width=\"{N(width)}\"";

    private static string Dash(string? dash) => dash is null ? "" : $" stroke-dasharray=\"{dash}\"";

    private static string N(double value) =>
        Math.Round(value, 2, MidpointRounding.AwayFromZero).ToString("0.##", CultureInfo.InvariantCulture);
}
