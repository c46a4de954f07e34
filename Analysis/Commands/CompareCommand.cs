using System.CommandLine;
using Tandem.Analysis.Data;
using Tandem.Analysis.Statistics;
using Tandem.Records.Store;

namespace Tandem.Analysis.Commands;

/// <summary><c>compare</c>: two or more experiments, case by case.</summary>
internal static class CompareCommand
{
    public static Command Create(CommandHost host)
    {
        var selection = new StoreSelection(host);
        Option<string> format = TextFormat.CreateOption();
        var command = new Command("compare",
            "Compare two or more experiments (models, agents, prompts) case by case: same pair, setting and seed; of "
            + "scenarios: same scenario and variant. The first one named is the baseline.");
        selection.AddTo(command);
        command.Options.Add(format);
        command.SetAction(arguments => Run(host, selection.Resolve(arguments), arguments.GetValue(format)!));
        return command;
    }

    private static int Run(CommandHost host, IReadOnlyList<StoreLayout> layouts, string format)
    {
        if (layouts.Count < 2)
        {
            host.Complain($"There is nothing to compare {layouts[0].Experiment} with.",
                "Name two experiments or more; the first is the baseline.");
            return CommandHost.Unusable;
        }
        if (AnyExperiment.AreScenarios(layouts, "they share no case that could be compared"))
            return ScenarioComparing.Run(host, layouts, format);
        Dataset[] datasets = [.. layouts.Select(Dataset.Read)];
        foreach (Dataset dataset in datasets)
        {
            // A case whose record cannot be read would pass for one that was not run.
            int faults = dataset.Faults.Count(fault => !fault.IsTornEnd);
            if (faults > 0)
                host.Complain($"{dataset.Layout.Experiment}: {faults} {(faults == 1 ? "fault" : "faults")}, each a record or a file that "
                    + $"is left out of every number below.", $"validate {dataset.Layout.Experiment} lists them.");
        }
        var comparison = ExperimentComparison.Of(datasets);
        if (format == TextFormat.Json)
            host.Output.WriteLine(StatisticsJson.Of(comparison));
        else
            new ComparisonText(host.Output, isMarkdown: format == TextFormat.Markdown).Write(comparison);
        return CommandHost.Ok;
    }
}
