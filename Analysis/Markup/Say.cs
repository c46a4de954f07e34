using System.Globalization;

namespace Tandem.Analysis.Markup;

/// <summary>How quantities are written, everywhere in the report alike. What is not known is a dash, never a zero.</summary>
internal static class Say
{
    public const string Unknown = "\u2013";

    public static string Count(long? number) => number?.ToString("#,0", CultureInfo.InvariantCulture) ?? Unknown;

    /// <summary>A share from 0 to 1, as per cent.</summary>
    public static string Percent(double? share) => share is double value
        && double.IsFinite(value) ? string.Create(CultureInfo.InvariantCulture, $"{100 * value:0.0} %") : Unknown;

    /// <summary>A share's interval, as per cent.</summary>
    public static string PercentRange(double low, double high) =>
        string.Create(CultureInfo.InvariantCulture, $"{100 * low:0.0} to {100 * high:0.0} %");

    /// <summary>A difference of shares, as percentage points, with its sign.</summary>
    public static string Points(double? difference) => difference is double value
        && double.IsFinite(value) ? string.Create(CultureInfo.InvariantCulture, $"{Signed(100 * value, "0.0")} pp") : Unknown;

    /// <summary>A number with its sign, with a true minus.</summary>
    public static string Signed(double value, string format)
    {
        string size = Math.Abs(value).ToString(format, CultureInfo.InvariantCulture);
        return size.AsSpan().IndexOfAnyInRange('1', '9') < 0 ? size : (value < 0 ? "\u2212" : "+") + size;
    }

    /// <summary>A probability of chance.</summary>
    public static string P(double? p) => p is not double value ? Unknown : value < 0.001 ? "p < 0.001"
        : string.Create(CultureInfo.InvariantCulture, $"p = {value:0.000}");

    public static string Usd(decimal? amount) => amount switch
    {
        null => Unknown,
        0 => "0 USD",
        < 0.01m and > -0.01m => amount.Value.ToString("0.00000", CultureInfo.InvariantCulture) + " USD",
        < 1 and > -1 => amount.Value.ToString("0.0000", CultureInfo.InvariantCulture) + " USD",
        _ => amount.Value.ToString("#,0.00", CultureInfo.InvariantCulture) + " USD",
    };

    public static string Seconds(double? seconds)
    {
        if (seconds is not double value || !double.IsFinite(value))
            return Unknown;
        if (value < 0)
            return string.Create(CultureInfo.InvariantCulture, $"{value:0.0} s");
        if (value < 100)
            return string.Create(CultureInfo.InvariantCulture, $"{value:0.0} s");
        long whole = (long)Math.Round(value);
        return whole < 3600
            ? string.Create(CultureInfo.InvariantCulture, $"{whole / 60} min {whole % 60:00} s")
            : string.Create(CultureInfo.InvariantCulture, $"{whole / 3600} h {whole % 3600 / 60:00} min");
    }

    public static string Bytes(long? bytes) => bytes switch
    {
        null => Unknown,
        < 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes.Value / 1024.0:0.0} KiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes.Value / (1024.0 * 1024):0.0} MiB"),
    };

    public static string Time(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture) ?? Unknown;

    /// <summary>How long after a begin something was.</summary>
    public static string After(DateTimeOffset begin, DateTimeOffset? time) =>
        time is DateTimeOffset at ? string.Create(CultureInfo.InvariantCulture, $"{Signed((at - begin).TotalSeconds, "0.0")} s") : Unknown;

    /// <summary><c>1 run</c>, <c>2 runs</c>.</summary>
    public static string Plural(long count, string one, string? many = null) => $"{Count(count)} {(count == 1 ? one : many ?? one + "s")}";
}
