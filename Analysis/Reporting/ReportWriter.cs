using Tandem.Analysis.Agreement;
using Tandem.Analysis.Data;
using Tandem.Analysis.Figures;
using Tandem.Analysis.Judgements;
using Tandem.Analysis.Markup;
using Tandem.Analysis.Reporting.Overview;
using Tandem.Analysis.Reporting.Runs;
using Tandem.Analysis.Statistics;
using Tandem.Analysis.Validating;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Reporting;

/// <summary>How a report is asked for.</summary>
/// <param name="IsDraft">Whether a store that fails its validation is reported as well; every page is then marked.</param>
/// <param name="IsPartial">Whether only a part of the plan was meant to be run so far.</param>
/// <param name="HasRunPages">Whether each run gets a page.</param>
internal sealed record ReportOptions(bool IsDraft = false, bool IsPartial = false, bool HasRunPages = true);

/// <summary>Writes the report of one experiment: the first page, a page for each run, figures with their numbers, and Markdown. The same
/// store always gives the same bytes.</summary>
internal sealed class ReportWriter(ReportOptions options, PngConverter png)
{
    /// <param name="dataset">The experiment.</param>
    /// <param name="validation">What its rules said; it may only have failed where a draft is asked for.</param>
    /// <returns>The path of the first page.</returns>
    /// <exception cref="BusyStoreException">Another process writes this report.</exception>
    /// <exception cref="UnreadableStoreException">Another process changed a run file meanwhile.</exception>
    public string Write(Dataset dataset, ValidationReport validation)
    {
        if (!validation.Passed && !options.IsDraft)
            throw new InvalidOperationException("The store fails its validation, and no draft is asked for.");
        using var folder = ReportFolder.Begin(dataset.Layout);
        PageMarks marks = MarksOf(dataset, validation);
        var statistics = ExperimentStatistics.Of(dataset);
        var judged = new JudgedExperiment(ExperimentJudgements.Of(dataset));
        (RunRow[] rows, Origins origins) = WriteRuns(folder, dataset, judged.Judgements, marks);
        var content = new ReportContent
        {
            Dataset = dataset,
            Statistics = statistics,
            Judged = judged,
            Validation = validation,
            Marks = marks,
            Figures = FigureFiles.Write(folder, FigureSet.Of(statistics, judged), png),
            Rows = rows,
            Origins = origins,
            HasRunPages = options.HasRunPages,
        };
        var html = new HtmlWriter();
        IndexPage.Write(html, content);
        folder.Write("index.html", html.ToUtf8());
        folder.Write("report.md", MarkdownReport.Of(content));
        folder.Finish();
        return Path.Combine(folder.Final, "index.html");
    }

    private PageMarks MarksOf(Dataset dataset, ValidationReport validation)
    {
        int planned = dataset.Cases.Count(c => c.IsPlanned);
        int present = dataset.Cases.Count(c => c.IsPlanned && c.Records.Count > 0);
        return new PageMarks(
            dataset.SimulationLabel,
            options.IsDraft ? DraftMark(validation) : null,
            options.IsPartial && present < planned
                ? $"{Say.Count(present)} of {Say.Plural(planned, "planned case")} have a record so far; the numbers will change." : null);
    }

    /// <summary>Why a draft is one.</summary>
    public static string DraftMark(ValidationReport validation)
    {
        string[] failed = [.. validation.Rules.Where(rule => !rule.Outcome.Passed).Select(rule => rule.Rule.Id)];
        return failed.Length > 0
            ? $"The store fails its validation ({string.Join(", ", failed)}): any number here may be wrong. Not to be cited."
            : "It was asked for as a draft. Not to be cited.";
    }

    private (RunRow[] Rows, Origins Origins) WriteRuns(ReportFolder folder, Dataset dataset, ExperimentJudgements judgements,
        PageMarks marks)
    {
        var rows = new RunRow[dataset.Cases.Count];
        var origins = new Origins();
        // A page is a handful of small files read and one written: worth all processors. Origins only counts, so that their order does not
        // matter.
        Parallel.For(0, rows.Length, () => new Worker(dataset), (i, _, worker) =>
        {
            CaseResults facts = dataset.Cases[i];
            CaseContent run = CaseContent.Read(dataset, facts, worker.Source) with
            {
                Readings = [.. judgements.Of(facts.CaseId)],
            };
            rows[i] = RunRow.Of(run) with { HasPage = options.HasRunPages && run.HasPage };
            lock (origins)
                origins.Add(run);
            if (rows[i].HasPage)
            {
                worker.Html.Clear();
                RunPage.Write(worker.Html, run, marks, dataset.Layout.Experiment, record => PlaceOf(facts, record));
                folder.Write(RunPage.PathOf(run.CaseId), worker.Html.ToUtf8());
            }
            return worker;
        }, worker => worker.Dispose());
        return (rows, origins);
    }

    private static string? PlaceOf(CaseResults facts, RunRecord record) =>
        facts.Records.FirstOrDefault(one => one.AttemptId == record.AttemptId && one.Attempt == record.Attempt
            && one.Revision == record.Revision)?.Place.ToString();

    private sealed class Worker(Dataset dataset) : IDisposable
    {
        public RecordSource Source { get; } = new(dataset.Layout);

        public HtmlWriter Html { get; } = new();

        public void Dispose() => Source.Dispose();
    }
}
