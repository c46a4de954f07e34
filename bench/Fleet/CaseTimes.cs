using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Bench.Fleet;

/// <summary>How long simulated cases take: what a case is expected to take, by what was measured of its setting and pair, and what it takes
/// in the end, which differs from one repetition to the next.</summary>
/// <param name="Expected">Seconds by cell: one setting and pair.</param>
/// <param name="Ratios">What repetitions of one cell took, over its median.</param>
internal sealed record CaseTimes(IReadOnlyList<double> Expected, IReadOnlyList<double> Ratios)
{
    /// <summary>As measured, stretched so that the mean case takes so long.</summary>
    /// <exception cref="ArgumentException">There is no record with a verdict.</exception>
    public static CaseTimes Of(IEnumerable<RunRecord> records, double meanSeconds)
    {
        double[][] cells = [.. records.Where(record => !record.IsMissingData)
            .GroupBy(record => (record.Setting, record.CaseId.PairKey))
            .Select(cell => cell.Select(record => record.DurationSeconds).Order().ToArray())];
        if (cells.Length == 0)
            throw new ArgumentException("No case was measured.", nameof(records));
        double[] medians = [.. cells.Select(cell => cell[cell.Length / 2])];
        double stretch = meanSeconds / medians.Average();
        return new CaseTimes([.. medians.Select(median => median * stretch)],
            [.. cells.Where(cell => cell.Length > 1).SelectMany(cell => cell.Select(seconds => seconds / cell[cell.Length / 2]))]);
    }

    /// <summary>The same cells, with repetitions that differ as a logarithmic normal distribution does whose logarithm has this standard
    /// deviation. The mean of a cell stays.</summary>
    public CaseTimes With(double deviation, int count) => this with
    {
        Ratios = [.. Enumerable.Range(0, count).Select(i =>
        {
            var random = new StableRandom(FormattableString.Invariant($"ratio {i}"));
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.Next())) * Math.Cos(2 * Math.PI * random.Next());
            return Math.Exp((deviation * normal) - (deviation * deviation / 2));
        })],
    };

    /// <summary>So many cases, the cells in turn.</summary>
    public IReadOnlyList<SimulatedCase> Cases(int count)
    {
        var random = new StableRandom("durations");
        return [.. Enumerable.Range(0, count).Select(i => new SimulatedCase(
            FormattableString.Invariant($"solo/simulated_task/{i % Expected.Count}/f1_f2/seed{i / Expected.Count}"),
            Expected[i % Expected.Count],
            Expected[i % Expected.Count] * (Ratios.Count == 0 ? 1 : Ratios[(int)(random.Next() * Ratios.Count)])))];
    }
}

/// <summary>A case of the simulation.</summary>
/// <param name="Id">Its id.</param>
/// <param name="ExpectedSeconds">What past records say.</param>
/// <param name="Seconds">What it takes.</param>
internal readonly record struct SimulatedCase(string Id, double ExpectedSeconds, double Seconds);
