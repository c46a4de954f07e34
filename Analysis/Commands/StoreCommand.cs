using System.CommandLine;
using Tandem.Analysis.Merging;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Statistics;
using Tandem.Analysis.Validating;
using Tandem.Records.Cases;
using Tandem.Records.Store;

namespace Tandem.Analysis.Commands;

/// <summary><c>store merge</c>: joins the stores of shards, or of workers that have one each.</summary>
internal static class StoreCommand
{
    public static Command Create(CommandHost host)
    {
        var store = new Command("store", "Stores as a whole.");
        store.Subcommands.Add(CreateMerge(host));
        return store;
    }

    private static Command CreateMerge(CommandHost host)
    {
        var stores = new Argument<string[]>("stores")
        {
            Description = "Folders of stores, as --store takes them: A B ... INTO. The last one is merged into, and made if it is missing.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        stores.Validators.Add(result =>
        {
            string[] names = [.. result.Tokens.Select(token => token.Value)];
            if (names.FirstOrDefault(name => name.StartsWith('-')) is string option)
                result.AddError($"There is no option '{option}'.");
            else if (names.Length < 2)
                result.AddError("At least two stores are expected: one to merge, and one to merge into.");
        });
        var experiments = new Option<string[]>("--experiment", "-e")
        { Description = "An experiment to be merged, perhaps several times. Default: all.", HelpName = "NAME" };
        experiments.Validators.Add(result =>
        {
            foreach (string name in result.Tokens.Select(token => token.Value).Where(name => !SafeSegment.IsSafe(name)))
                result.AddError($"'{name}' cannot name an experiment: {SafeSegment.Rule}.");
        });
        var dryRun = new Option<bool>("--dry-run") { Description = "Check everything and print what would be done; change nothing." };
        var partial = new Option<bool>("--partial")
        { Description = "Not all stores are there, or they are still written to: cases without a record are a warning, as in validate." };
        var json = new Option<bool>("--json") { Description = "Print the result as JSON." };
        var command = new Command("merge",
            "Join stores of the same experiments: the same attempt twice is taken once, two different ones under one name are refused. "
            + "Everything is checked first; a refusal changes nothing. It may be repeated while the stores are written to: what is new is "
            + "added.");
        command.Arguments.Add(stores);
        foreach (Option option in new Option[] { experiments, dryRun, partial, json })
            command.Options.Add(option);
        command.SetAction(arguments => Run(host, arguments.GetRequiredValue(stores), arguments.GetValue(experiments) ?? [],
            arguments.GetValue(dryRun), arguments.GetValue(partial), arguments.GetValue(json)));
        return command;
    }

    private static int Run(CommandHost host, string[] stores, string[] experiments, bool isDry, bool isPartial, bool isJson)
    {
        try
        {
            StoreFolders folders = StoreFolders.Of(stores, host.WorkingDirectory, experiments);
            var merger = new StoreMerger(folders);
            MergeResult result = isDry ? merger.Try() : merger.Merge();
            ValidationReport[] reports = isDry ? [] : [.. result.Experiments.Select(layout => Validate(layout, isPartial))];
            if (isJson)
                host.Output.WriteLine(StatisticsJson.Of(MergeJson.Of(folders, result, reports, isDry)));
            else
                MergeText.Write(host.Output, folders, result, reports, isDry, isPartial);
            return reports.All(report => report.Passed) ? CommandHost.Ok : CommandHost.RuleFailed;
        }
        catch (MergeRefusedException exception)
        {
            MergeText.WriteFaults(host.Error, exception.Faults);
            return CommandHost.Unusable;
        }
    }

    /// <summary>Holds the rules. What was collected before a merge is older than what was merged; that is to be expected.</summary>
    private static ValidationReport Validate(StoreLayout layout, bool isPartial)
    {
        ValidationReport report = AnyExperiment.Validate(layout, isPartial);
        return report with { Rules = [.. report.Rules.Select(Expect)] };
    }

    private static RuleReport Expect(RuleReport rule) => rule.Rule is not IResultsRule ? rule
        : rule with
        {
            Outcome = rule.Outcome with
            { Findings = [.. rule.Outcome.Findings.Select(finding => finding with { Severity = Severity.Warning })] },
        };
}
