namespace Tandem.Analysis.Scenarios.Statistics;

/// <summary>In how many conversations a tool was called, by variant.</summary>
/// <param name="Scenario">The scenario.</param>
/// <param name="Tool">The tool, as the model wrote it.</param>
/// <param name="Counts">In the order of the variants.</param>
internal sealed record ToolChoice(string Scenario, string Tool, IReadOnlyList<ToolCount> Counts)
{
    /// <summary>A row for each scenario and each tool that was called in it under some variant, by name.</summary>
    public static IEnumerable<ToolChoice> Of(ScenarioTable table, ScenarioDataset dataset)
    {
        var offered = dataset.Plan.Variants.DistinctBy(variant => variant.Name)
            .ToDictionary(variant => variant.Name, variant => variant.Tools.ToHashSet(StringComparer.Ordinal));
        foreach (string scenario in table.Scenarios)
        {
            IEnumerable<string> tools = table.Variants.SelectMany(variant => table.Cell(scenario, variant)).SelectMany(ToolsOf)
                .Distinct().Order(StringComparer.Ordinal);
            foreach (string tool in tools)
                yield return new ToolChoice(scenario, tool, [.. table.Variants.Select(variant => new ToolCount(
                    table.Cell(scenario, variant).Count(one => ToolsOf(one).Contains(tool)),
                    table.Cell(scenario, variant).Count(one => one.Counting is not null),
                    offered[variant].Contains(tool)))]);
        }
    }

    /// <summary>The tools that a conversation called, in their order; none if no record counts.</summary>
    public static IEnumerable<string> ToolsOf(ScenarioCase one) => one.Counting?.Record.ToolCalls.Select(call => call.Name) ?? [];
}

/// <summary>In how many conversations a tool was called.</summary>
/// <param name="Called">Repetitions in which it was called, once or more.</param>
/// <param name="Conversations">Repetitions with a record that counts.</param>
/// <param name="IsOffered">Whether the variant has such a tool.</param>
internal readonly record struct ToolCount(int Called, int Conversations, bool IsOffered);
