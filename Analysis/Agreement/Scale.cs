namespace Tandem.Analysis.Agreement;

/// <summary>What may be said of the distance between two values (Stevens 1946, Science 103:677-680).</summary>
internal enum Scale
{
    /// <summary>They are equal or not.</summary>
    Nominal,

    /// <summary>One is more; the distance is the number of ratings between them.</summary>
    Ordinal,

    /// <summary>The distance is the difference of the numbers.</summary>
    Interval,
}
