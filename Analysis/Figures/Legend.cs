using Tandem.Records.Cases;
using Tandem.Records.Json;

namespace Tandem.Analysis.Figures;

/// <summary>Which mark is which setting, in one line above a chart.</summary>
internal static class Legend
{
    public static void Draw(SvgCanvas canvas, double x, double y, IEnumerable<(Setting Setting, string Remark)> entries)
    {
        foreach ((Setting setting, string remark) in entries)
        {
            string text = EnumNames.NameOf(setting) + (remark.Length > 0 ? " " + remark : "");
            canvas.Line(x, y - 4, x + 22, y - 4, Paints.Of(setting), 2);
            canvas.Mark(x + 11, y - 4, Paints.ShapeOf(setting), Paints.Of(setting));
            canvas.Text(x + 28, y, text);
            // Without the font's measures: wide enough for all that are likely.
            x += 28 + (text.Length * 6.6) + 20;
        }
    }
}
