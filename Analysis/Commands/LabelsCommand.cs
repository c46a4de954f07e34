using System.CommandLine;
using System.Reflection;
using Tandem.Analysis.Data;
using Tandem.Analysis.Importing;
using Tandem.Records.Store;

namespace Tandem.Analysis.Commands;

/// <summary><c>labels import</c>: labels of people, or of programs elsewhere, as one more judge of an experiment.</summary>
internal static class LabelsCommand
{
    public static Command Create(CommandHost host)
    {
        var labels = new Command("labels", "Labels that no judge of this harness gave.");
        labels.Subcommands.Add(CreateImport(host));
        return labels;
    }

    private static Command CreateImport(CommandHost host)
    {
        var file = new Argument<string>("file")
        {
            Description = "A CSV file with the columns case, rubric, judge, and label or score; rep and message if needed.",
        };
        var experiment = new Argument<string>("experiment") { Description = "The experiment whose runs were labelled." };
        var anyRubric = new Option<bool>("--any-rubric")
        { Description = "Take labels of rubrics that the store does not know; a mistyped name is then not found" };
        Option<string?> store = StoreSelection.CreateStoreOption();
        var command = new Command("import",
            "Import labels into an experiment, beside what its judges said. A table with a fault is refused as a whole; the same table is "
            + "imported once.");
        command.Arguments.Add(file);
        command.Arguments.Add(experiment);
        command.Options.Add(anyRubric);
        command.Options.Add(store);
        command.SetAction(arguments => Import(host, arguments.GetRequiredValue(file),
            StoreSelection.ResolvePairRuns(host, StoreSelection.FolderOf(host, arguments.GetValue(store)),
                [arguments.GetRequiredValue(experiment)], "labels import")[0],
            arguments.GetValue(anyRubric)));
        return command;
    }

    private static int Import(CommandHost host, string file, StoreLayout layout, bool takesAnyRubric)
    {
        ImportedLabels imported = new LabelImporter(Dataset.Read(layout), host.Clock, Version(), takesAnyRubric)
            .Import(file, InputFile.ReadBytes(host, file));
        foreach (string rubric in imported.UnknownRubrics)
            host.Error.WriteLine($"warning: no judgement of the rubric '{rubric}' in the store names its labels, so that a mistyped one is "
                + $"not found.");
        host.Output.WriteLine(
            imported.IsRepeated ? $"{layout.Experiment}: {file} was imported before; nothing is added"
            : imported.Added == 0 ? $"{layout.Experiment}: the store has all labels of {file} already; nothing is added"
            : $"{layout.Experiment}: {imported.Added} label{(imported.Added == 1 ? "" : "s")} imported from {file}"
                + (imported.Known > 0 ? $"; {imported.Known} {(imported.Known == 1 ? "was" : "were")} there already" : ""));
        return CommandHost.Ok;
    }

    private static string Version() => typeof(LabelsCommand).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
