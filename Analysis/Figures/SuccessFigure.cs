using Tandem.Analysis.Markup;
using Tandem.Analysis.Statistics;
using Tandem.Records.Json;

namespace Tandem.Analysis.Figures;

/// <summary>Success by setting: one seed alone, one run for each pair, and all seeds where there are several.</summary>
internal static class SuccessFigure
{
    private const double RowHeight = 44;
    private const double Left = 150;
    private const double Right = 470;
    private const double Width = 620;
    private const double Top = 14;

    public static Figure Of(ExperimentStatistics statistics)
    {
        const string Name = "success-by-setting";
        const string Title = "Success by setting";
        IReadOnlyList<PassRate> rates = statistics.Rates;
        if (rates.All(rate => rate.Rate.Trials == 0))
            return Figure.LeftOut(Name, Title, "No run has a verdict.");
        bool hasMissing = rates.Any(rate => rate.Missing.Total > 0);
        return new Figure
        {
            Name = Name,
            Title = Title,
            Caption = "Share of runs in which all features' tests passed, with 95 % Wilson intervals; n is the number of runs with a "
                + "verdict."
                + (rates.Any(rate => rate.Seed is null)
                ? $" Filled marks are one run per pair{ComparedBy(statistics.Table)}; hollow ones are all seeds,"
                + " whose runs are not independent, so that their intervals are too narrow." : "")
                + (hasMissing ? " Hatched: where the rate would lie had all runs without a verdict failed, or all passed."
                : " No run is missing."),
            Width = Width,
            Height = Top + (rates.Count * RowHeight) + 48,
            Draw = canvas => Draw(canvas, rates),
            Data = DataOf(rates),
        };
    }

    private static string ComparedBy(CaseTable table) => table is { Settings.Count: > 1, SharedSeed: int seed }
        ? $" (seed {seed}){(table.HasSeedsInCommon ? "" : ", which is what settings are compared by")}" : "";

    private static void Draw(SvgCanvas canvas, IReadOnlyList<PassRate> rates)
    {
        double bottom = Top + (rates.Count * RowHeight);
        var x = Axis.Shares(Left, Right);
        foreach (double tick in x.Ticks)
            canvas.Line(x.At(tick), Top, x.At(tick), bottom, Paint.Line);
        Frame.Bottom(canvas, x, bottom, "success, % of runs with a verdict", Frame.Percent);
        for (int i = 0; i < rates.Count; i++)
        {
            PassRate rate = rates[i];
            double y = Top + ((i + 0.5) * RowHeight);
            string setting = EnumNames.NameOf(rate.Setting);
            Paint paint = Paints.Of(rate.Setting);
            canvas.Text(Left - 12, y - 1, setting, Anchor.End, isBold: rate.Seed is not null);
            canvas.Text(Left - 12, y + 13, $"{(rate.Seed is int seed ? $"seed {seed}" : "all seeds")}, n = {rate.Rate.Trials}",
                Anchor.End, Paint.Muted, 11);
            if (rate.Missing.Total > 0 && rate.Bounds is Interval bounds)
                canvas.Missing(x.At(bounds.Low), y - 11, x.At(bounds.High) - x.At(bounds.Low), 22,
                    $"{setting}: {rate.Missing.Total} of {rate.Cases} without a verdict; {Say.PercentRange(bounds.Low, bounds.High)}");
            if (rate.Rate.Value is not double value || rate.Rate.Wilson95 is not Interval interval)
            {
                canvas.Text(Left + 6, y + 4, "no verdict", paint: Paint.Muted);
                continue;
            }
            canvas.IntervalAcross(x.At(interval.Low), x.At(interval.High), y, paint, 5);
            canvas.Mark(x.At(value), y, Paints.ShapeOf(rate.Setting), paint, 6.5, rate.Seed is null,
                $"{setting}: {rate.Rate.Successes} of {rate.Rate.Trials}, 95 % interval {Say.PercentRange(interval.Low, interval.High)}");
            canvas.Text(Right + 14, y - 1, Say.Percent(value), isBold: rate.Seed is not null);
            canvas.Text(Right + 14, y + 13, $"{Say.PercentRange(interval.Low, interval.High)}", paint: Paint.Muted, size: 11);
        }
    }

    private static CsvTable DataOf(IReadOnlyList<PassRate> rates)
    {
        var table = new CsvTable("setting", "seed", "cases", "with_verdict", "passed", "rate", "wilson95_low", "wilson95_high",
            "bootstrap95_low", "bootstrap95_high", "not_run", "infra_errors", "interrupted", "no_verdict", "bound_low", "bound_high");
        foreach (PassRate rate in rates)
        {
            MissingCases missing = rate.Missing;
            table.Add(
                EnumNames.NameOf(rate.Setting), rate.Seed is int seed ? seed : "all", rate.Cases, rate.Rate.Trials, rate.Rate.Successes,
                    rate.Rate.Value, rate.Rate.Wilson95?.Low, rate.Rate.Wilson95?.High,
                rate.ByTasks?.Interval?.Low, rate.ByTasks?.Interval?.High, missing.NotRun, missing.InfraErrors, missing.Interrupted,
                    missing.NoVerdict, rate.Bounds?.Low, rate.Bounds?.High);
        }
        return table;
    }
}
