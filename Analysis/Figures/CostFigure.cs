using System.Globalization;
using Tandem.Analysis.Markup;
using Tandem.Analysis.Statistics;
using Tandem.Records.Cases;
using Tandem.Records.Json;

namespace Tandem.Analysis.Figures;

/// <summary>What a run costs against how often it succeeds, a mark for each setting.</summary>
internal static class CostFigure
{
    private const double Left = 70;
    private const double Right = 590;
    private const double Top = 40;
    private const double Bottom = 290;

    public static Figure Of(ExperimentStatistics statistics)
    {
        const string Name = "cost-against-success";
        const string Title = "Cost against success";
        CostStatistics[] costs = [.. statistics.Costs.Where(cost => cost.Setting is not null && cost.Runs > 0)];
        if (costs.Length == 0)
            return Figure.LeftOut(Name, Title, "No run counts.");
        if (costs.All(cost => cost.CostUsd.Known == 0))
            return Figure.LeftOut(Name, Title, "No run's cost is known: the model has no price, or the agent does not report it.");
        if (costs.All(cost => cost.CostUsd.Total is null or 0))
            return Figure.LeftOut(Name, Title, "Nothing was spent: the agent asks no model.");
        Point[] points =
        [
            .. costs.Select(cost => new Point(cost.Setting!.Value, cost, statistics.Rates.Last(rate => rate.Setting == cost.Setting).Rate))
                .Where(point => point.Cost.CostUsd.Mean is not null && point.Rate.Value is not null),
        ];
        int unknown = costs.Sum(cost => cost.CostUsd.Missing);
        return new Figure
        {
            Name = Name,
            Title = Title,
            Caption = "Mean cost of a run against success, all seeds. Upright: 95 % Wilson interval of success; lying: from the cheapest "
                + "run to the 90th percentile. "
                + string.Join(" ", points.Select(point =>
                $"{EnumNames.NameOf(point.Setting)}: n = "
                + $"{point.Cost.CostUsd.Known}"
                + $"{(point.Cost.CostPerSuccess is double each ? $", {Say.Usd((decimal)each)} per success" : "")}."))
                + (unknown > 0 ? $" The cost of {Say.Plural(unknown, "run")} is not known; left out of the means."
                : " Every run's cost is known."),
            Width = 620,
            Height = Bottom + 46,
            Draw = canvas => Draw(canvas, points),
            Data = DataOf(points),
        };
    }

    private static void Draw(SvgCanvas canvas, Point[] points)
    {
        var x = Axis.UpTo(points.Max(point => Math.Max(point.Cost.CostUsd.P90 ?? 0, point.Cost.CostUsd.Mean ?? 0)), Left, Right);
        var y = Axis.Shares(Bottom, Top);
        Frame.Left(canvas, y, Left, Right, "success, % of runs", Frame.Percent);
        Frame.Bottom(canvas, x, Bottom, "USD per run, mean", tick => tick.ToString("0.#####", CultureInfo.InvariantCulture));
        Legend.Draw(canvas, Left, 18, points.Select(point => (point.Setting, $"(n = {point.Cost.CostUsd.Known})")));
        foreach (Point point in points)
        {
            Paint paint = Paints.Of(point.Setting);
            (double atX, double atY) = (x.At(point.Cost.CostUsd.Mean!.Value), y.At(point.Rate.Value!.Value));
            if (point.Rate.Wilson95 is Interval interval)
                canvas.Interval(atX, y.At(interval.Low), y.At(interval.High), paint);
            canvas.IntervalAcross(x.At(point.Cost.CostUsd.Least ?? 0), x.At(point.Cost.CostUsd.P90 ?? 0), atY, paint);
            canvas.Mark(atX, atY, Paints.ShapeOf(point.Setting), paint, 7,
                tip: $"{EnumNames.NameOf(point.Setting)}: {point.Cost.CostUsd.Mean:0.0000} USD, {point.Rate.Successes} of "
                + $"{point.Rate.Trials}");
        }
    }

    private static CsvTable DataOf(Point[] points)
    {
        var table = new CsvTable("setting", "runs", "cost_known", "cost_usd_mean", "cost_usd_median", "cost_usd_p90", "cost_usd_total",
            "cost_usd_per_success", "with_verdict", "passed", "rate", "wilson95_low", "wilson95_high");
        foreach (Point point in points)
        {
            Distribution cost = point.Cost.CostUsd;
            table.Add(
                EnumNames.NameOf(point.Setting), point.Cost.Runs, cost.Known, cost.Mean, cost.Median, cost.P90, cost.Total,
                    point.Cost.CostPerSuccess,
                point.Rate.Trials, point.Rate.Successes, point.Rate.Value, point.Rate.Wilson95?.Low, point.Rate.Wilson95?.High);
        }
        return table;
    }

    private sealed record Point(Setting Setting, CostStatistics Cost, Proportion Rate);
}
