using Tandem.Analysis.Formats;
using Tandem.Analysis.Scenarios;
using Tandem.Analysis.Scenarios.Rules;
using Tandem.Analysis.Scenarios.Statistics;
using Tandem.Analysis.Validating;
using Tandem.Records.Store;

namespace Tandem.Analysis.Commands;

/// <summary>What <c>collect</c> does with experiments of scenarios.</summary>
internal static class ScenarioCollecting
{
    /// <summary>Writes one array or table and prints what there is.</summary>
    /// <returns>Whether the store is sound, if that was asked.</returns>
    public static bool Run(CommandHost host, IReadOnlyList<StoreLayout> layouts, string path, ResultsFormat format, bool isValidating)
    {
        ScenarioDataset[] datasets = [.. layouts.Select(ScenarioDataset.Read)];
        DurableFile.Write(path, stream =>
        {
            if (format == ResultsFormat.Json)
                ScenarioCollector.Write(stream, datasets);
            else
                ScenarioCollector.Write(format == ResultsFormat.Csv ? new CsvWriter(stream, RecordColumn.OfScenarios)
                    : new ParquetWriter(stream, columns: RecordColumn.OfScenarios), datasets);
        });
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
