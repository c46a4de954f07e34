using System.Globalization;
using System.Text;
using Tandem.Cli.Status;

namespace Tandem.Cli.Planning;

/// <summary>The cases of one setting, or of one variant.</summary>
/// <typeparam name="TKind">A setting, or the name of a variant.</typeparam>
/// <param name="Kind">Which.</param>
/// <param name="Name">How it is printed.</param>
/// <param name="Planned">Cases of the plan.</param>
/// <param name="Selected">Of these, those that are selected.</param>
/// <param name="ToRun">Of these, those that a run would do something for.</param>
/// <param name="Whole">Of these, those that take agents or a model.</param>
internal sealed record PlanRow<TKind>(TKind Kind, string Name, int Planned, int Selected, int ToRun, int Whole);

/// <summary>What <c>plan</c> says of the cases of an experiment, of either kind.</summary>
/// <typeparam name="TKind">By what past cases are told apart: the setting, or the name of a variant.</typeparam>
internal sealed class PlanText<TKind>
    where TKind : notnull
{
    private const int NarrowestName = 14;

    /// <summary>What a row is of: <c>setting</c>, <c>variant</c>.</summary>
    public required string KindWord { get; init; }

    /// <summary>Whose past cases they are: <c>agent shell with gpt-4o</c>.</summary>
    public required string Who { get; init; }

    public required IReadOnlyList<PlanRow<TKind>> Rows { get; init; }

    public required ILookup<TKind, PastCase> Past { get; init; }

    public required int Concurrency { get; init; }

    /// <summary>USD that one case may cost; null where nothing costs money.</summary>
    public required decimal? MostUsdOfCase { get; init; }

    /// <summary>Said of so many cases whose expensive part is done, with a blank before and a full stop behind.</summary>
    public required Func<int, string> OfFinished { get; init; }

    /// <summary>Said where all cases that a run would work on are of that sort.</summary>
    public required string AllFinished { get; init; }

    /// <summary>Of the kinds; null is their own.</summary>
    public IComparer<TKind>? Order { get; init; }

    private int All => Rows.Sum(row => row.ToRun);

    private int Whole => Rows.Sum(row => row.Whole);

    /// <summary>The table, and what is expected; each line ends.</summary>
    public string Write()
    {
        int width = Math.Max(NarrowestName, Rows.Select(row => row.Name.Length + 1).DefaultIfEmpty().Max());
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{KindWord.PadRight(width)}{"planned",9}{"selected",10}{"to run",8}   "
            + $"{"USD of one (10-90 %)",-26}{"seconds of one (10-90 %)",-26}{"past cases",10}");
        foreach (PlanRow<TKind> row in Rows)
        {
            PastCase[] cases = [.. Past[row.Kind]];
            string seconds = cases.Length == 0 ? "-" : Range(Interval.Of(cases.Select(one => one.Seconds)), "0.0");
            text.AppendLine(CultureInfo.InvariantCulture, $"{row.Name.PadRight(width)}{row.Planned,9}{row.Selected,10}{row.ToRun,8}   "
                + $"{CostOfOne(cases),-26}{seconds,-26}{cases.Length,10}");
        }
        text.AppendLine(CultureInfo.InvariantCulture,
            $"{"TOTAL".PadRight(width)}{Rows.Sum(row => row.Planned),9}{Rows.Sum(row => row.Selected),10}{All,8}");
        if (All > Whole)
            text.AppendLine(OfFinished(All - Whole));
        return text.AppendLine(All > 0 && Whole == 0 ? AllFinished : Expectation()).ToString();
    }

    private string Expectation()
    {
        if (Whole == 0)
            return "Nothing to run.";
        string most = MostUsdOfCase is decimal usdOfCase
            ? string.Create(CultureInfo.InvariantCulture, $" The {Whole} cases may cost {Whole * usdOfCase:0.00} USD at most "
                + $"({usdOfCase:0.00##} a case, limits.case_cost_usd).") : "";
        if (Forecast.Of(Rows.ToDictionary(row => row.Kind, row => row.Whole), Past, Concurrency, Order) is not Forecast forecast)
            return $"The store has no past case of {Who} in these {KindWord}s, so there is no estimate for the {Whole} cases.{most}";
        string cost = forecast.CostUsd is Interval usd ? $"{Range(usd, "0.00")} USD" : "an unknown cost (a past case has no price)";
        string requests = forecast.Requests.High > 0 ? $"{Range(forecast.Requests, "0")} requests, " : "";
        string rest = forecast.Cases < Whole
            ? $" There is no estimate for the other {Whole - forecast.Cases}: their {KindWord}s have no past case." : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"Expected for {forecast.Cases} cases: {requests}{cost}, {Duration(forecast.Seconds.Median)} "
                + $"({Duration(forecast.Seconds.Low)} to {Duration(forecast.Seconds.High)}); median and 10-90 % range, from "
                + $"{forecast.Past} past cases of {Who}.{rest}{most}");
    }

    private static string Duration(double seconds) => StatusText.Duration(TimeSpan.FromSeconds(seconds));

    private static string CostOfOne(PastCase[] cases) =>
        cases.Length == 0 ? "-" : cases.Any(one => one.CostUsd is null) ? "unpriced"
            : Range(Interval.Of(cases.Select(one => one.CostUsd!.Value)), "0.00##");

    private static string Range(Interval interval, string format) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{interval.Median.ToString(format, CultureInfo.InvariantCulture)} "
            + $"({interval.Low.ToString(format, CultureInfo.InvariantCulture)} to "
            + $"{interval.High.ToString(format, CultureInfo.InvariantCulture)})");
}
