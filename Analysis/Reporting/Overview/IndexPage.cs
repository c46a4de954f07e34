using Tandem.Analysis.Markup;
using Tandem.Analysis.Statistics;

namespace Tandem.Analysis.Reporting.Overview;

/// <summary>The report's first page: one file, without any request to elsewhere. Its policy lets its own script run and no other.</summary>
internal static class IndexPage
{
    public static void Write(HtmlWriter html, ReportContent content)
    {
        WriteHead(html, content);
        WriteFirstScreen(html, content);
        ExperimentStatistics statistics = content.Statistics;

        html.Add($"<h2 id=success>Success</h2>\n");
        if (statistics.Contrasts.Count > 0)
            StatisticsTables.Contrasts(statistics).WriteHtml(html);
        StatisticsTables.Rates(statistics).WriteHtml(html);
        if (statistics.Repeats.Any(repeat => repeat.K > 1))
            StatisticsTables.Repeats(statistics).WriteHtml(html);

        html.Add($"<h2 id=difficulty>Difficulty, repositories, languages</h2>\n");
        content.Figures.WriteHtml(html, "success-by-difficulty");
        foreach (RateTable table in statistics.Tables.Where(table => table.Dimension == RateDimension.Repo || table.Rows.Count > 1))
            StatisticsTables.By(table).WriteHtml(html);

        html.Add($"<h2 id=cooperation>Messages and merges</h2>\n");
        content.Figures.WriteHtml(html, "communication");
        content.Figures.WriteHtml(html, "merge-outcome");
        if (statistics.Merges.BySetting.Count > 0)
            StatisticsTables.Merges(statistics).WriteHtml(html);
        StatisticsTables.Communication(statistics)?.WriteHtml(html);

        JudgesSection.WriteHtml(html, content);
        content.Figures.WriteHtml(html, "errors-and-symptoms");

        html.Add($"<h2 id=cost>Cost and time</h2>\n");
        content.Figures.WriteHtml(html, "cost-against-success");
        StatisticsTables.Costs(statistics).WriteHtml(html);
        JudgeTables.Costs(content.Judged.Judgements)?.WriteHtml(html);

        html.Add($"<h2 id=pairs>Pairs</h2>\n");
        content.Figures.WriteHtml(html, "pairs-by-setting");
        SuspectSection.WriteHtml(html, content);
        RulesSection.Write(html, content.Validation);
        WriteRuns(html, content);
        html.Add($"<h2 id=origin>What it rests on</h2>\n");
        content.Origins.Write(html, content.Dataset.Plan.Settings);
        html.Add($"<p class=note>Success of figures and tables: both features' tests passed and no limit was exceeded. Infrastructure "
            + $"errors and interruptions are missing data, in no rate. Each number's n stands beside it.");
        if (content.Figures.PngNote is not null)
            html.Add($" {content.Figures.PngNote}");
        html.Add($"</p>\n</main><script type=\"application/json\" "
            + $"id=runs-data>{RunListJson.Of(content.Rows)}</script>\n<script>{Assets.ReportScript}</script>\n</body></html>\n");
    }

    private static void WriteHead(HtmlWriter html, ReportContent content)
    {
        html.Add($"<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8><meta name=viewport "
            + $"content=\"width=device-width,initial-scale=1\"><meta name=color-scheme content=\"light dark\">");
        html.Add($"<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'; script-src "
            + $"'{new Html(Assets.ReportScriptDigest)}'; img-src data:\">");
        html.Add($"<link rel=icon href=\"data:,\"><title>{content.Statistics.Experiment}: "
            + $"report</title><style>{Assets.ReportStyle}</style></head>\n<body><main>\n");
        content.Marks.Write(html);
    }

    private static void WriteFirstScreen(HtmlWriter html, ReportContent content)
    {
        ExperimentStatistics statistics = content.Statistics;
        html.Add($"<header><p class=what><b>{statistics.Experiment}</b> {content.Origins.Who}; "
            + $"{Say.Plural(statistics.Table.Pairs.Count, "pair")} of {Say.Plural(statistics.Table.Tasks, "task")}, "
            + $"{Say.Plural(statistics.Headline.WithVerdict.Trials, "case")}; {Say.Time(content.Origins.First)}</p>");
        html.Add($"<h1>{Title.Of(statistics, content.Marks)}</h1></header>\n<div class=first><dl class=answers>");
        foreach (Answer answer in Answers.Of(statistics, content.Validation))
        {
            string state = answer.IsGood switch { true => "good", false => "bad", null => "" };
            html.Add($"<div><dt>{answer.Question}<dd><b class=\"{new Html(state)}\">{answer.Short}</b> <span>{answer.Detail}</span></div>");
        }
        html.Add($"</dl>");
        content.Figures.WriteHtml(html, "success-by-setting");
        html.Add($"</div>\n<nav><a href=#success>Success</a> <a href=#difficulty>Difficulty</a> <a href=#cooperation>Messages and "
            + $"merges</a> <a href=#judges>Judges</a> "
            + $"<a href=#cost>Cost</a> <a href=#pairs>Pairs</a> <a href=#store>Store</a> <a href=#runs>Runs</a> <a "
            + $"href=#origin>Origin</a></nav>\n");
    }

    private static void WriteRuns(HtmlWriter html, ReportContent content)
    {
        string pages = content.HasRunPages ? "Its pair leads to its own page: story, conversation, patches, tests, steps."
            : "Pages of the runs were not asked for.";
        html.Add($"<h2 id=runs>Runs</h2>\n<p class=note>A line for each case, planned or found. {pages} A heading sorts, again the other "
            + $"way.</p>\n");
        html.Add($"<noscript><p>The list needs its script, which is in this page; the pages of the runs are in the folder runs/ beside "
            + $"it.</p></noscript>\n");
        html.Add($"<div id=runs-filters></div><p id=runs-count aria-live=polite></p>\n{WideBox.Begin("Runs")}<table "
            + $"id=runs-table><thead></thead><tbody></tbody></table>{WideBox.End}\n");
        html.Add($"<p class=pages><button type=button id=runs-back>\u2190 back</button> <span id=runs-page></span> <button type=button "
            + $"id=runs-on>on \u2192</button></p>\n");
    }
}
