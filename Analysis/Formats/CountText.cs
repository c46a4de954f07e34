using System.Globalization;

namespace Tandem.Analysis.Formats;

internal static class CountText
{
    /// <summary><c>1 judge</c>, <c>2 judges</c>.</summary>
    public static string Of(long count, string one) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {one}{(count == 1 ? "" : "s")}");
}
