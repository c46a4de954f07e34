namespace Tandem.Analysis.Statistics;

/// <summary>The smallest true difference that a comparison of this size would have found with a power of 80 %, at 5 % two-sided.</summary>
/// <param name="Pairs">n.</param>
/// <param name="DiscordantShare">psi: the share of pairs whose outcomes differ, as observed.</param>
/// <param name="Difference">Taking the pairs to be independent, from 0 to psi; null if pairs differ too seldom for any difference to be found.</param>
/// <param name="DesignEffect">How much larger the bootstrap's variance over tasks is than that of independent pairs, at least 1; null if unknown.</param>
/// <param name="DifferenceByTasks">With n divided by the design effect; null as above.</param>
internal sealed record DetectableEffect(int Pairs, double DiscordantShare, double? Difference, double? DesignEffect, double? DifferenceByTasks)
{
    /// <summary>From a table, and the bootstrap's standard error of its difference if there is one.</summary>
    /// <returns>Null if no pair is discordant: the formula then says nothing.</returns>
    public static DetectableEffect? Of(PairedTable table, double? standardError)
    {
        if (table.Discordant == 0)
            return null;
        double n = table.Pairs;
        double psi = table.Discordant / n;
        double difference = (table.OnlyOther - table.OnlyBaseline) / n;
        double variance = (psi - (difference * difference)) / n;
        double? design = standardError is double error && variance > 0 ? Math.Max(1, error * error / variance) : null;
        return new DetectableEffect(table.Pairs, psi, Least(n, psi), design, design is double d ? Least(n / d, psi) : null);
    }

    /// <summary>
    /// The difference delta that solves <c>n delta^2 = (z_0.975 sqrt(psi) + z_0.8 sqrt(psi - delta^2))^2</c>, the sample size of McNemar's test by Connor (1987, Biometrics 43:207-211) turned around.
    /// It takes psi as given and the normal approximation; the exact test needs somewhat more.
    /// </summary>
    /// <param name="pairs">n, above 0.</param>
    /// <param name="discordantShare">psi, above 0, at most 1.</param>
    /// <returns>Null if even delta = psi, where all discordant pairs point one way, is too small.</returns>
    public static double? Least(double pairs, double discordantShare)
    {
        double Lack(double delta) =>
            (Normal.Z975 * Math.Sqrt(discordantShare)) + (Normal.Z80 * Math.Sqrt(discordantShare - (delta * delta))) - (delta * Math.Sqrt(pairs));

        if (Lack(discordantShare) > 0)
            return null;
        (double low, double high) = (0, discordantShare);
        for (int halving = 0; halving < 60; halving++)
        {
            double middle = (low + high) / 2;
            (low, high) = Lack(middle) > 0 ? (middle, high) : (low, middle);
        }
        return high;
    }
}
