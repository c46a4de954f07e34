using System.CommandLine;
using Tandem.Analysis.Data;
using Tandem.Analysis.Exporting;
using Tandem.Records.Store;

namespace Tandem.Analysis.Commands;

/// <summary><c>export</c>: from experiments to CooperBench's log folders.</summary>
internal static class ExportCommand
{
    public static Command Create(CommandHost host)
    {
        var selection = new StoreSelection(host);
        var output = new Option<string>("--output")
        {
            Description = "The folder for the runs' folders; made if it is not there. A run that it holds is never written over.",
            HelpName = "DIR",
            Required = true
        };
        var command = new Command("export",
            "Write the record that stands for each case into CooperBench's log folders, so that its tools can read them.");
        selection.AddTo(command);
        command.Options.Add(output);
        command.SetAction(arguments =>
            Run(host, selection.ResolvePairRuns(arguments, "export"),
                Path.GetFullPath(arguments.GetRequiredValue(output), host.WorkingDirectory)));
        return command;
    }

    private static int Run(CommandHost host, IReadOnlyList<StoreLayout> layouts, string folder)
    {
        IReadOnlyList<ExportedRun> runs = new StoreExporter(folder).Export([.. layouts.Select(Dataset.Read)]);
        host.Output.WriteLine("  cases  without verdict  interrupted (left out)  run");
        foreach (ExportedRun run in runs)
            host.Output.WriteLine($"{run.Cases,7}{run.WithoutVerdict,17}{run.Interrupted,24}  {run.Name}");
        host.Output.WriteLine($"wrote {runs.Sum(run => run.Cases)} cases to {folder}");
        return CommandHost.Ok;
    }
}
