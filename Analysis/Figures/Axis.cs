using System.Globalization;

namespace Tandem.Analysis.Figures;

/// <summary>A linear axis: from values to places in a drawing, with ticks at round numbers.</summary>
/// <param name="Low">The value at its begin.</param>
/// <param name="High">The value at its end, above <paramref name="Low"/>.</param>
/// <param name="Begin">The place of <paramref name="Low"/>.</param>
/// <param name="End">The place of <paramref name="High"/>; below the begin for an axis that goes up.</param>
/// <param name="Step">Between two ticks.</param>
internal sealed record Axis(double Low, double High, double Begin, double End, double Step)
{
    /// <summary>An axis of shares from 0 to 1, ticks at each fifth.</summary>
    public static Axis Shares(double begin, double end) => new(0, 1, begin, end, 0.2);

    /// <summary>An axis from 0 that holds all values, with 3 to 8 ticks at round numbers.</summary>
    public static Axis UpTo(double most, double begin, double end)
    {
        if (!(most > 0) || !double.IsFinite(most))
            most = 1;
        double step = Math.Pow(10, Math.Floor(Math.Log10(most)));
        step = (most / step) switch { < 1.5 => step / 5, < 3 => step / 2, < 7 => step, _ => step * 2 };
        return new Axis(0, Math.Ceiling(Math.Round(most / step, 6)) * step, begin, end, step);
    }

    public double At(double value) => Begin + ((Math.Clamp(value, Low, High) - Low) / (High - Low) * (End - Begin));

    public IEnumerable<double> Ticks =>
        Enumerable.Range(0, (int)Math.Round((High - Low) / Step) + 1).Select(i => Math.Round(Low + (i * Step), 12));

    /// <summary>A tick's number, with as many places as the steps have.</summary>
    public string Name(double tick) =>
        tick.ToString(Step >= 1 ? "#,0"
        : "0." + new string('0', (int)Math.Ceiling(-Math.Log10(Step) - 1e-9)), CultureInfo.InvariantCulture);
}

/// <summary>The frame of a chart: lines and numbers at the ticks, and what is measured in which unit.</summary>
internal static class Frame
{
    /// <summary>Lines across the chart at each tick of an axis that goes up.</summary>
    public static void Left(SvgCanvas canvas, Axis y, double left, double right, string label, Func<double, string>? name = null)
    {
        foreach (double tick in y.Ticks)
        {
            canvas.Line(left, y.At(tick), right, y.At(tick), Paint.Line, tick == y.Low ? 1.5 : 1);
            canvas.Text(left - 6, y.At(tick) + 4, name?.Invoke(tick) ?? y.Name(tick), Anchor.End, Paint.Muted, 11);
        }
        canvas.Text(left - 44, (y.Begin + y.End) / 2, label, Anchor.Middle, Paint.Ink, 12, turn: -90);
    }

    /// <summary>Numbers under the chart.</summary>
    public static void Bottom(SvgCanvas canvas, Axis x, double bottom, string label, Func<double, string>? name = null)
    {
        foreach (double tick in x.Ticks)
        {
            canvas.Line(x.At(tick), bottom, x.At(tick), bottom + 4, Paint.Neutral);
            canvas.Text(x.At(tick), bottom + 17, name?.Invoke(tick) ?? x.Name(tick), Anchor.Middle, Paint.Muted, 11);
        }
        canvas.Text((x.Begin + x.End) / 2, bottom + 36, label, Anchor.Middle);
    }

    /// <summary><c>60 %</c>.</summary>
    public static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{Math.Round(100 * share)} %");
}
