using System.Globalization;

namespace Tandem.Harness.Models;

/// <summary>What an endpoint says about when to come again.</summary>
internal static class RetryAfter
{
    /// <summary>The longest pause that is kept; an endpoint that asks for more is asked again after this.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    /// <summary>Reads <c>retry-after-ms</c> (OpenAI's) or <c>Retry-After</c> (seconds or a date); null if the endpoint says nothing that
    /// can be read.</summary>
    /// <param name="header">Gives a header's value by its name.</param>
    /// <param name="now">For dates.</param>
    public static TimeSpan? Read(Func<string, string?> header, DateTimeOffset now)
    {
        if (Number(header("retry-after-ms")) is double milliseconds)
            return Bounded(milliseconds / 1000);
        string? value = header("Retry-After");
        if (Number(value) is double seconds)
            return Bounded(seconds);
        return DateTimeOffset.TryParseExact(value, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal,
            out DateTimeOffset date) ? Bounded((date - now).TotalSeconds) : null;
    }

    private static double? Number(string? value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number : null;

    private static TimeSpan Bounded(double seconds) => TimeSpan.FromSeconds(Math.Clamp(seconds, 0, Longest.TotalSeconds));
}
