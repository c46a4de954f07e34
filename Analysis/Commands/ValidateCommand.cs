using System.CommandLine;
using Tandem.Analysis.Data;
using Tandem.Analysis.Validating;
using Tandem.Records.Store;

namespace Tandem.Analysis.Commands;

/// <summary><c>validate</c>: holds the rules against the run files, and against what was collected from them.</summary>
internal static class ValidateCommand
{
    public static Command Create(CommandHost host)
    {
        var selection = new StoreSelection(host);
        var verbose = new Option<bool>("--verbose") { Description = "List every finding, not only the first 10 of each rule." };
        var command = new Command("validate",
            "Check the store rule by rule: a line each with PASS or FAIL, the cases at fault, and what to do. The exit code says "
            + "whether a rule fails.");
        var partial = new Option<bool>("--partial")
        { Description = "Only a part of the plan was meant to be run so far: cases without a record are a warning." };
        var deep = new Option<bool>("--deep")
        { Description = "Also read every file that the attempts left: digests, conversations, costs, evaluations, keys." };
        selection.AddTo(command);
        command.Options.Add(deep);
        command.Options.Add(partial);
        command.Options.Add(verbose);
        command.SetAction(arguments =>
            Run(host, selection.Resolve(arguments), arguments.GetValue(partial), arguments.GetValue(deep), arguments.GetValue(verbose)));
        return command;
    }

    private static int Run(CommandHost host, IReadOnlyList<StoreLayout> layouts, bool isPartial, bool isDeep, bool isVerbose)
    {
        int exitCode = CommandHost.Ok;
        foreach (StoreLayout layout in layouts)
        {
            try
            {
                ValidationReport report = AnyExperiment.Validate(layout, isPartial, isDeep);
                ReportText.Write(host.Output, report, isVerbose);
                if (!report.Passed)
                    exitCode = Math.Max(exitCode, CommandHost.RuleFailed);
            }
            catch (UnreadableStoreException exception)
            {
                // The other experiments can still be checked.
                host.Complain(exception.Message, exception.Next);
                exitCode = CommandHost.Unusable;
            }
        }
        return exitCode;
    }
}
