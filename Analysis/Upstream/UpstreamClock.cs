using System.Globalization;
using System.Text.RegularExpressions;

namespace Tandem.Analysis.Upstream;

/// <summary>Reads upstream's times: seconds since 1970, or ISO-8601 in local time without saying of which zone.</summary>
/// <param name="utcOffset">What local time was ahead of UTC where upstream ran.</param>
internal sealed partial class UpstreamClock(TimeSpan utcOffset)
{
    private static readonly decimal s_lastSecond = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    public TimeSpan UtcOffset { get; } = utcOffset;

    /// <summary>The time that a text names; null if it names none. A zone in the text is heeded.</summary>
    public DateTimeOffset? Parse(string text)
    {
        if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal seconds))
            return OfEpoch(seconds);
        // Whatever else .NET takes for a date would be a guess.
        if (!Iso().IsMatch(text) || !DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out DateTime time))
            return null;
        if (time.Kind != DateTimeKind.Unspecified)
            return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out DateTimeOffset zoned) ? zoned.ToUniversalTime() : null;
        long ticks = time.Ticks - UtcOffset.Ticks;
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
    }

    /// <summary>The time of so many seconds since 1970; null if there is none.</summary>
    public static DateTimeOffset? OfEpoch(decimal seconds) => seconds >= 0 && seconds < s_lastSecond
        ? DateTimeOffset.UnixEpoch.AddTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond))
        : null;

    /// <summary>A time as Python writes it without a zone, in UTC: with microseconds, unless there are none.</summary>
    public static string Format(DateTimeOffset time) =>
        time.UtcDateTime.ToString(time.Ticks % TimeSpan.TicksPerSecond / 10 == 0 ? "yyyy-MM-dd'T'HH:mm:ss"
        : "yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$")]
    private static partial Regex Iso();
}
