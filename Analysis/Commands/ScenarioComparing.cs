using Tandem.Analysis.Data;
using Tandem.Analysis.Scenarios;
using Tandem.Analysis.Scenarios.Statistics;
using Tandem.Analysis.Statistics;
using Tandem.Records.Store;

namespace Tandem.Analysis.Commands;

/// <summary>What <c>compare</c> does with experiments of scenarios.</summary>
internal static class ScenarioComparing
{
    /// <exception cref="RefusedException">The experiments share no variant, or no scenario.</exception>
    public static int Run(CommandHost host, IReadOnlyList<StoreLayout> layouts, string format)
    {
        ScenarioDataset[] datasets = [.. layouts.Select(ScenarioDataset.Read)];
        foreach (ScenarioDataset dataset in datasets)
        {
            int faults = dataset.Faults.Count(fault => !fault.IsTornEnd);
            if (faults > 0)
                host.Complain($"{dataset.Layout.Experiment}: {faults} {(faults == 1 ? "fault" : "faults")}, each a record or a file that "
                    + $"is left out of every number below.", $"validate {dataset.Layout.Experiment} lists them.");
        }
        var comparison = ScenarioComparison.Of(datasets);
        if (comparison.Contrasts.Count == 0)
        {
            throw new RefusedException(
                $"{string.Join(" and ", layouts.Select(layout => layout.Experiment))} share no variant with a scenario of the same id.",
                "Compare experiments of one definition, with the same names of variants and scenarios.");
        }
        if (format == TextFormat.Json)
            host.Output.WriteLine(StatisticsJson.Of(comparison));
        else
            new ScenarioComparisonText(host.Output, isMarkdown: format == TextFormat.Markdown).Write(comparison);
        return CommandHost.Ok;
    }
}
