using System.Globalization;
using System.Text;

namespace Tandem.Bench.Fleet;

/// <summary>How many places are still at work over the time, for each way to divide the work, as SVG.</summary>
internal static class FleetFigure
{
    private const int Width = 720;
    private const int Height = 360;
    private const int Left = 60;
    private const int Top = 30;
    private const int Right = 20;
    private const int Bottom = 50;
    private static readonly string[] s_colours = ["#b3541e", "#2f6f4f", "#2b5797"];

    /// <param name="title">What is shown.</param>
    /// <param name="idealSeconds">Drawn as a line.</param>
    /// <param name="ways">Name and what was played, at most three.</param>
    public static string ToSvg(string title, double idealSeconds, IReadOnlyList<(string Name, Played Played)> ways)
    {
        double most = ways.Max(way => way.Played.Seconds) * 1.02;
        int places = ways[0].Played.Ends.Count;
        double X(double seconds) => Left + (seconds / most * (Width - Left - Right));
        double Y(double atWork) => Height - Bottom - (atWork / places * (Height - Top - Bottom));
        var svg = new StringBuilder();
        Line($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">");
        Line($"<title>{title}</title><rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>");
        Line($"<text x=\"{Left}\" y=\"18\" fill=\"#222222\">{title}</text>");
        for (int hour = 0; hour * 3600 <= most; hour++)
        {
            Line($"<line x1=\"{X(hour * 3600):0.0}\" y1=\"{Y(0):0.0}\" x2=\"{X(hour * 3600):0.0}\" y2=\"{Top}\" stroke=\"#e4e4e4\"/>");
            Line($"<text x=\"{X(hour * 3600):0.0}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\" fill=\"#222222\">{hour}</text>");
        }
        foreach (int atWork in new[] { 0, places / 2, places })
            Line($"<text x=\"{Left - 6}\" y=\"{Y(atWork) + 4:0.0}\" text-anchor=\"end\" fill=\"#222222\">{atWork}</text>");
        Line($"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 12}\" text-anchor=\"middle\" fill=\"#222222\">hours</text>");
        Line($"<g transform=\"rotate(-90 14 {Height / 2})\">");
        Line($"<text x=\"14\" y=\"{Height / 2}\" text-anchor=\"middle\" fill=\"#222222\">places at work</text></g>");
        string ideal = X(idealSeconds).ToString("0.0", CultureInfo.InvariantCulture);
        Line($"<path d=\"M {ideal} {Y(0):0.0} V {Top}\" stroke=\"#555555\" stroke-dasharray=\"4 3\"/>");
        Line($"<text x=\"{X(idealSeconds) - 4:0.0}\" y=\"{Y(0) - 6:0.0}\" text-anchor=\"end\" fill=\"#555555\">ideal</text>");
        for (int i = 0; i < ways.Count; i++)
        {
            var points = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"{X(0):0.0},{Y(places):0.0}"));
            for (int end = 0; end < places; end += Math.Max(1, places / 256))
                points.Append(CultureInfo.InvariantCulture,
                    $" {X(ways[i].Played.Ends[end]):0.0},{Y(places - end):0.0}");
            points.Append(CultureInfo.InvariantCulture, $" {X(ways[i].Played.Seconds):0.0},{Y(0):0.0}");
            Line($"<polyline points=\"{points}\" fill=\"none\" stroke=\"{s_colours[i]}\" stroke-width=\"2\"/>");
            Line($"<rect x=\"{Left + 12}\" y=\"{Height - Bottom - 70 + (i * 18)}\" width=\"14\" height=\"4\" fill=\"{s_colours[i]}\"/>");
            Line($"<text x=\"{Left + 32}\" y=\"{Height - Bottom - 64 + (i * 18)}\" fill=\"#222222\">{ways[i].Name}</text>");
        }
        return svg.Append("</svg>\n").ToString();

        void Line(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }
}
