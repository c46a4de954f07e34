using Tandem.Analysis.Statistics;

namespace Tandem.Analysis.Scenarios.Statistics;

/// <summary>Two treatments of the same scenarios: variants of one experiment, or one variant in two experiments.</summary>
internal sealed record VariantContrast
{
    /// <summary>What the other is compared with.</summary>
    public required string Baseline { get; init; }

    public required string Other { get; init; }

    /// <summary>The means over repetitions within scenarios, with the bootstrap over scenarios.</summary>
    public required PairedDifference Difference { get; init; }

    /// <summary>The verdicts of most repetitions side by side, of scenarios with one on both sides.</summary>
    public required PairedTable Majorities { get; init; }

    /// <summary>Scenarios with verdicts on both sides, of which as many passed as failed on one side: in no cell of the table.</summary>
    public required int Ties { get; init; }

    /// <summary>McNemar's exact p on the majorities; null without a scenario in the table.</summary>
    public double? P => Majorities.Pairs == 0 ? null : Majorities.ExactP;

    /// <summary><see cref="P"/> after Holm over all contrasts of the same table.</summary>
    public required double? HolmP { get; init; }

    public Evidence Evidence => SettingContrast.EvidenceOf(Difference, HolmP);

    /// <summary>Each variant against the first.</summary>
    public static IReadOnlyList<VariantContrast> AllOf(ScenarioTable table) => Adjusted(
        [.. table.Variants.Skip(1).Select(other => Of(table.Variants[0], other, table.Scores(table.Variants[0]), table.Scores(other)))]);

    /// <summary>The same with the adjusted p.</summary>
    public static IReadOnlyList<VariantContrast> Adjusted(IReadOnlyList<VariantContrast> contrasts)
    {
        double?[] adjusted = Holm.Adjust([.. contrasts.Select(contrast => contrast.P)]);
        return [.. contrasts.Select((contrast, i) => contrast with { HolmP = adjusted[i] })];
    }

    /// <param name="baselineName">What is compared with.</param>
    /// <param name="otherName">What is compared.</param>
    /// <param name="baseline">How each scenario fared, in one order on both sides.</param>
    /// <param name="other">As <paramref name="baseline"/>.</param>
    public static VariantContrast Of(string baselineName, string otherName, IReadOnlyList<PairScore> baseline,
        IReadOnlyList<PairScore> other)
    {
        var table = default(PairedTable);
        int ties = 0;
        foreach ((PairScore one, PairScore two) in baseline.Zip(other).Where(pair => pair.First.WithVerdict > 0
            && pair.Second.WithVerdict > 0))
        {
            switch (MajorityOf(one), MajorityOf(two))
            {
                case (null, _) or (_, null):
                    ties++;
                    break;
                case (true, true):
                    table = table with { Both = table.Both + 1 };
                    break;
                case (true, false):
                    table = table with { OnlyBaseline = table.OnlyBaseline + 1 };
                    break;
                case (false, true):
                    table = table with { OnlyOther = table.OnlyOther + 1 };
                    break;
                case (false, false):
                    table = table with { Neither = table.Neither + 1 };
                    break;
            }
        }
        return new VariantContrast
        {
            Baseline = baselineName,
            Other = otherName,
            Difference = PairedDifference.Of([.. Enumerable.Range(0, baseline.Count)], [.. baseline], [.. other], isSingle: false,
                cluster: "scenario"),
            Majorities = table,
            Ties = ties,
            HolmP = null,
        };
    }

    /// <summary>What most verdicts say; null if as many passed as failed, or there are none.</summary>
    public static bool? MajorityOf(PairScore score) =>
        (2 * score.Passed).CompareTo(score.WithVerdict) switch { > 0 => true, < 0 => false, _ => null };
}
