using System.CommandLine;
using System.Text;
using Tandem.Analysis.Agreement;
using Tandem.Analysis.Data;
using Tandem.Analysis.Judgements;
using Tandem.Analysis.Statistics;
using Tandem.Records.Store;

namespace Tandem.Analysis.Commands;

/// <summary><c>agreement</c>: how far judges agree, of experiments of a store or of any table of judgements.</summary>
internal static class AgreementCommand
{
    public static Command Create(CommandHost host)
    {
        var what = new Argument<string[]>("what")
        {
            Description = "Names of experiments, all of the store if nothing is given; or one CSV file with a header and the columns unit, "
                + "judge, and label or score; rubric if there are several, rep if judges were asked more than once.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Option<string?> store = StoreSelection.CreateStoreOption();
        Option<string> format = TextFormat.CreateOption();
        var command = new Command("agreement",
            "Say how far judges agree, for the judgements of experiments or for any table of judgements: percent agreement, "
            + "Krippendorff's alpha with interval, each pair of judges, each judge with itself, and what most say. A table needs no "
            + "store.");
        command.Arguments.Add(what);
        command.Options.Add(store);
        command.Options.Add(format);
        command.SetAction(arguments => Run(host, arguments.GetValue(what) ?? [], arguments.GetValue(store),
            arguments.GetRequiredValue(format)));
        return command;
    }

    private static int Run(CommandHost host, string[] names, string? store, string format)
    {
        string[] files = [.. names.Where(name => IsFile(host, name))];
        if (files.Length > 0 && names.Length > 1)
            throw new RefusedException($"{files[0]} is a file, and it is not all that was named.",
                "Name one file alone, or experiments alone.");
        return files.Length > 0 ? OfTable(host, files[0], format)
            : OfStore(host, StoreSelection.ResolvePairRuns(host, StoreSelection.FolderOf(host, store), names, "agreement"), format);
    }

    /// <summary>A file that is there, or a name that only a file can have.</summary>
    private static bool IsFile(CommandHost host, string name) =>
        File.Exists(Path.GetFullPath(name, host.WorkingDirectory)) || name.AsSpan().ContainsAny('/', '\\')
            || Path.GetExtension(name).ToUpperInvariant() is ".CSV" or ".TSV" or ".TXT";

    private static int OfStore(CommandHost host, IReadOnlyList<StoreLayout> layouts, string format)
    {
        ExperimentAgreement[] experiments = [.. layouts.Select(ExperimentAgreement.Of)];
        if (experiments.All(experiment => experiment.Rubrics.Count == 0))
            throw new RefusedException(
                $"No judgement is stored for {string.Join(", ", layouts.Select(layout => layout.Experiment))}.",
                $"Judge its runs: {JudgeCall.For(layouts[0].Experiment)}");
        if (format == TextFormat.Json)
        {
            host.Output.WriteLine(StatisticsJson.Of(experiments));
            return CommandHost.Ok;
        }
        var tables = new AgreementText(host.Output, isMarkdown: format == TextFormat.Markdown);
        foreach (ExperimentAgreement experiment in experiments)
        {
            tables.WriteHead(experiment);
            foreach (StoreAgreement rubric in experiment.Rubrics)
            {
                tables.Write(rubric);
                host.Output.WriteLine();
            }
        }
        tables.WriteNotes();
        return CommandHost.Ok;
    }

    private static int OfTable(CommandHost host, string file, string format)
    {
        RubricAgreement[] rubrics = [.. Read(InputFile.PathOf(host, file), file)
            .GroupBy(rating => rating.Rubric).OrderBy(rubric => rubric.Key, StringComparer.Ordinal)
            .Select(rubric => RubricAgreement.Of(rubric.Key, [.. rubric]))];
        if (format == TextFormat.Json)
        {
            host.Output.WriteLine(StatisticsJson.Of(rubrics));
            return CommandHost.Ok;
        }
        var tables = new AgreementText(host.Output, isMarkdown: format == TextFormat.Markdown);
        foreach (RubricAgreement rubric in rubrics)
        {
            tables.Write(rubric);
            host.Output.WriteLine();
        }
        tables.WriteNotes();
        return CommandHost.Ok;
    }

    private static IReadOnlyList<Rating> Read(string path, string name)
    {
        try
        {
            using var text = new StreamReader(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
            return RatingTable.Read(name, text);
        }
        catch (DecoderFallbackException exception)
        {
            throw new RefusedException($"{name} is not UTF-8 text.", "Save it as CSV in UTF-8, and name it again.", exception);
        }
    }
}
