using Tandem.Analysis.Data;
using Tandem.Analysis.Formats;
using Tandem.Analysis.Scenarios;
using Tandem.Analysis.Scenarios.Rules;
using Tandem.Analysis.Scenarios.Statistics;
using Tandem.Analysis.Validating;
using Tandem.Records.Json;
using Tandem.Records.Store;

namespace Tandem.Analysis.Commands;

/// <summary>What <c>collect</c> does with experiments of scenarios.</summary>
internal static class ScenarioCollecting
{
    /// <summary>Writes one array and prints what there is.</summary>
    /// <returns>Whether the store is sound, if that was asked.</returns>
    /// <exception cref="RefusedException">Another format than JSON was asked for.</exception>
    public static bool Run(CommandHost host, IReadOnlyList<StoreLayout> layouts, string path, ResultsFormat format, bool isValidating)
    {
        if (format != ResultsFormat.Json)
        {
            throw new RefusedException(
                $"{layouts[0].Experiment} is an experiment of scenarios, whose records collect writes as JSON alone, not as "
                + $"{EnumNames.NameOf(format)}.",
                $"Leave --format out: ./run.sh collect {layouts[0].Experiment}");
        }
        ScenarioDataset[] datasets = [.. layouts.Select(ScenarioDataset.Read)];
        DurableFile.Write(path, stream => ScenarioCollector.Write(stream, datasets));
        foreach (ScenarioDataset dataset in datasets)
        {
            ScenarioSummaryText.Write(host.Output, dataset);
            host.Output.WriteLine();
        }
        host.Output.WriteLine($"wrote {datasets.Sum(dataset => dataset.Counting.Count())} records to {path}");
        return !isValidating || datasets.Select(dataset => Validate(host, dataset)).ToArray().All(isSound => isSound);
    }

    private static bool Validate(CommandHost host, ScenarioDataset dataset)
    {
        host.Output.WriteLine();
        ValidationReport report = ScenarioValidation.Run(dataset);
        ReportText.Write(host.Output, report, isVerbose: false);
        return report.Passed;
    }
}
