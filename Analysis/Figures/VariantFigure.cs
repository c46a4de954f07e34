using Tandem.Analysis.Scenarios.Statistics;
using Tandem.Analysis.Statistics;

namespace Tandem.Analysis.Figures;

/// <summary>How often conversations passed, by variant: what <see cref="SuccessFigure"/> is for settings.</summary>
internal static class VariantFigure
{
    public const string Name = "passed-by-variant";
    private const int LongestName = 32;
    private const double LetterWidth = 7;
    private const double LeastLeft = 150;

    public static Figure Of(ScenarioStatistics statistics)
    {
        const string Title = "Passed by variant";
        IReadOnlyList<VariantRate> rates = statistics.Rates;
        if (rates.All(rate => rate.Rate.Trials == 0))
            return Figure.LeftOut(Name, Title, "No conversation has a verdict.");
        RateRow[] rows = [.. rates.Select(RowOf)];
        double left = Math.Max(LeastLeft, 24 + (LetterWidth * rows.Max(row => row.Name.Length)));
        return new Figure
        {
            Name = Name,
            Title = Title,
            Caption = "Share of conversations in which all checks passed, with 95 % Wilson intervals; n is the number of conversations "
                + "with a verdict."
                + (rows.Any(row => row.Second is not null) ? " Grey below: the 95 % interval over scenarios, whose repetitions go together."
                : "")
                + (rates.Any(rate => rate.Missing.Total > 0)
                ? " Hatched: where the rate would lie had all conversations without a verdict failed, or all passed."
                : " No conversation is missing."),
            Width = RateRows.WidthOf(left),
            Height = RateRows.HeightOf(rows.Length),
            Draw = canvas => RateRows.Draw(canvas, left, rows, "passed, % of conversations with a verdict"),
            Data = DataOf(rates),
        };
    }

    private static RateRow RowOf(VariantRate rate, int place) => new()
    {
        Name = rate.Variant.Length > LongestName ? rate.Variant[..(LongestName - 1)] + "\u2026" : rate.Variant,
        Remark = $"n = {rate.Rate.Trials}",
        Rate = rate.Rate,
        Missing = rate.Missing.Total,
        Cases = rate.Cases,
        Bounds = rate.Bounds,
        Second = rate.ByScenarios.Interval,
        Paint = Paints.At(place),
        Shape = Paints.ShapeAt(place),
        IsHollow = false,
    };

    private static CsvTable DataOf(IReadOnlyList<VariantRate> rates)
    {
        var table = new CsvTable("variant", "cases", "with_verdict", "passed", "rate", "wilson95_low", "wilson95_high",
            "bootstrap95_low", "bootstrap95_high", "not_run", "infra_errors", "interrupted", "checks_due", "bound_low", "bound_high");
        foreach (VariantRate rate in rates)
        {
            MissingCases missing = rate.Missing;
            table.Add(rate.Variant, rate.Cases, rate.Rate.Trials, rate.Rate.Successes, rate.Rate.Value, rate.Rate.Wilson95?.Low,
                rate.Rate.Wilson95?.High, rate.ByScenarios.Interval?.Low, rate.ByScenarios.Interval?.High, missing.NotRun,
                missing.InfraErrors, missing.Interrupted, missing.NoVerdict, rate.Bounds?.Low, rate.Bounds?.High);
        }
        return table;
    }
}
