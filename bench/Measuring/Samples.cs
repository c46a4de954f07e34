namespace Tandem.Bench.Measuring;

/// <summary>What one thing measured in each round, in the order of the rounds.</summary>
internal sealed record Samples(IReadOnlyList<double> Values)
{
    private readonly double[] _sorted = Values.Count > 0 ? [.. Values.Order()]
        : throw new ArgumentException("There is nothing to take a median of.", nameof(Values));

    public double Min => _sorted[0];

    public double Max => _sorted[^1];

    public double Median => (_sorted[(_sorted.Length - 1) / 2] + _sorted[_sorted.Length / 2]) / 2;

    /// <summary>The least value that 95 of 100 do not exceed.</summary>
    public double Percentile95 => _sorted[(int)Math.Ceiling(0.95 * _sorted.Length) - 1];

    /// <summary>This divided by another, round by round: what disturbs the machine in a round disturbs both.</summary>
    public Samples Over(Samples other) => Pair(other, static (mine, theirs) => mine / theirs);

    /// <summary>This less another, round by round.</summary>
    public Samples Less(Samples other) => Pair(other, static (mine, theirs) => mine - theirs);

    private Samples Pair(Samples other, Func<double, double, double> combine) =>
        other.Values.Count == Values.Count
            ? new Samples([.. Values.Zip(other.Values, combine)])
            : throw new ArgumentException($"{Values.Count} rounds cannot be compared with {other.Values.Count}.", nameof(other));
}
