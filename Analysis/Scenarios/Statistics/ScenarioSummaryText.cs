using System.Globalization;
using Tandem.Analysis.Statistics;
using Tandem.Records.Store;

namespace Tandem.Analysis.Scenarios.Statistics;

/// <summary>Prints what an experiment of scenarios holds, by variant.</summary>
internal static class ScenarioSummaryText
{
    private const int FaultsShown = 10;

    public static void Write(TextWriter output, ScenarioDataset dataset)
    {
        var table = ScenarioTable.Of(dataset);
        output.WriteLine($"{dataset.Layout.Experiment}: {dataset.Counting.Count()} of {dataset.Cases.Count} cases count "
            + $"({table.Scenarios.Count} scenarios, {table.Variants.Count} variants, {dataset.Plan.Repetitions} repetitions)");
        if (dataset.SimulationLabel is { } label)
            output.WriteLine($"  {label}");
        var text = new TextTable("variant", "cases", "passed", "failed", "missing", "of it infra", "checks due", "reruns", "paid, USD",
            "unpriced", "latency, mean");
        foreach (string variant in table.Variants)
        {
            VariantRate rate = VariantRate.Of(table, variant);
            ScenarioEffort effort = ScenarioEffort.Of(table, variant);
            text.Add(variant, Number(rate.Cases), Number(rate.Rate.Successes), Number(rate.Rate.Trials - rate.Rate.Successes),
                Number(rate.Missing.Total), Number(rate.Missing.InfraErrors), Number(rate.Missing.NoVerdict), Number(rate.Reruns),
                effort.PaidUsd.ToString("0.0000", CultureInfo.InvariantCulture), Number(effort.Unpriced),
                effort.Latency.Mean is double mean ? string.Create(CultureInfo.InvariantCulture, $"{mean:0.00} s") : NumberText.Unknown);
        }
        text.Write(output, isMarkdown: false);
        StoreFault[] faults = [.. dataset.Faults.OrderBy(fault => fault.IsTornEnd)];
        if (faults.Length == 0)
            return;
        output.WriteLine();
        output.WriteLine($"  faults and warnings, each a record or a file that is left out: {faults.Length}");
        foreach (StoreFault fault in faults.Take(FaultsShown))
            output.WriteLine($"    {fault}");
        if (faults.Length > FaultsShown)
            output.WriteLine($"    and {faults.Length - FaultsShown} more; `validate --verbose` lists all");
    }

    private static string Number(int count) => count.ToString(CultureInfo.InvariantCulture);
}
