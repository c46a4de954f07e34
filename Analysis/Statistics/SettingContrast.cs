using Tandem.Records.Cases;

namespace Tandem.Analysis.Statistics;

/// <summary>Two settings within pairs, at one seed.</summary>
/// <param name="Seed">The seed of both sides.</param>
/// <param name="Difference">What was found.</param>
internal sealed record SeedDifference(int Seed, PairedDifference Difference)
{
    /// <summary>The comparison that is reported first and tested: that at the smallest seed with a pair that has both verdicts, else the
    /// one over all seeds.</summary>
    /// <param name="bySeed">Seed by seed, ascending.</param>
    /// <param name="allSeeds">Over all seeds.</param>
    public static PairedDifference PrimaryOf(IReadOnlyList<SeedDifference> bySeed, PairedDifference allSeeds) =>
        bySeed.FirstOrDefault(one => one.Difference.Pairs > 0)?.Difference
        ?? (allSeeds.Pairs > 0 || bySeed.Count == 0 ? allSeeds : bySeed[0].Difference);
}

internal sealed record SettingContrast
{
    /// <summary>What is compared with.</summary>
    public required Setting Baseline { get; init; }

    /// <summary>What is compared.</summary>
    public required Setting Other { get; init; }

    /// <summary>Seed by seed, ascending; those that both settings have.</summary>
    public required IReadOnlyList<SeedDifference> BySeed { get; init; }

    /// <summary>Each pair's mean over all its seeds: uses every verdict. It has a test of McNemar only if the two share no seed and have
    /// one each.</summary>
    public required PairedDifference AllSeeds { get; init; }

    /// <summary>Whether all settings of the experiment have the same seeds, more than one: see
    /// <see cref="CaseTable.HasSeedsInCommon"/>.</summary>
    public required bool IsOverAllSeeds { get; init; }

    /// <summary>What is reported first and tested: the comparison over all seeds where all settings have the same ones, else see
    /// <see cref="SeedDifference.PrimaryOf"/>.</summary>
    public PairedDifference Primary => IsOverAllSeeds ? AllSeeds : SeedDifference.PrimaryOf(BySeed, AllSeeds);

    /// <summary>The seed of <see cref="Primary"/>; null if it is over all.</summary>
    public int? PrimarySeed => BySeed.FirstOrDefault(one => ReferenceEquals(one.Difference, Primary))?.Seed;

    /// <summary>The p of <see cref="Primary"/>, not adjusted: McNemar's, or that of the sign test over seeds that both have. Null if no
    /// pair has both verdicts, or if the two sides have other seeds and several.</summary>
    public double? P => IsOverAllSeeds ? Primary.SignP : Primary.Table?.ExactP;

    /// <summary>It, adjusted by Holm over all contrasts of the experiment.</summary>
    public required double? HolmP { get; init; }

    public Evidence Evidence => EvidenceOf(Primary, HolmP);

    /// <summary>From how many tasks on an interval over tasks counts as evidence. Five tasks that all point one way do so by chance in 2 of
    /// 32 cases: their interval can leave out 0 and mean nothing.</summary>
    public const int FewestTasks = 6;

    /// <summary>Every pair of settings that the table has, solo before coop-comm before coop-nocomm; the one with messages is compared with
    /// the one without.</summary>
    public static IReadOnlyList<SettingContrast> AllOf(CaseTable table)
    {
        (Setting Baseline, Setting Other)[] contrasts =
            [(Setting.Solo, Setting.CoopComm), (Setting.Solo, Setting.CoopNocomm), (Setting.CoopNocomm, Setting.CoopComm)];
        SettingContrast[] found = [.. contrasts.Where(c => table.Settings.Contains(c.Baseline) && table.Settings.Contains(c.Other))
            .AsParallel().AsOrdered().Select(c => Of(table, c.Baseline, c.Other))];
        double?[] adjusted = Holm.Adjust([.. found.Select(c => c.P)]);
        return [.. found.Select((contrast, i) => contrast with { HolmP = adjusted[i] })];
    }

    public static Evidence EvidenceOf(PairedDifference? difference, double? adjustedP)
    {
        if (difference is null || difference.Pairs == 0)
            return Evidence.NoData;
        bool test = adjustedP < 0.05;
        bool interval = difference.Tasks >= FewestTasks && difference.Interval.Interval is Interval found && !found.Contains(0);
        if (!test && !interval)
            return Evidence.NotShown;
        return difference.MissingDecides || difference.MissesUnevenly ? Evidence.Incomplete
            : test && interval ? Evidence.Clear : Evidence.Unclear;
    }

    private static SettingContrast Of(CaseTable table, Setting baseline, Setting other)
    {
        int[] tasks = [.. table.Pairs.Select(p => p.TaskIndex)];
        int[] shared = [.. table.SeedsOf(baseline).Intersect(table.SeedsOf(other))];
        // Runs of different seeds are one run against one run, too.
        bool isSingle = shared.Length == 0 && table.SeedsOf(baseline).Count == 1 && table.SeedsOf(other).Count == 1;
        return new SettingContrast
        {
            Baseline = baseline,
            Other = other,
            BySeed =
            [
                .. shared.Select(seed => new SeedDifference(seed,
                    PairedDifference.Of(tasks, table.Scores(baseline, seed), table.Scores(other, seed), isSingle: true))),
            ],
            AllSeeds = PairedDifference.Of(tasks, table.Scores(baseline, null), table.Scores(other, null), isSingle),
            IsOverAllSeeds = table.HasSeedsInCommon,
            HolmP = null,
        };
    }
}
