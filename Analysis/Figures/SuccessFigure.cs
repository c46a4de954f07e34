using Tandem.Analysis.Statistics;
using Tandem.Records.Json;

namespace Tandem.Analysis.Figures;

/// <summary>Success by setting: one seed alone, one run for each pair, and all seeds where there are several.</summary>
internal static class SuccessFigure
{
    private const double Left = 150;

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
            Width = RateRows.WidthOf(Left),
            Height = RateRows.HeightOf(rates.Count),
            Draw = canvas => RateRows.Draw(canvas, Left, [.. rates.Select(RowOf)], "success, % of runs with a verdict"),
            Data = DataOf(rates),
        };
    }

    private static string ComparedBy(CaseTable table) => table is { Settings.Count: > 1, SharedSeed: int seed }
        ? $" (seed {seed}){(table.HasSeedsInCommon ? "" : ", which is what settings are compared by")}" : "";

    private static RateRow RowOf(PassRate rate) => new()
    {
        Name = EnumNames.NameOf(rate.Setting),
        Remark = $"{(rate.Seed is int seed ? $"seed {seed}" : "all seeds")}, n = {rate.Rate.Trials}",
        Rate = rate.Rate,
        Missing = rate.Missing.Total,
        Cases = rate.Cases,
        Bounds = rate.Bounds,
        Paint = Paints.Of(rate.Setting),
        Shape = Paints.ShapeOf(rate.Setting),
        IsHollow = rate.Seed is null,
    };

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
