using Tandem.Analysis.Data;
using Tandem.Analysis.Figures;
using Tandem.Analysis.Markup;
using Tandem.Analysis.Reporting.Scenarios;
using Tandem.Analysis.Scenarios;
using Tandem.Analysis.Scenarios.Statistics;
using Tandem.Analysis.Validating;

namespace Tandem.Analysis.Reporting;

/// <summary>Writes the report of one experiment of scenarios: the first page, all answers side by side, a figure with its numbers, and
/// Markdown. The same store always gives the same bytes.</summary>
internal sealed class ScenarioReportWriter(ReportOptions options, PngConverter png)
{
    /// <param name="dataset">The experiment.</param>
    /// <param name="validation">What its rules said; it may only have failed where a draft is asked for.</param>
    /// <returns>The path of the first page.</returns>
    /// <exception cref="BusyStoreException">Another process writes this report.</exception>
    public string Write(ScenarioDataset dataset, ValidationReport validation)
    {
        if (!validation.Passed && !options.IsDraft)
            throw new InvalidOperationException("The store fails its validation, and no draft is asked for.");
        using var folder = ReportFolder.Begin(dataset.Layout);
        var statistics = ScenarioStatistics.Of(dataset);
        var content = new ScenarioContent(dataset, statistics, validation, MarksOf(dataset, validation),
            FigureFiles.Write(folder, [VariantFigure.Of(statistics)], png));
        Write(folder, "index.html", html => ScenarioIndexPage.Write(html, content));
        Write(folder, ScenarioContent.AnswersPage, html => AnswersPage.Write(html, content));
        folder.Write("report.md", ScenarioMarkdown.Of(content));
        folder.Finish();
        return Path.Combine(folder.Final, "index.html");
    }

    private static void Write(ReportFolder folder, string name, Action<HtmlWriter> write)
    {
        var html = new HtmlWriter();
        write(html);
        folder.Write(name, html.ToUtf8());
    }

    private PageMarks MarksOf(ScenarioDataset dataset, ValidationReport validation)
    {
        int present = dataset.Cases.Count(one => one.Counting is not null);
        return new PageMarks(dataset.SimulationLabel, options.IsDraft ? ReportWriter.DraftMark(validation) : null,
            options.IsPartial && present < dataset.Cases.Count
                ? $"{Say.Count(present)} of {Say.Plural(dataset.Cases.Count, "planned case")} count so far; the numbers will change."
                : null);
    }
}
