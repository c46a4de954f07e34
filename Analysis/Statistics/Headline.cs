using Tandem.Records.Cases;

namespace Tandem.Analysis.Statistics;

/// <summary>What the rates of the settings allow to be said of the best one.</summary>
internal enum Standing
{
    /// <summary>No case has a verdict.</summary>
    NoVerdict,

    /// <summary>There is one setting, so that nothing is compared.</summary>
    OneSetting,

    /// <summary>A setting has no verdict at all.</summary>
    SettingWithoutVerdict,

    /// <summary>No run passed, under any setting.</summary>
    NothingPassed,

    /// <summary>The first of the ranking would not be the first whatever the missing cases had come to: the bounds of its rate and of
    /// another one's reach into each other.</summary>
    OpenByMissing,

    /// <summary>The first two share no pair with verdicts: their rates are of different pairs.</summary>
    NoSharedPair,

    /// <summary>Several settings share the highest rate, and nothing is missing that could change it.</summary>
    Equal,

    /// <summary>One setting has the highest rate, whatever is missing.</summary>
    Best,
}

/// <summary>What is asked first: which setting did best, by how much, is that more than chance, what did it cost, what is
/// missing.</summary>
internal sealed record Headline
{
    /// <summary>The rate of each setting, best first, settings without a verdict last. It is the rate over all seeds, unless settings
    /// that share a seed have others beside: then it is that at the smallest shared seed, one run against one run.</summary>
    public required IReadOnlyList<PassRate> Ranking { get; init; }

    /// <summary>What may be said of the first one.</summary>
    public required Standing Standing { get; init; }

    /// <summary>The best setting, or the only one; null where <see cref="Standing"/> names none.</summary>
    public Setting? Best => Standing is Standing.Best or Standing.OneSetting ? Ranking[0].Setting : null;

    /// <summary>The first of the ranking against the second, whichever of the two is its baseline; null if they have the same rate, or
    /// one of them has none.</summary>
    public required SettingContrast? FirstAgainstNext { get; init; }

    /// <summary>
    /// How much the first leads the second within the pairs that have both verdicts, -1 to 1; null without such pairs. Where verdicts are
    /// missing it need not be above 0: the ranking is over all pairs of each setting.
    /// </summary>
    public double? Lead => FirstAgainstNext is not { Primary.Difference: double difference } contrast ? null
        : contrast.Other == Ranking[0].Setting ? difference : -difference;

    /// <summary>Cases, and how many of them have a verdict.</summary>
    public required Proportion WithVerdict { get; init; }

    /// <summary>Those that have none.</summary>
    public required MissingCases Missing { get; init; }

    /// <summary>Takes them out of the rates and contrasts.</summary>
    public static Headline Of(CaseTable table, IReadOnlyList<PassRate> rates, IReadOnlyList<SettingContrast> contrasts)
    {
        bool isAtOneSeed = table.Settings.Count > 1 && !table.HasSeedsInCommon && table.SharedSeed is not null;
        PassRate[] ranking = [.. rates.GroupBy(rate => rate.Setting).Select(group => isAtOneSeed ? group.First() : group.Last())
            .OrderByDescending(rate => rate.Rate.Value ?? -1)];
        (Setting First, Setting Next)? order = ranking.Length > 1 && ranking[1].Rate.Value is not null
            && ranking[0].Rate.Value != ranking[1].Rate.Value ? (ranking[0].Setting, ranking[1].Setting) : null;
        SettingContrast? contrast = contrasts.FirstOrDefault(c => (c.Baseline, c.Other) == order || (c.Other, c.Baseline) == order);
        var withVerdict = new Proportion(table.Cells.Count(c => c.Verdict is not null), table.Cells.Count);
        return new Headline
        {
            Ranking = ranking,
            Standing = withVerdict.Successes == 0 ? Standing.NoVerdict : StandingOf(ranking, contrast),
            FirstAgainstNext = contrast,
            WithVerdict = withVerdict,
            Missing = table.Cells.Aggregate(default(MissingCases), (sum, cell) => sum.With(cell.Run)),
        };
    }

    private static Standing StandingOf(PassRate[] ranking, SettingContrast? contrast)
    {
        PassRate first = ranking[0];
        if (ranking.Length == 1)
            return Standing.OneSetting;
        if (ranking.Any(rate => rate.Rate.Trials == 0))
            return Standing.SettingWithoutVerdict;
        if (ranking.All(rate => rate.Rate.Successes == 0))
            return Standing.NothingPassed;
        if (ranking.Skip(1).Any(other => first.Missing.Total + other.Missing.Total > 0
            && first.Bounds!.Value.Low <= other.Bounds!.Value.High))
            return Standing.OpenByMissing;
        return first.Rate.Value == ranking[1].Rate.Value ? Standing.Equal
            : contrast is null or { Primary.Pairs: 0 } ? Standing.NoSharedPair : Standing.Best;
    }
}
