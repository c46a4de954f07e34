namespace Tandem.Analysis.Statistics;

/// <summary>The smallest true difference that a comparison of this size would have found with a power of 80 %, at 5 % two-sided.</summary>
/// <param name="Pairs">n.</param>
/// <param name="DiscordantShare">psi: the share of pairs whose outcomes differ, as observed.</param>
/// <param name="Difference">Taking the pairs to be independent, above 0, at most 1; null if n is below 4, where no difference can be
/// found.</param>
/// <param name="DesignEffect">
/// How much larger the variance over tasks (the bootstrap's, times G / (G - 1) for G tasks) is than that of independent pairs, at least 1;
/// a rough number where tasks are few, null if unknown.
/// </param>
/// <param name="DifferenceByTasks">With n divided by the design effect; null as above, and where that effect is unknown.</param>
internal sealed record DetectableEffect(int Pairs, double DiscordantShare, double? Difference, double? DesignEffect,
    double? DifferenceByTasks)
{
    /// <summary>From a table with at least one pair, and the bootstrap of its difference.</summary>
    public static DetectableEffect Of(PairedTable table, BootstrapInterval bootstrap)
    {
        double n = table.Pairs;
        double psi = table.Discordant / n;
        double difference = (table.OnlyOther - table.OnlyBaseline) / n;
        double variance = (psi - (difference * difference)) / n;
        double? design = bootstrap.StandardError is double error && variance > 0
            ? Math.Max(1, error * error * bootstrap.Clusters / (bootstrap.Clusters - 1) / variance)
            : null;
        return new DetectableEffect(table.Pairs, psi, Least(n, psi), design, design is double d ? Least(n / d, psi) : null);
    }

    /// <summary>
    /// The difference delta that solves <c>n delta^2 = (z_0.975 sqrt(psi) + z_0.8 sqrt(psi - delta^2))^2</c>, the sample size of McNemar's
    /// test by Connor (1987, Biometrics 43:207-211) turned around. It takes psi as given, or as delta where that is larger, since a
    /// difference needs as many discordant pairs; and the normal approximation: the exact test needs somewhat more.
    /// </summary>
    /// <param name="pairs">n, above 0.</param>
    /// <param name="discordantShare">psi, 0 to 1.</param>
    /// <returns>Null if even a difference of 1 is too small.</returns>
    public static double? Least(double pairs, double discordantShare)
    {
        if (Lack(1) > 0)
            return null;
        (double low, double high) = (0, 1);
        for (int halving = 0; halving < 60; halving++)
        {
            double middle = (low + high) / 2;
            (low, high) = Lack(middle) > 0 ? (middle, high) : (low, middle);
        }
        return high;

        double Lack(double delta)
        {
            double psi = Math.Max(discordantShare, delta);
            return (Normal.Z975 * Math.Sqrt(psi)) + (Normal.Z80 * Math.Sqrt(psi - (delta * delta))) - (delta * Math.Sqrt(pairs));
        }
    }
}
