using System.CommandLine;
using Tandem.Analysis.Data;
using Tandem.Analysis.Statistics;
using Tandem.Analysis.Validating;
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
        string[][] failedRules = [.. datasets.Select(dataset => FailedRules(host, dataset))];
        var comparison = ExperimentComparison.Of(datasets, failedRules);
        if (format == TextFormat.Json)
            host.Output.WriteLine(StatisticsJson.Of(comparison));
        else
            new ComparisonText(host.Output, isMarkdown: format == TextFormat.Markdown).Write(comparison);
        return CommandHost.Ok;
    }

    /// <summary>The rules that a store fails, which are complained of. What is only not run yet is missing data, and no fault.</summary>
    private static string[] FailedRules(CommandHost host, Dataset dataset)
    {
        string name = dataset.Layout.Experiment;
        // A case whose record cannot be read would pass for one that was not run.
        int faults = dataset.Faults.Count(fault => !fault.IsTornEnd);
        if (faults > 0)
            host.Complain($"{name}: {faults} {(faults == 1 ? "fault" : "faults")}, each a record or a file that is left out of every "
                + "number below.", $"validate {name} lists them.");
        string[] failed = [.. Validation.Run(dataset, isPartial: true).Rules.Where(rule => !rule.Outcome.Passed)
            .Select(rule => rule.Rule.Id)];
        if (failed.Length > 0 && faults == 0)
            host.Complain($"{name}: its store fails {string.Join(", ", failed)}, so that any number of it below may be wrong.",
                $"validate {name} says why.");
        return failed;
    }
}
