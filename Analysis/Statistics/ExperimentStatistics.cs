using Tandem.Analysis.Data;
using Tandem.Records.Cases;

namespace Tandem.Analysis.Statistics;

/// <summary>What is asked first: which setting did best, by how much, is that more than chance, what did it cost, what is
/// missing.</summary>
internal sealed record Headline
{
    /// <summary>The rate of each setting at its smallest seed, best first: one run against one run. Settings without a verdict are
    /// last.</summary>
    public required IReadOnlyList<PassRate> Ranking { get; init; }

    /// <summary>The best setting; null if no setting has a verdict, or several share the best rate.</summary>
    public required Setting? Best { get; init; }

    /// <summary>The best against the second, whichever of the two is its baseline; null if there is no best one, or no second.</summary>
    public required SettingContrast? BestAgainstNext { get; init; }

    /// <summary>
    /// How much the best leads the second within the pairs that have both verdicts, -1 to 1; null without such pairs. Where verdicts are
    /// missing it need not be above 0: the ranking is over all pairs of each setting.
    /// </summary>
    public double? Lead => BestAgainstNext is not { Primary.Difference: double difference } contrast ? null : contrast.Other == Best
        ? difference : -difference;

    /// <summary>Cases, and how many of them have a verdict.</summary>
    public required Proportion WithVerdict { get; init; }

    /// <summary>Those that have none.</summary>
    public required MissingCases Missing { get; init; }

    /// <summary>Takes them out of the rates and contrasts.</summary>
    public static Headline Of(CaseTable table, IReadOnlyList<PassRate> rates, IReadOnlyList<SettingContrast> contrasts)
    {
        PassRate[] ranking = [.. rates.GroupBy(rate => rate.Setting).Select(group => group.First())
            .OrderByDescending(rate => rate.Rate.Value ?? -1)];
        bool hasBest = ranking.Length > 0 && ranking[0].Rate.Value is not null
            && (ranking.Length == 1 || ranking[0].Rate.Value != ranking[1].Rate.Value);
        Setting? best = hasBest ? ranking[0].Setting : null;
        Setting? next = hasBest && ranking.Length > 1 && ranking[1].Rate.Value is not null ? ranking[1].Setting : null;
        return new Headline
        {
            Ranking = ranking,
            Best = best,
            BestAgainstNext = contrasts.FirstOrDefault(c => (c.Baseline == best && c.Other == next)
                || (c.Baseline == next && c.Other == best)),
            WithVerdict = new Proportion(table.Cells.Count(c => c.Verdict is not null), table.Cells.Count),
            Missing = table.Cells.Aggregate(default(MissingCases), (sum, cell) => sum.With(cell.Run)),
        };
    }
}

/// <summary>All statistics of one experiment. Every number is over records that count; what is missing stands beside it.</summary>
/// <param name="table">What they are computed from.</param>
internal sealed class ExperimentStatistics(CaseTable table)
{
    public required string Experiment { get; init; }

    /// <summary>Says that the figures are of simulated agents; null if they are not.</summary>
    public required string? SimulationLabel { get; init; }

    /// <summary>Cases, pairs and tasks, as the statistics see them.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public CaseTable Table { get; } = table;

    /// <summary>What is asked first.</summary>
    public required Headline Headline { get; init; }

    /// <summary>By setting: the smallest seed alone first; then all seeds, where there are several.</summary>
    public required IReadOnlyList<PassRate> Rates { get; init; }

    /// <summary>By repository, language and difficulty.</summary>
    public required IReadOnlyList<RateTable> Tables { get; init; }

    /// <summary>Settings against each other within pairs.</summary>
    public required IReadOnlyList<SettingContrast> Contrasts { get; init; }

    /// <summary>pass@k and pass^k, by setting and k; k = 1 is the mean over pairs.</summary>
    public required IReadOnlyList<RepeatRate> Repeats { get; init; }

    /// <summary>Success against difficulty from seeds.</summary>
    public required SuccessCurves Curves { get; init; }

    public required MergeStatistics Merges { get; init; }

    /// <summary>What the agents wrote; null without coop-comm.</summary>
    public required CommunicationStatistics? Communication { get; init; }

    /// <summary>What it took, by setting; the last is all together.</summary>
    public required IReadOnlyList<CostStatistics> Costs { get; init; }

    /// <summary>Computes them all; the same records give the same numbers, on every machine.</summary>
    public static ExperimentStatistics Of(Dataset dataset)
    {
        var table = CaseTable.Of(dataset);
        IReadOnlyList<PassRate> rates = PassRate.AllOf(table);
        IReadOnlyList<SettingContrast> contrasts = SettingContrast.AllOf(table);
        return new ExperimentStatistics(table)
        {
            Experiment = dataset.Layout.Experiment,
            SimulationLabel = dataset.SimulationLabel,
            Headline = Headline.Of(table, rates, contrasts),
            Rates = rates,
            Tables = [.. Enum.GetValues<RateDimension>().Select(dimension => RateTable.Of(table, dimension))],
            Contrasts = contrasts,
            Repeats = [.. table.Settings.SelectMany(setting => Statistics.Repeats.Of(setting, table.Scores(setting, null)))],
            Curves = SuccessCurves.FromSeeds(table),
            Merges = MergeStatistics.Of(table),
            Communication = CommunicationStatistics.Of(table),
            Costs = CostStatistics.AllOf(dataset, table.Settings),
        };
    }
}
