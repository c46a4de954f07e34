using System.Text;
using System.Text.Json;
using Tandem.Analysis.Figures;
using Tandem.Analysis.Markup;
using Tandem.Analysis.Reporting.Overview;
using Tandem.Analysis.Scenarios.Statistics;

namespace Tandem.Analysis.Reporting.Scenarios;

/// <summary>The report's first page: one file without any script or request to elsewhere; its policy allows none.</summary>
internal static class ScenarioIndexPage
{
    public static void Write(HtmlWriter html, ScenarioContent content)
    {
        ScenarioStatistics statistics = content.Statistics;
        WriteHead(html, content, $"{content.Experiment}: {(content.Dataset.Plan.Simulated ? "simulated, " : "")}report");
        html.Add($"<header><p class=what><b>{content.Experiment}</b> {content.Who}</p>");
        html.Add($"<h1>{ScenarioAnswers.Sentence(content)}</h1></header>\n<dl class=\"answers two\">");
        foreach (Answer answer in ScenarioAnswers.Of(content))
        {
            string state = answer.IsGood switch { true => "good", false => "bad", null => "" };
            html.Add($"<div><dt>{answer.Question}<dd><b class=\"{new Html(state)}\">{answer.Short}</b> <span>{answer.Detail}</span></div>");
        }
        html.Add($"</dl>\n<nav><a href=\"{ScenarioContent.AnswersPage}\">All answers, side by side</a> <a href=#success>Success</a> "
            + $"<a href=#scenarios>Scenarios</a> <a href=#tools>Tools</a> <a href=#cost>Cost and faults</a> <a href=#store>Store</a> "
            + $"<a href=#origin>Origin</a></nav>\n");

        html.Add($"<h2 id=success>Success</h2>\n");
        content.Figures.WriteHtml(html, VariantFigure.Name);
        ScenarioTables.Rates(statistics).WriteHtml(html);
        if (statistics.Contrasts.Count > 0)
            ScenarioTables.Contrasts(statistics.Contrasts).WriteHtml(html);
        ScenarioTables.Repeats(statistics).WriteHtml(html);
        ScenarioTables.Agreements(statistics).WriteHtml(html);
        WriteShares(html, content);
        html.Add($"<h2 id=tools>Tools</h2>\n");
        if (statistics.Tools.Count > 0)
            ScenarioTables.Tools(statistics).WriteHtml(html);
        else
            html.Add($"<p class=note>No conversation that counts called a tool.</p>\n");
        html.Add($"<h2 id=cost>Cost, time and faults</h2>\n");
        ScenarioTables.Efforts(statistics).WriteHtml(html);
        ScenarioTables.Ends(statistics).WriteHtml(html);
        ScenarioTables.Errors(statistics)?.WriteHtml(html);
        RulesSection.Write(html, content.Validation);
        WriteOrigin(html, content);
        html.Add($"</main></body></html>\n");
    }

    /// <summary>A page up to its first content.</summary>
    public static void WriteHead(HtmlWriter html, ScenarioContent content, string title)
    {
        html.Add($"<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8><meta name=viewport "
            + $"content=\"width=device-width,initial-scale=1\"><meta name=color-scheme content=\"light dark\">");
        html.Add($"<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">");
        html.Add($"<link rel=icon href=\"data:,\"><title>{title}</title><style>{Assets.ScenarioStyle}</style></head>\n<body><main>\n");
        content.Marks.Write(html);
    }

    private static void WriteShares(HtmlWriter html, ScenarioContent content)
    {
        ScenarioTable table = content.Statistics.Table;
        ILookup<string, ScenarioShare> shares = content.Statistics.Shares.ToLookup(share => share.Scenario);
        html.Add($"<h2 id=scenarios>Scenarios</h2>\n{WideBox.Begin("Scenarios")}<table><caption>Passed by scenario</caption><thead><tr>"
            + $"<th scope=col>scenario");
        foreach (string variant in table.Variants)
            html.Add($"<th scope=col class=n>{variant}");
        html.Add($"</thead><tbody>");
        foreach (string scenario in table.Scenarios)
        {
            html.Add($"<tr><td><a href=\"{ScenarioContent.AnswersPage}#{ScenarioContent.AnchorOf(scenario)}\">{scenario}</a>");
            foreach (ScenarioShare share in shares[scenario])
                html.Add($"<td class=n>{CellOf(share)}");
        }
        html.Add($"</tbody></table>{WideBox.End}<p class=note>Passed of the repetitions with a verdict; in brackets how many are missing. "
            + $"A scenario leads to its answers.{BoundOf(content)}</p>\n");
        ScenarioShare[] below = [.. content.Statistics.Shares.Where(share => share.IsBelow)];
        if (below.Length == 0)
            return;
        html.Add($"<p><b>Below the bound:</b></p><ul class=below>");
        foreach (ScenarioShare share in below)
            html.Add($"<li><a href=\"{ScenarioContent.AnswersPage}#{ScenarioContent.AnchorOf(share.Scenario)}\">{share.Scenario}</a> under "
                + $"{share.Variant}: {share.Score.Passed} of {share.Score.WithVerdict} passed, {share.Needed ?? 0} needed");
        html.Add($"</ul>\n");
    }

    private static Html CellOf(ScenarioShare share)
    {
        if (share.Score.WithVerdict == 0)
            return new Html($"<span class=\"badge none\">no verdict of {share.Score.Cases}</span>");
        int missing = share.Score.Cases - share.Score.WithVerdict;
        string state = share.IsBelow || share.Score.Passed == 0 ? "fail" : share.Score.Passed == share.Score.WithVerdict ? "pass" : "none";
        return new Html($"<span class=\"badge {state}\">{share.Score.Passed} of {share.Score.WithVerdict}</span>"
            + $"{(missing > 0 ? $" ({missing})" : "")}");
    }

    private static string BoundOf(ScenarioContent content)
    {
        if (content.Dataset.Plan.ScenarioPassRate is not double rate)
            return "";
        IEnumerable<string> needed = content.Statistics.Shares.Where(share => share.Needed is not null)
            .Select(share => (share.Needed, share.Score.WithVerdict)).Distinct().Order()
            .Select(one => $"{one.Needed} of {one.WithVerdict}");
        return $" The plan asks for {Say.Percent(rate)} of each scenario's repetitions under each variant: {string.Join(", ", needed)}.";
    }

    private static void WriteOrigin(HtmlWriter html, ScenarioContent content)
    {
        var records = content.Dataset.Counting.Select(stored => stored.Record).ToArray();
        string[] harnesses = [.. records.Select(record => record.Harness).Distinct().Order(StringComparer.Ordinal)];
        html.Add($"<h2 id=origin>What it rests on</h2>\n<table class=facts>");
        html.Add($"<tr><th scope=row>model<td>{content.Dataset.Plan.Model}{(content.Dataset.Plan.Simulated ? " (simulated)" : "")}");
        html.Add($"<tr><th scope=row>records that count<td>{Say.Count(records.Length)} of "
            + $"{Say.Plural(content.Dataset.Cases.Count, "case")}");
        html.Add($"<tr><th scope=row>harness<td>{(harnesses.Length == 0 ? Say.Unknown : string.Join(", ", harnesses))}");
        html.Add($"<tr><th scope=row>began<td>{Say.Time(records.Length == 0 ? null : records.Min(record => record.StartedAt))}");
        html.Add($"<tr><th scope=row>last conversation began<td>"
            + $"{Say.Time(records.Length == 0 ? null : records.Max(one => one.StartedAt))}");
        html.Add($"</table>\n<details><summary>Settings, as used</summary><pre tabindex=0>{Indented(content.Dataset.Plan.Settings)}</pre>"
            + $"</details>\n<details><summary>Files of the definition</summary><ul>");
        foreach ((string name, string digest) in content.Dataset.Plan.DefinitionDigests.OrderBy(file => file.Key, StringComparer.Ordinal))
            html.Add($"<li>{name} <code>{digest}</code>");
        html.Add($"</ul></details>\n");
        if (content.Figures.PngNote is { } note)
            html.Add($"<p class=note>{note}</p>\n");
    }

    private static string Indented(JsonElement settings)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
            settings.WriteTo(writer);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
