using System.CommandLine;
using Tandem.Analysis.Collecting;
using Tandem.Analysis.Data;
using Tandem.Analysis.Formats;
using Tandem.Analysis.Validating;
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
            Description = "What to write: json, or a flat table as csv or parquet, with lists and objects as JSON text (results.csv, "
                + "results.parquet). Default: json.",
            HelpName = "json|csv|parquet",
        }.AcceptOnlyFromAmong([.. EnumNames.AllNames<ResultsFormat>()]);
        var command = new Command("collect",
            "Write the record that stands for each case into results.json, with difficulty and bucket, and print what there is.");
        var validate = new Option<bool>("--validate")
        {
            Description = "Then check the rules too, as validate does; the run files are read once for both. The exit code says whether "
            + "a rule fails."
        };
        selection.AddTo(command);
        command.Options.Add(output);
        command.Options.Add(format);
        command.Options.Add(skipDifficulty);
        command.Options.Add(validate);
        command.SetAction(arguments => Run(
            host, selection.Resolve(arguments), arguments.GetValue(output), arguments.GetValue(format), !arguments.GetValue(skipDifficulty),
                arguments.GetValue(validate)));
        return command;
    }

    private static int Run(CommandHost host, IReadOnlyList<StoreLayout> layouts, string? output, ResultsFormat format,
        bool withDifficulty, bool isValidating)
    {
        var collector = new Collector(withDifficulty);
        bool isSound = true;
        if (output is null)
        {
            foreach (StoreLayout layout in layouts)
            {
                if (ScenarioReader.IsScenarios(layout))
                {
                    isSound &= ScenarioCollecting.Run(host, [layout],
                        Path.ChangeExtension(layout.ResultsFile, EnumNames.NameOf(format)), format, isValidating);
                    continue;
                }
                var dataset = Dataset.Read(layout);
                Collect(host, collector, [dataset], Path.ChangeExtension(layout.ResultsFile, EnumNames.NameOf(format)),
                    format, withDifficulty);
                if (withDifficulty && format == ResultsFormat.Json)
                    dataset.HasJustBeenCollected();
                isSound &= !isValidating || Validate(host, dataset);
            }
            return isSound ? CommandHost.Ok : CommandHost.RuleFailed;
        }
        string path = Path.GetFullPath(output, host.WorkingDirectory);
        if (Directory.Exists(path))
        {
            host.Complain($"--output {path} is a folder.", "Name a file in it.");
            return CommandHost.Unusable;
        }
        if (AnyExperiment.AreScenarios(layouts, "collect --output writes one array of one kind of record"))
            return ScenarioCollecting.Run(host, layouts, path, format, isValidating) ? CommandHost.Ok : CommandHost.RuleFailed;
        Dataset[] datasets = [.. layouts.Select(Dataset.Read)];
        Collect(host, collector, datasets, path, format, withDifficulty);
        foreach (Dataset dataset in isValidating ? datasets : [])
            isSound &= Validate(host, dataset);
        return isSound ? CommandHost.Ok : CommandHost.RuleFailed;
    }

    private static bool Validate(CommandHost host, Dataset dataset)
    {
        host.Output.WriteLine();
        ValidationReport report = Validation.Run(dataset);
        ReportText.Write(host.Output, report, isVerbose: false);
        return report.Passed;
    }

    private static void Collect(CommandHost host, Collector collector, IReadOnlyList<Dataset> datasets, string path, ResultsFormat format,
        bool withDifficulty)
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
