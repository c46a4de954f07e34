using System.CommandLine;
using Tandem.Analysis.Data;
using Tandem.Analysis.Reporting;
using Tandem.Analysis.Scenarios;
using Tandem.Analysis.Scenarios.Rules;
using Tandem.Analysis.Validating;
using Tandem.Records.Store;

namespace Tandem.Analysis.Commands;

/// <summary><c>report</c>: what an experiment says, as pages, figures and Markdown; or why it says nothing.</summary>
internal static class ReportCommand
{
    public static Command Create(CommandHost host)
    {
        var selection = new StoreSelection(host);
        var draft = new Option<bool>("--draft")
        { Description = "Write it though the store fails its validation; every page is marked as a draft." };
        var partial = new Option<bool>("--partial")
        { Description = "Only a part of the plan was meant to be run so far: the pages say how much is there." };
        var noRunPages = new Option<bool>("--no-run-pages") { Description = "Leave out the pages of the single runs." };
        var deep = new Option<bool>("--deep") { Description = "Hold the rules that read every file, too, before it is written." };
        var noPng = new Option<bool>("--no-png")
        {
            Description = "Make no PNG of the figures, but keep those of figures that did not change; else they are made where "
            + "rsvg-convert, inkscape or chromium is on the PATH."
        };
        var command = new Command("report",
            "Write report/index.html beside the records: the answer, tables, figures, and a page for each run. Refused where the store "
            + "fails its validation.");
        selection.AddTo(command);
        foreach (Option<bool> option in new[] { draft, partial, deep, noRunPages, noPng })
            command.Options.Add(option);
        command.SetAction(arguments => Run(
            host,
            selection.Resolve(arguments),
            new ReportOptions(arguments.GetValue(draft), arguments.GetValue(partial), !arguments.GetValue(noRunPages)),
            arguments.GetValue(deep),
            new PngConverter(arguments.GetValue(noPng) ? null : host.Variable("PATH"))));
        return command;
    }

    private static int Run(CommandHost host, IReadOnlyList<StoreLayout> layouts, ReportOptions options, bool isDeep, PngConverter png)
    {
        int exitCode = CommandHost.Ok;
        foreach (StoreLayout layout in layouts)
        {
            try
            {
                exitCode = Math.Max(exitCode, Report(host, layout, options, isDeep, png));
            }
            catch (UnreadableStoreException exception)
            {
                // The other experiments can still be reported.
                host.Complain(exception.Message, exception.Next);
                exitCode = Math.Max(exitCode, exception is BusyStoreException ? CommandHost.Busy : CommandHost.Unusable);
            }
        }
        return exitCode;
    }

    private static int Report(CommandHost host, StoreLayout layout, ReportOptions options, bool isDeep, PngConverter png)
    {
        if (ScenarioReader.IsScenarios(layout))
        {
            var scenarios = ScenarioDataset.Read(layout);
            return Report(host, layout, options, ScenarioValidation.Run(scenarios, options.IsPartial),
                validation => new ScenarioReportWriter(options, png).Write(scenarios, validation));
        }
        var dataset = Dataset.Read(layout);
        return Report(host, layout, options, Validation.Run(dataset, options.IsPartial, isDeep),
            validation => new ReportWriter(options, png).Write(dataset, validation));
    }

    private static int Report(CommandHost host, StoreLayout layout, ReportOptions options, ValidationReport validation,
        Func<ValidationReport, string> write)
    {
        if (!validation.Passed && !options.IsDraft)
        {
            foreach (RuleReport rule in validation.Rules.Where(rule => !rule.Outcome.Passed))
                ReportText.Write(host.Error, rule, isVerbose: false);
            string old = Directory.Exists(ReportFolder.Of(layout)) ? " The report of an earlier state is left as it was." : "";
            host.Complain(
                $"No report of {layout.Experiment}: its store fails "
                    + $"{string.Join(", ", validation.Rules.Where(rule => !rule.Outcome.Passed).Select(rule => rule.Rule.Id))}, so that "
                    + $"its numbers may be wrong.{old}",
                "Do what stands under each rule above; or look at the numbers as they are with --draft, which marks every page.");
            return CommandHost.RuleFailed;
        }
        string path = write(validation);
        host.Output.WriteLine($"report: {path}{(options.IsDraft ? " (DRAFT)" : "")}");
        return CommandHost.Ok;
    }
}
