using System.CommandLine;
using System.Text;
using Tandem.Analysis.Agreement;
using Tandem.Analysis.Data;
using Tandem.Analysis.Statistics;

namespace Tandem.Analysis.Commands;

/// <summary><c>agreement</c>: how far judges agree, of any table of judgements; needs no store.</summary>
internal static class AgreementCommand
{
    private const string Text = "text";
    private const string Markdown = "markdown";
    private const string Json = "json";

    public static Command Create(CommandHost host)
    {
        var file = new Argument<string>("file")
        {
            Description = "A CSV file with a header and the columns unit, judge, and label or score; rubric if there are several, rep if "
                + "judges were asked more than once.",
        };
        var format = new Option<string>("--format")
        { Description = "How it is printed: text, markdown or json.", DefaultValueFactory = _ => Text };
        format.AcceptOnlyFromAmong(Text, Markdown, Json);
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
        using StreamReader text = Open(Path.GetFullPath(file, host.WorkingDirectory), file);
        RubricAgreement[] rubrics = [.. RatingTable.Read(file, text).GroupBy(rating => rating.Rubric).OrderBy(rubric => rubric.Key,
            StringComparer.Ordinal).Select(rubric => RubricAgreement.Of(rubric.Key, [.. rubric]))];
        if (format == Json)
        {
            host.Output.WriteLine(StatisticsJson.Of(rubrics));
            return CommandHost.Ok;
        }
        var tables = new AgreementText(host.Output, isMarkdown: format == Markdown);
        foreach (RubricAgreement rubric in rubrics)
        {
            tables.Write(rubric);
            host.Output.WriteLine();
        }
        tables.WriteNotes();
        return CommandHost.Ok;
    }

    private static StreamReader Open(string path, string name)
    {
        if (Directory.Exists(path))
            throw new RefusedException($"{name} is a folder, not a CSV file.", "Name a file.");
        if (!File.Exists(path))
            throw new RefusedException($"There is no file {name}.", "Check its name; a relative one starts at the current folder.");
        return new StreamReader(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
    }
}
