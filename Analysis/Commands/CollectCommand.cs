using System.CommandLine;
using Tandem.Analysis.Collecting;
using Tandem.Analysis.Data;
using Tandem.Records.Store;

namespace Tandem.Analysis.Commands;

/// <summary><c>collect</c>: from run files to one flat array of records.</summary>
internal static class CollectCommand
{
    public static Command Create(CommandHost host)
    {
        var selection = new StoreSelection(host);
        var output = new Option<string?>("--output")
        {
            Description = "Write one array of all the experiments to this file, instead of one results.json beside each.",
            HelpName = "FILE",
        };
        var skipDifficulty = new Option<bool>("--skip-difficulty") { Description = "Leave difficulty and bucket null." };
        var command = new Command("collect", "Write the record that stands for each case into results.json, with difficulty and bucket, and print what there is.");
        selection.AddTo(command);
        command.Options.Add(output);
        command.Options.Add(skipDifficulty);
        command.SetAction(arguments => Run(host, selection.Resolve(arguments), arguments.GetValue(output), !arguments.GetValue(skipDifficulty)));
        return command;
    }

    private static int Run(CommandHost host, IReadOnlyList<StoreLayout> layouts, string? output, bool withDifficulty)
    {
        var collector = new Collector(withDifficulty);
        if (output is null)
        {
            foreach (StoreLayout layout in layouts)
                Collect(host, collector, [Dataset.Read(layout)], layout.ResultsFile, withDifficulty);
            return CommandHost.Ok;
        }
        string path = Path.GetFullPath(output, host.WorkingDirectory);
        if (Directory.Exists(path))
        {
            host.Complain($"--output {path} is a folder.", "Name a file in it.");
            return CommandHost.Unusable;
        }
        Collect(host, collector, [.. layouts.Select(Dataset.Read)], path, withDifficulty);
        return CommandHost.Ok;
    }

    private static void Collect(CommandHost host, Collector collector, IReadOnlyList<Dataset> datasets, string path, bool withDifficulty)
    {
        DurableFile.Write(path, stream => collector.Write(stream, datasets));
        foreach (Dataset dataset in datasets)
        {
            SummaryText.Write(host.Output, Summary.Of(dataset), withDifficulty);
            host.Output.WriteLine();
        }
        host.Output.WriteLine($"wrote {datasets.Sum(dataset => dataset.Chosen.Count())} records to {path}");
    }
}
