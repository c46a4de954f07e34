using Tandem.Analysis.Markup;
using Tandem.Analysis.Scenarios.Statistics;
using Tandem.Records.Scenarios;

namespace Tandem.Analysis.Reporting.Scenarios;

/// <summary>All answers side by side: a row for each scenario, a column for each variant. Its filters are style alone, without a script:
/// what models wrote stays text even if an escape were forgotten.</summary>
internal static class AnswersPage
{
    private const int TagsShown = 40;

    public static void Write(HtmlWriter html, ScenarioContent content)
    {
        ScenarioTable table = content.Statistics.Table;
        string[] tags = [.. content.Dataset.Plan.Scenarios.SelectMany(scenario => scenario.Tags).Distinct().Take(TagsShown)];
        ScenarioIndexPage.WriteHead(html, content, $"{content.Experiment}: {(content.Dataset.Plan.Simulated ? "simulated " : "")}answers");
        html.Add($"<nav><a href=\"index.html\">\u2190 {content.Experiment}</a></nav>\n<h1>Answers of "
            + $"{(content.Dataset.Plan.Simulated ? "a built-in program (simulated)" : content.Dataset.Plan.Model)}, side by side</h1>\n");
        html.Add($"<p class=what>{content.Who}. Equal answers of several repetitions stand once, with their number. What differs from the "
            + $"most frequent answer of its cell is <mark>marked</mark>.</p>\n");
        WriteFilters(html, tags);
        html.Add($"<div class=rows>\n");
        foreach (PlannedScenario scenario in content.Dataset.Plan.Scenarios.DistinctBy(one => one.Id))
        {
            bool isGood = table.Variants.All(variant => table.Cell(scenario.Id, variant).All(one => one.Verdict == true));
            string classes = string.Join(' ', scenario.Tags.Select(tag => Array.IndexOf(tags, tag)).Where(at => at >= 0)
                .Select(at => $"tag-{at}").Prepend(isGood ? "scenario good" : "scenario"));
            html.Add($"<section class=\"{new Html(classes)}\" id=\"{ScenarioContent.AnchorOf(scenario.Id)}\">");
            WriteScenario(html, scenario);
            html.Add($"{WideBox.Begin($"Answers of {scenario.Id}")}<div class=variants style=\"--n:{table.Variants.Count}\">");
            foreach (string variant in table.Variants)
                AnswerCell.Write(html, variant, table.Cell(scenario.Id, variant));
            html.Add($"</div>{WideBox.End}</section>\n");
        }
        html.Add($"</div></main></body></html>\n");
    }

    private static void WriteScenario(HtmlWriter html, PlannedScenario scenario)
    {
        html.Add($"<h2>{scenario.Id}");
        foreach (string tag in scenario.Tags)
            html.Add($" <span class=\"badge none\">{tag}</span>");
        html.Add($"</h2><div class=user>");
        Excerpt.Of(scenario.User, 4_000, 1_000).Write(html, (to, text) => to.AddText(text));
        html.Add($"</div>");
        if (scenario.FixedTimestamp is null && scenario.Persona is null)
            return;
        html.Add($"<p class=meta>");
        if (scenario.FixedTimestamp is { } clock)
            html.Add($"clock {clock}");
        if (scenario.Persona is { } persona)
            html.Add($"{new Html(scenario.FixedTimestamp is null ? "" : "; ")}persona: {persona}");
        html.Add($"</p>");
    }

    private static void WriteFilters(HtmlWriter html, string[] tags)
    {
        html.Add($"<div class=filters><input type=checkbox id=only-failing><label for=only-failing>only where something failed or is "
            + $"missing</label>");
        if (tags.Length > 0)
        {
            html.Add($"<span class=tags><span class=pick><input type=radio name=tag id=tag-all checked><label for=tag-all>all tags"
                + $"</label></span>");
            for (int i = 0; i < tags.Length; i++)
                html.Add($"<span class=pick><input type=radio name=tag id=tag-{i}><label for=tag-{i}>{tags[i]}</label></span>");
            html.Add($"</span><style>");
            for (int i = 0; i < tags.Length; i++)
                html.Add($"main:has(#tag-{i}:checked) .scenario:not(.tag-{i}){{display:none}}");
            html.Add($"</style>");
        }
        html.Add($"</div>\n");
    }
}
