namespace Tandem.Records.Runs;

/// <summary>The median, the same wherever one is shown.</summary>
public static class Median
{
    /// <summary>The value in the middle, or the mean of the two in the middle.</summary>
    /// <param name="sorted">At least one value, ascending.</param>
    public static double Of(IReadOnlyList<double> sorted)
    {
        int middle = sorted.Count / 2;
        return sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
