using System.Text;
using Tandem.Analysis.Figures;
using Tandem.Analysis.Markup;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Statistics;
using Tandem.Analysis.Validating;

namespace Tandem.Analysis.Reporting.Overview;

/// <summary>The report for a pull request: the answers, the tables that fit, and what is wrong.</summary>
internal static class MarkdownReport
{
    private const int FindingsShown = 5;

    public static byte[] Of(ReportContent content)
    {
        ExperimentStatistics statistics = content.Statistics;
        using var output = new StringWriter { NewLine = "\n" };
        output.Write($"## {Markdown.Escape(statistics.Experiment)}: {Markdown.Escape(Title.Of(statistics, content.Marks))}\n\n");
        if (content.Marks.Draft is { } draft)
            output.Write($"> **DRAFT** {Markdown.Escape(draft)}\n\n");
        if (content.Marks.Partial is { } partial)
            output.Write($"> **PARTIAL** {Markdown.Escape(partial)}\n\n");
        if (content.Marks.Simulation is { } simulation)
            output.Write($"> **{Markdown.Escape(simulation)}**\n\n");
        output.Write($"{Markdown.Escape(content.Origins.Who)}; {Say.Plural(statistics.Table.Pairs.Count, "pair")} of "
            + $"{Say.Plural(statistics.Table.Tasks, "task")}, {Say.Plural(statistics.Headline.WithVerdict.Trials, "case")}\n\n");
        output.Write("| question | answer | numbers |\n|---|---|---|\n");
        foreach (Answer answer in Answers.Of(statistics, content.Validation))
            output.Write($"| {Markdown.Escape(answer.Question)} | **{Markdown.Escape(answer.Short)}** | {Markdown.Escape(answer.Detail)} "
                + $"|\n");
        output.Write("\n");
        Rates(statistics).WriteMarkdown(output);
        if (statistics.Contrasts.Count > 0)
            Contrasts(statistics).WriteMarkdown(output);
        if (statistics.Merges.BySetting.Count > 0)
            Merges(statistics).WriteMarkdown(output);
        JudgesSection.WriteMarkdown(output, content);
        JudgeTables.Costs(content.Judged.Judgements)?.WriteMarkdown(output);
        SuspectSection.WriteMarkdown(output, content);
        WriteValidation(output, content.Validation);
        WriteLeftOut(output, content.Figures);
        return Encoding.UTF8.GetBytes(output.ToString().TrimEnd('\n') + "\n");
    }

    private static ReportTable Rates(ExperimentStatistics statistics) =>
        Narrowed(StatisticsTables.Rates(statistics), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11);

    private static ReportTable Contrasts(ExperimentStatistics statistics) =>
        Narrowed(StatisticsTables.Contrasts(statistics), 0, 1, 2, 3, 6, 7, 11, 13, 14) with
        {
            Note = StatisticsTables.MissingNote
                + (StatisticsTables.CautionsOfContrasts(statistics) is { } cautions ? $" {cautions}" : ""),
        };

    private static ReportTable Merges(ExperimentStatistics statistics) =>
        Narrowed(StatisticsTables.Merges(statistics), 0, 1, 2, 3, 4, 6, 7, 9, 10);

    private static ReportTable Narrowed(ReportTable table, params int[] columns) => table with
    {
        Columns = [.. columns.Select(column => table.Columns[column])],
        Rows = [.. table.Rows.Select(row => (IReadOnlyList<string>)[.. columns.Select(column => row[column])])],
    };

    /// <summary>Which figures are left out, and why.</summary>
    public static void WriteLeftOut(TextWriter output, ReportFigures figures)
    {
        foreach (Figure figure in figures.Figures.Where(figure => figure.Draw is null))
            output.Write($"Left out: {Markdown.Escape(figure.Title)}. {Markdown.Escape(figure.Caption)}\n\n");
    }

    /// <summary>How many rules hold, and what those that do not have found.</summary>
    public static void WriteValidation(TextWriter output, ValidationReport validation)
    {
        RuleReport[] failed = [.. validation.Rules.Where(rule => !rule.Outcome.Passed)];
        output.Write($"**Store:** {validation.Rules.Count - failed.Length} of {validation.Rules.Count} rules hold\n\n");
        foreach ((INamedRule rule, RuleOutcome outcome) in failed.Select(report => (report.Rule, report.Outcome)))
        {
            output.Write($"- **{rule.Id}** {Markdown.Escape(rule.Title)}: {Say.Plural(outcome.Errors, "finding")}\n");
            foreach (Finding finding in outcome.Findings.Where(finding => finding.Severity == Severity.Error).Take(FindingsShown))
                output.Write($"  - {Markdown.Escape(finding.ToString())}\n");
        }
        if (failed.Length > 0)
            output.Write("\n");
    }
}
