using Tandem.Analysis.Markup;
using Tandem.Analysis.Statistics;
using Tandem.Records.Json;

namespace Tandem.Analysis.Figures;

/// <summary>Success against difficulty, a curve for each setting: the paper's figure 4. Under the axis stands how many runs each point is
/// made of.</summary>
internal static class DifficultyFigure
{
    private const double Left = 112;
    private const double Right = 596;
    private const double Top = 40;
    private const double Bottom = 290;
    private const double Width = 620;

    public static Figure Of(ExperimentStatistics statistics)
    {
        const string Name = "success-by-difficulty";
        const string Title = "Success against difficulty";
        SuccessCurve[] curves = [.. statistics.Curves.Curves.Where(curve => curve.Points.Count > 0)];
        if (curves.Length == 0)
            return Figure.LeftOut(Name, Title, "No pair has a difficulty: it comes from solo runs with a verdict.");
        int without = curves.Sum(curve => curve.WithoutDifficulty);
        return new Figure
        {
            Name = Name,
            Title = Title,
            Caption = "Success in each tenth of difficulty, at its middle, with 95 % Wilson intervals; difficulty is the share of a pair's "
                + "solo runs that failed. Marks of one tenth are drawn side by side. "
                + (statistics.Curves.Caution is { } caution ? $"Caution: {caution}. " : "")
                + (without > 0 ? $"{Say.Plural(without, "run")} with a verdict of pairs without a difficulty "
                + $"{(without == 1 ? "is" : "are")} left out." : "No run with a verdict is left out."),
            Width = Width,
            Height = Bottom + 62 + (curves.Length * 16),
            Draw = canvas => Draw(canvas, curves),
            Data = DataOf(curves),
        };
    }

    private static void Draw(SvgCanvas canvas, SuccessCurve[] curves)
    {
        var x = Axis.Shares(Left, Right);
        var y = Axis.Shares(Bottom, Top);
        Frame.Left(canvas, y, Left, Right, "success, % of runs", Frame.Percent);
        Frame.Bottom(canvas, x, Bottom, "difficulty: share of the pair's solo runs that failed");
        Legend.Draw(canvas, Left, 18, curves.Select(curve => (curve.Setting, "")));
        for (int i = 0; i < curves.Length; i++)
        {
            SuccessCurve curve = curves[i];
            Paint paint = Paints.Of(curve.Setting);
            double aside = (i - ((curves.Length - 1) / 2.0)) * 9;
            (double X, double Y)[] places = [.. curve.Points.Select(point => (x.At(point.Midpoint) + aside, y.At(point.Rate.Value ?? 0)))];
            canvas.Path(places, paint, 2, i == 0 ? null : i == 1 ? "7 3" : "2 3");
            for (int p = 0; p < places.Length; p++)
            {
                CurvePoint point = curve.Points[p];
                if (point.Rate.Wilson95 is Interval interval)
                    canvas.Interval(places[p].X, y.At(interval.Low), y.At(interval.High), paint);
                canvas.Mark(places[p].X, places[p].Y, Paints.ShapeOf(curve.Setting), paint,
                    tip: $"{EnumNames.NameOf(curve.Setting)}, tenth {point.Bucket}: {point.Rate.Successes} of {point.Rate.Trials}");
            }
        }
        DrawCounts(canvas, x, curves);
    }

    private static void DrawCounts(SvgCanvas canvas, Axis x, SuccessCurve[] curves)
    {
        double y = Bottom + 58;
        foreach (SuccessCurve curve in curves)
        {
            canvas.Mark(Left - 2, y - 4, Paints.ShapeOf(curve.Setting), Paints.Of(curve.Setting), 4);
            canvas.Text(Left - 10, y, $"n {EnumNames.NameOf(curve.Setting)}", Anchor.End, Paint.Ink, 11);
            foreach (CurvePoint point in curve.Points)
                canvas.Text(x.At(point.Midpoint), y, Say.Count(point.Rate.Trials), Anchor.Middle, Paint.Ink, 11);
            y += 16;
        }
    }

    private static CsvTable DataOf(SuccessCurve[] curves)
    {
        var table = new CsvTable("setting", "bucket", "midpoint", "with_verdict", "passed", "rate", "wilson95_low", "wilson95_high");
        foreach (SuccessCurve curve in curves)
        {
            foreach (CurvePoint point in curve.Points)
                table.Add(EnumNames.NameOf(curve.Setting), point.Bucket, point.Midpoint, point.Rate.Trials, point.Rate.Successes,
                    point.Rate.Value, point.Rate.Wilson95?.Low, point.Rate.Wilson95?.High);
        }
        return table;
    }
}
