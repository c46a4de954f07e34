using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Data;

/// <summary>
/// How hard a pair is: the share of its solo runs that failed, <c>d = (n - k) / n</c> with k of n passed. All by integers, so that no
/// rounding of thirds moves a pair into another bucket.
/// </summary>
/// <param name="Passed">k, from 0 to n.</param>
/// <param name="Runs">n, at least 1.</param>
internal readonly record struct Difficulty(int Passed, int Runs)
{
    public const int Buckets = 10;

    /// <summary>d, rounded to 4 decimals; a midpoint is rounded up.</summary>
    public double Value => ((20_000L * (Runs - Passed)) + Runs) / (2L * Runs) / 10_000.0;

    /// <summary>The tenth in which the unrounded d lies, 0 to 9; d = 1 lies in the last.</summary>
    public int Bucket => (int)Math.Min(10L * (Runs - Passed) / Runs, Buckets - 1);
}

/// <summary>The difficulty of each pair that has a verdict of a solo run.</summary>
internal sealed class DifficultyTable
{
    private readonly Dictionary<string, Difficulty> _byPair = new(StringComparer.Ordinal);

    /// <summary>The pairs that have one, by <see cref="CaseId.PairKey"/>.</summary>
    public IReadOnlyDictionary<string, Difficulty> ByPair => _byPair;

    /// <summary>The difficulty of a case's pair; null if no solo run of it counts.</summary>
    public Difficulty? For(CaseId caseId) => _byPair.TryGetValue(caseId.PairKey, out Difficulty difficulty) ? difficulty : null;

    /// <summary>Computes the table from one record per case; settings other than solo, infrastructure errors and interrupted records are
    /// passed over.</summary>
    public static DifficultyTable Of(IEnumerable<AttemptResult> records)
    {
        var table = new DifficultyTable();
        foreach (AttemptResult record in records)
        {
            if (record.CaseId.Setting != Setting.Solo || record.Verdict is not bool passed)
                continue;
            string pair = record.CaseId.PairKey;
            Difficulty sofar = table._byPair.GetValueOrDefault(pair);
            table._byPair[pair] = new Difficulty(sofar.Passed + (passed ? 1 : 0), sofar.Runs + 1);
        }
        return table;
    }
}
