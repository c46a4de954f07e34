using System.CommandLine;
using Tandem.Analysis.Data;
using Tandem.Analysis.Exporting;
using Tandem.Records.Store;

namespace Tandem.Analysis.Commands;

/// <summary><c>export</c>: from experiments to formats that other tools read.</summary>
internal static class ExportCommand
{
    private const string CooperBench = "cooperbench";
    private const string Atif = "atif";

    public static Command Create(CommandHost host)
    {
        var selection = new StoreSelection(host);
        var output = new Option<string>("--output")
        {
            Description = "The folder for the exported folders; made if it is not there. One that it holds is never written over.",
            HelpName = "DIR",
            Required = true
        };
        Option<string> format = new Option<string>("--format")
        {
            Description = $"{CooperBench}: the record that stands for each case, in CooperBench's log folders. {Atif}: what each agent did "
                + "in the record that counts of each case, in the Agent Trajectory Interchange Format.",
            DefaultValueFactory = _ => CooperBench,
        }.AcceptOnlyFromAmong(CooperBench, Atif);
        var command = new Command("export", "Write experiments in a format that other tools read.");
        selection.AddTo(command);
        command.Options.Add(output);
        command.Options.Add(format);
        command.SetAction(arguments =>
        {
            IReadOnlyList<StoreLayout> layouts = selection.ResolvePairRuns(arguments, "export");
            string folder = Path.GetFullPath(arguments.GetRequiredValue(output), host.WorkingDirectory);
            Dataset[] datasets = [.. layouts.Select(Dataset.Read)];
            if (arguments.GetValue(format) == Atif)
                ExportTrajectories(host, datasets, folder);
            else
                ExportRuns(host, datasets, folder);
            return CommandHost.Ok;
        });
        return command;
    }

    private static void ExportRuns(CommandHost host, Dataset[] datasets, string folder)
    {
        IReadOnlyList<ExportedRun> runs = new StoreExporter(folder).Export(datasets);
        host.Output.WriteLine("  cases  without verdict  interrupted (left out)  run");
        foreach (ExportedRun run in runs)
            host.Output.WriteLine($"{run.Cases,7}{run.WithoutVerdict,17}{run.Interrupted,24}  {run.Name}");
        host.Output.WriteLine($"wrote {runs.Sum(run => run.Cases)} cases to {folder}");
    }

    private static void ExportTrajectories(CommandHost host, Dataset[] datasets, string folder)
    {
        IReadOnlyList<ExportedTrajectories> experiments = new AtifExporter(folder).Export(datasets);
        host.Output.WriteLine("  cases  trajectories  agents without one (left out)  experiment");
        foreach (ExportedTrajectories one in experiments)
            host.Output.WriteLine($"{one.Cases,7}{one.Trajectories,14}{one.Without,31}  {one.Name}");
        host.Output.WriteLine($"wrote {experiments.Sum(one => one.Trajectories)} trajectories to {folder}");
    }
}
