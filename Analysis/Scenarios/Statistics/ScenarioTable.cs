using Tandem.Analysis.Statistics;

namespace Tandem.Analysis.Scenarios.Statistics;

/// <summary>An experiment of scenarios as a table: a cell for each scenario and variant, with its repetitions.</summary>
internal sealed class ScenarioTable
{
    private readonly Dictionary<(string Scenario, string Variant), ScenarioCase[]> _cells;

    private ScenarioTable(Dictionary<(string, string), ScenarioCase[]> cells) => _cells = cells;

    /// <summary>In the order of the plan.</summary>
    public required IReadOnlyList<string> Scenarios { get; init; }

    /// <summary>In the order of the plan: the first is the reference.</summary>
    public required IReadOnlyList<string> Variants { get; init; }

    public static ScenarioTable Of(ScenarioDataset dataset) => new(dataset.Cases
        .GroupBy(one => (one.Id.Scenario, one.Id.Variant))
        .ToDictionary(cell => cell.Key, cell => cell.OrderBy(one => one.Id.Repetition).ToArray()))
    {
        Scenarios = [.. dataset.Plan.Scenarios.Select(scenario => scenario.Id).Distinct()],
        Variants = [.. dataset.Plan.Variants.Select(variant => variant.Name).Distinct()],
    };

    /// <summary>The repetitions of a scenario under a variant, in their order; none if the plan has no such cell.</summary>
    public IReadOnlyList<ScenarioCase> Cell(string scenario, string variant) => _cells.GetValueOrDefault((scenario, variant)) ?? [];

    /// <summary>Of all scenarios under a variant.</summary>
    public IEnumerable<ScenarioCase> Cases(string variant) => Scenarios.SelectMany(scenario => Cell(scenario, variant));

    public PairScore Score(string scenario, string variant) =>
        Cell(scenario, variant).Aggregate(default(PairScore), (score, one) => score.With(one.Verdict));

    /// <summary>How each scenario fared under a variant, in the order of the scenarios.</summary>
    public PairScore[] Scores(string variant) => [.. Scenarios.Select(scenario => Score(scenario, variant))];
}
