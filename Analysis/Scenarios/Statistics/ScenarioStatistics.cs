namespace Tandem.Analysis.Scenarios.Statistics;

/// <summary>Everything that the records of one experiment of scenarios say.</summary>
internal sealed record ScenarioStatistics
{
    public required ScenarioTable Table { get; init; }

    /// <summary>By variant, in the order of the plan, as all lists by variant.</summary>
    public required IReadOnlyList<VariantRate> Rates { get; init; }

    /// <summary>Each variant against the first; empty if there is one variant.</summary>
    public required IReadOnlyList<VariantContrast> Contrasts { get; init; }

    /// <summary>By variant, then k.</summary>
    public required IReadOnlyList<ScenarioRepeats> Repeats { get; init; }

    /// <summary>By scenario, then variant.</summary>
    public required IReadOnlyList<ScenarioShare> Shares { get; init; }

    public required IReadOnlyList<ToolChoice> Tools { get; init; }

    public required IReadOnlyList<RepetitionAgreement> Agreements { get; init; }

    public required IReadOnlyList<ScenarioEffort> Efforts { get; init; }

    public static ScenarioStatistics Of(ScenarioDataset dataset)
    {
        var table = ScenarioTable.Of(dataset);
        return new ScenarioStatistics
        {
            Table = table,
            Rates = [.. table.Variants.Select(variant => VariantRate.Of(table, variant))],
            Contrasts = VariantContrast.AllOf(table),
            Repeats = [.. table.Variants.SelectMany(variant => ScenarioRepeats.Of(table, variant, dataset.Plan.Repetitions))],
            Shares = [.. table.Scenarios.SelectMany(scenario => table.Variants.Select(variant =>
                ScenarioShare.Of(table, scenario, variant, dataset.Plan.ScenarioPassRate)))],
            Tools = [.. ToolChoice.Of(table, dataset)],
            Agreements = [.. table.Variants.Select(variant => RepetitionAgreement.Of(table, variant))],
            Efforts = [.. table.Variants.Select(variant => ScenarioEffort.Of(table, variant))],
        };
    }
}
