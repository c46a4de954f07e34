using System.Globalization;

namespace Tandem.Bench.Measuring;

/// <summary>Numbers as tables show them: the median, and behind it the least and the most.</summary>
internal static class Wording
{
    public static string Ms(Samples samples) =>
        string.Create(CultureInfo.InvariantCulture, $"{samples.Median:0} ({samples.Min:0}–{samples.Max:0})");

    public static string Tenths(Samples milliseconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{milliseconds.Median:0.0} ({milliseconds.Min:0.0}–{milliseconds.Max:0.0})");

    public static string Hundredths(Samples milliseconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{milliseconds.Median:0.00} ({milliseconds.Min:0.00}–{milliseconds.Max:0.00})");

    public static string Seconds(Samples milliseconds) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{milliseconds.Median / 1000:0.00} ({milliseconds.Min / 1000:0.00}–{milliseconds.Max / 1000:0.00})");

    public static string Ratio(Samples ratios) =>
        string.Create(CultureInfo.InvariantCulture, $"{ratios.Median:0.00} ({ratios.Min:0.00}–{ratios.Max:0.00})");

    public static string Percent(Samples shares) =>
        string.Create(CultureInfo.InvariantCulture, $"{shares.Median * 100:0} % ({shares.Min * 100:0}–{shares.Max * 100:0} %)");

    public static string Rate(Samples rates) =>
        string.Create(CultureInfo.InvariantCulture, $"{rates.Median:0.0} ({rates.Min:0.0}–{rates.Max:0.0})");
}
