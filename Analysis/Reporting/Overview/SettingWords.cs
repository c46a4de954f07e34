using Tandem.Analysis.Markup;
using Tandem.Analysis.Statistics;
using Tandem.Records.Json;

namespace Tandem.Analysis.Reporting.Overview;

/// <summary>How titles and answers speak of settings and their rates: never a rate without its n, and what is missing beside it.</summary>
internal static class SettingWords
{
    public static string Name(PassRate rate) => EnumNames.NameOf(rate.Setting);

    /// <summary><c>solo and coop-comm</c>.</summary>
    public static string Together(IReadOnlyList<PassRate> rates) => rates.Count == 1
        ? Name(rates[0])
        : $"{string.Join(", ", rates.SkipLast(1).Select(Name))} and {Name(rates[^1])}";

    /// <summary>What a rate counts: one run for each pair, or all runs.</summary>
    public static string Unit(PassRate rate) => rate.Seeds.Count > 1 ? "runs" : "pairs";

    /// <summary><c>seed 0</c>, <c>seeds 0 to 2</c>, <c>seeds 0, 2</c>.</summary>
    public static string Seeds(PassRate rate) => rate.Seeds switch
    {
        [] => "no seed",
        [int one] => $"seed {one}",
        [int first, .., int last] when last - first == rate.Seeds.Count - 1 => $"seeds {first} to {last}",
        _ => $"seeds {string.Join(", ", rate.Seeds)}",
    };

    /// <summary>The seeds that a ranking rests on, and why.</summary>
    public static string Basis(Headline headline) => headline.Ranking.Select(Seeds).Distinct().ToArray() is [string same]
        ? same
        : $"all seeds, since {WhyAllSeeds(headline)}: "
            + string.Join(", ", headline.Ranking.Select(rate => $"{Name(rate)} {Seeds(rate)}"));

    private static string WhyAllSeeds(Headline headline) =>
        headline.Ranking.Select(rate => rate.Seeds).Aggregate((all, seeds) => [.. all.Intersect(seeds)]).Count > 0
            ? "at no seed all have verdicts" : "the settings share none";

    /// <summary><c>30 of 30, and 30 more without a verdict</c>.</summary>
    public static string Counts(PassRate rate) =>
        $"{Say.Count(rate.Rate.Successes)} of {Say.Count(rate.Rate.Trials)}"
        + (rate.Missing.Total > 0 ? $", and {Say.Count(rate.Missing.Total)} more without a verdict" : "");

    /// <summary><c>solo 50.0 % (30 of 60)</c>; where verdicts are missing no rate, which would be that of a part.</summary>
    public static string Side(PassRate rate) => rate.Rate.Value is not double value
        ? $"{Name(rate)} no verdict (0 of {Say.Plural(rate.Cases, "case")})"
        : rate.Missing.Total > 0 ? $"{Name(rate)} {Counts(rate)}"
        : $"{Name(rate)} {Say.Percent(value)} ({Counts(rate)})";

    public static string Sides(Headline headline) => string.Join("; ", headline.Ranking.Select(Side));

    /// <summary>Those that share the highest rate.</summary>
    public static PassRate[] Leaders(Headline headline) =>
        [.. headline.Ranking.Where(rate => rate.Rate.Value == headline.Ranking[0].Rate.Value)];

    public static PassRate[] WithoutVerdict(Headline headline) => [.. headline.Ranking.Where(rate => rate.Rate.Trials == 0)];

    /// <summary>How many cases of the ranking have no verdict: <c>30 of 120 cases</c>.</summary>
    public static string MissingOf(Headline headline) => $"{Say.Count(headline.Ranking.Sum(rate => rate.Missing.Total))} of "
        + Say.Plural(headline.Ranking.Sum(rate => rate.Cases), "case");

    /// <summary>Why a difference is not safe although a test shows it.</summary>
    public static string WhyIncomplete(SettingContrast contrast)
    {
        PairedDifference primary = contrast.Primary;
        string uneven = primary.MissingInOther > primary.MissingInBaseline
            ? $"{EnumNames.NameOf(contrast.Other)} lacks" : $"{EnumNames.NameOf(contrast.Baseline)} lacks";
        return (primary.MissingDecides, primary.MissesUnevenly) switch
        {
            (true, true) => $"what is missing could turn it, and {uneven} more verdicts than by chance",
            (true, false) => "what is missing could turn it",
            _ => $"{uneven} more verdicts than by chance, so that the others may be a choice",
        };
    }

    /// <summary>Whether the runs of all seeds say the contrary of what is reported first: then neither may stand alone.</summary>
    public static bool IsReversedOverSeeds(SettingContrast contrast) =>
        contrast.AllSeeds.Difference * contrast.Primary.Difference < 0;
}
