using Tandem.Analysis.Data;

namespace Tandem.Analysis.Statistics;

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

    /// <summary>As <see cref="PassRate.AllOf"/> orders them: by setting, first one seed alone.</summary>
    public required IReadOnlyList<PassRate> Rates { get; init; }

    /// <summary>Cases that count by an attempt which somebody asked for, in place of one that counted before.</summary>
    public required int ReRolled { get; init; }

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
            ReRolled = dataset.Cases.Count(ReRolls.Decide),
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
