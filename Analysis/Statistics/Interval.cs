namespace Tandem.Analysis.Statistics;

/// <summary>A closed interval, in the unit of what it is about.</summary>
internal readonly record struct Interval(double Low, double High)
{
    /// <summary>Whether a value lies in it, its ends included.</summary>
    public bool Contains(double value) => value >= Low && value <= High;
}

/// <summary>Quantiles of the standard normal distribution, all that is needed of it.</summary>
internal static class Normal
{
    /// <summary>The quantile at 0.975: of a two-sided interval or test at 95 %.</summary>
    public const double Z975 = 1.959963984540054;

    /// <summary>The quantile at 0.8: of a power of 80 %.</summary>
    public const double Z80 = 0.8416212335729143;
}
