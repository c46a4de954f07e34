using Tandem.Analysis.Markup;
using Tandem.Analysis.Statistics;

namespace Tandem.Analysis.Figures;

/// <summary>One rate of a figure of rates.</summary>
internal sealed record RateRow
{
    /// <summary>Whose rate it is.</summary>
    public required string Name { get; init; }

    /// <summary>Below the name, small.</summary>
    public required string Remark { get; init; }

    public required Proportion Rate { get; init; }

    /// <summary>Cases without a verdict.</summary>
    public required int Missing { get; init; }

    /// <summary>All cases.</summary>
    public required int Cases { get; init; }

    /// <summary>The rate if all missing cases had failed, and if all had passed; null without cases.</summary>
    public required Interval? Bounds { get; init; }

    /// <summary>Another interval of the rate, drawn grey below Wilson's; null for none.</summary>
    public Interval? Second { get; init; }

    public required Paint Paint { get; init; }

    public required MarkShape Shape { get; init; }

    public required bool IsHollow { get; init; }
}

/// <summary>Rates one below the other: mark, 95 % interval, and hatched what missing cases leave open.</summary>
internal static class RateRows
{
    private const double RowHeight = 44;
    private const double Top = 14;
    private const double AxisWidth = 320;
    private const double ForNumbers = 150;
    private const double ForAxis = 48;

    /// <param name="left">Where the axis begins: right of all names.</param>
    public static double WidthOf(double left) => left + AxisWidth + ForNumbers;

    public static double HeightOf(int rows) => Top + (rows * RowHeight) + ForAxis;

    public static void Draw(SvgCanvas canvas, double left, IReadOnlyList<RateRow> rows, string label)
    {
        double bottom = Top + (rows.Count * RowHeight);
        var x = Axis.Shares(left, left + AxisWidth);
        foreach (double tick in x.Ticks)
            canvas.Line(x.At(tick), Top, x.At(tick), bottom, Paint.Line);
        Frame.Bottom(canvas, x, bottom, label, Frame.Percent);
        for (int i = 0; i < rows.Count; i++)
            Draw(canvas, x, rows[i], Top + ((i + 0.5) * RowHeight));
    }

    private static void Draw(SvgCanvas canvas, Axis x, RateRow row, double y)
    {
        canvas.Text(x.Begin - 12, y - 1, row.Name, Anchor.End, isBold: !row.IsHollow);
        canvas.Text(x.Begin - 12, y + 13, row.Remark, Anchor.End, Paint.Muted, 11);
        if (row.Missing > 0 && row.Bounds is Interval bounds)
            canvas.Missing(x.At(bounds.Low), y - 11, x.At(bounds.High) - x.At(bounds.Low), 22,
                $"{row.Name}: {row.Missing} of {row.Cases} without a verdict; {Say.PercentRange(bounds.Low, bounds.High)}");
        if (row.Rate.Value is not double value || row.Rate.Wilson95 is not Interval interval)
        {
            canvas.Text(x.Begin + 6, y + 4, "no verdict", paint: Paint.Muted);
            return;
        }
        if (row.Second is Interval second)
            canvas.IntervalAcross(x.At(second.Low), x.At(second.High), y + 13, Paint.Muted, 3);
        canvas.IntervalAcross(x.At(interval.Low), x.At(interval.High), y, row.Paint, 5);
        canvas.Mark(x.At(value), y, row.Shape, row.Paint, 6.5, row.IsHollow,
            $"{row.Name}: {row.Rate.Successes} of {row.Rate.Trials}, 95 % interval {Say.PercentRange(interval.Low, interval.High)}");
        canvas.Text(x.End + 14, y - 1, Say.Percent(value), isBold: !row.IsHollow);
        canvas.Text(x.End + 14, y + 13, $"{Say.PercentRange(interval.Low, interval.High)}", paint: Paint.Muted, size: 11);
    }
}
