using System.Text;
using Tandem.Analysis.Markup;
using Tandem.Analysis.Reporting.Overview;
using Tandem.Analysis.Scenarios.Statistics;

namespace Tandem.Analysis.Reporting.Scenarios;

/// <summary>The report for a pull request: the answers, the tables that fit, and what is wrong.</summary>
internal static class ScenarioMarkdown
{
    public static byte[] Of(ScenarioContent content)
    {
        using var output = new StringWriter { NewLine = "\n" };
        output.Write($"## {Markdown.Escape(content.Experiment)}: {Markdown.Escape(ScenarioAnswers.Sentence(content))}\n\n");
        if (content.Marks.Draft is { } draft)
            output.Write($"> **DRAFT** {Markdown.Escape(draft)}\n\n");
        if (content.Marks.Partial is { } partial)
            output.Write($"> **PARTIAL** {Markdown.Escape(partial)}\n\n");
        if (content.Marks.Simulation is { } simulation)
            output.Write($"> **{Markdown.Escape(simulation)}**\n\n");
        output.Write($"{Markdown.Escape(content.Who)}\n\n| question | answer | numbers |\n|---|---|---|\n");
        foreach (Answer answer in ScenarioAnswers.Of(content))
            output.Write($"| {Markdown.Escape(answer.Question)} | **{Markdown.Escape(answer.Short)}** | "
                + $"{Markdown.Escape(answer.Detail)} |\n");
        output.Write("\n");
        ScenarioTables.Rates(content.Statistics).WriteMarkdown(output);
        if (content.Statistics.Contrasts.Count > 0)
            ScenarioTables.Contrasts(content.Statistics.Contrasts).WriteMarkdown(output);
        ScenarioTables.Repeats(content.Statistics).WriteMarkdown(output);
        ScenarioShare[] below = [.. content.Statistics.Shares.Where(share => share.IsBelow)];
        foreach (ScenarioShare share in below)
            output.Write($"- below the bound: {Markdown.Escape(share.Scenario)} under {Markdown.Escape(share.Variant)}, "
                + $"{share.Score.Passed} of {share.Score.WithVerdict} passed, {share.Needed} needed\n");
        output.Write(below.Length == 0 ? "" : "\n");
        MarkdownReport.WriteValidation(output, content.Validation);
        MarkdownReport.WriteLeftOut(output, content.Figures);
        return Encoding.UTF8.GetBytes(output.ToString().TrimEnd('\n') + "\n");
    }
}
