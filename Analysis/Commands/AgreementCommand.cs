using System.CommandLine;
using System.Text;
using Tandem.Analysis.Agreement;
using Tandem.Analysis.Data;
using Tandem.Analysis.Statistics;

namespace Tandem.Analysis.Commands;

/// <summary><c>agreement</c>: how far judges agree, of any table of judgements; needs no store.</summary>
internal static class AgreementCommand
{
    public static Command Create(CommandHost host)
    {
        var file = new Argument<string>("file")
        {
            Description = "A CSV file with a header and the columns unit, judge, and label or score; rubric if there are several, rep if "
                + "judges were asked more than once.",
        };
        Option<string> format = TextFormat.CreateOption();
        var command = new Command("agreement",
            "Say how far judges agree, for any table of judgements: percent agreement, Krippendorff's alpha with interval, each pair of "
            + "judges, each judge with itself, and what most say. Needs no store.");
        command.Arguments.Add(file);
        command.Options.Add(format);
        command.SetAction(arguments => Run(host, arguments.GetRequiredValue(file), arguments.GetRequiredValue(format)));
        return command;
    }

    private static int Run(CommandHost host, string file, string format)
    {
        RubricAgreement[] rubrics = [.. Read(Path.GetFullPath(file, host.WorkingDirectory), file)
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
        if (Directory.Exists(path))
            throw new RefusedException($"{name} is a folder, not a CSV file.", "Name a file.");
        if (!File.Exists(path))
            throw new RefusedException($"There is no file {name}.", "Check its name; a relative one starts at the current folder.");
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
