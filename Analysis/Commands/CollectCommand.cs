using System.CommandLine;
using Tandem.Analysis.Collecting;
using Tandem.Analysis.Data;
using Tandem.Analysis.Formats;
using Tandem.Records.Json;
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
        var format = new Option<ResultsFormat>("--format")
        {
            Description = "What to write: json, or a flat table as csv or parquet, with lists and objects as JSON text (results.csv, results.parquet). Default: json.",
            HelpName = "json|csv|parquet",
        }.AcceptOnlyFromAmong([.. EnumNames.AllNames<ResultsFormat>()]);
        var command = new Command("collect", "Write the record that stands for each case into results.json, with difficulty and bucket, and print what there is.");
        selection.AddTo(command);
        command.Options.Add(output);
        command.Options.Add(format);
        command.Options.Add(skipDifficulty);
        command.SetAction(arguments => Run(host, selection.Resolve(arguments), arguments.GetValue(output), arguments.GetValue(format), !arguments.GetValue(skipDifficulty)));
        return command;
    }

    private static int Run(CommandHost host, IReadOnlyList<StoreLayout> layouts, string? output, ResultsFormat format, bool withDifficulty)
    {
        var collector = new Collector(withDifficulty);
        if (output is null)
        {
            foreach (StoreLayout layout in layouts)
                Collect(host, collector, [Dataset.Read(layout)], Path.ChangeExtension(layout.ResultsFile, EnumNames.NameOf(format)), format, withDifficulty);
            return CommandHost.Ok;
        }
        string path = Path.GetFullPath(output, host.WorkingDirectory);
        if (Directory.Exists(path))
        {
            host.Complain($"--output {path} is a folder.", "Name a file in it.");
            return CommandHost.Unusable;
        }
        Collect(host, collector, [.. layouts.Select(Dataset.Read)], path, format, withDifficulty);
        return CommandHost.Ok;
    }

    private static void Collect(CommandHost host, Collector collector, IReadOnlyList<Dataset> datasets, string path, ResultsFormat format, bool withDifficulty)
    {
        DurableFile.Write(path, stream =>
        {
            if (format == ResultsFormat.Json)
                collector.Write(stream, datasets);
            else
                collector.Write(format == ResultsFormat.Csv ? new CsvWriter(stream) : new ParquetWriter(stream), datasets);
        });
        foreach (Dataset dataset in datasets)
        {
            SummaryText.Write(host.Output, Summary.Of(dataset), withDifficulty);
            host.Output.WriteLine();
        }
        host.Output.WriteLine($"wrote {datasets.Sum(dataset => dataset.Chosen.Count())} records to {path}");
    }
}
