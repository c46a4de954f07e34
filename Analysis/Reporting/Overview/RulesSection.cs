using Tandem.Analysis.Markup;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Validating;

namespace Tandem.Analysis.Reporting.Overview;

/// <summary>What the rules said, as a table with their findings.</summary>
internal static class RulesSection
{
    public static void Write(HtmlWriter html, ValidationReport validation)
    {
        html.Add($"<h2 id=store>Is the store sound?</h2>\n{WideBox.Begin("Rules")}<table class=rules><thead><tr><th scope=col>rule<th "
            + $"scope=col>holds<th scope=col>what must be true<th scope=col>found</thead><tbody>");
        foreach ((INamedRule rule, RuleOutcome outcome) in validation.Rules.Select(report => (report.Rule, report.Outcome)))
        {
            html.Add($"<tr><td><code>{rule.Id}</code><td><span class=\"badge "
                + $"{new Html(outcome.Passed ? "pass" : "fail")}\">{(outcome.Passed ? "PASS" : "FAIL")}</span><td>{rule.Title}<td>"
                + $"{outcome.Note}");
            if (outcome.Details.Count > 0)
                html.Add($"<pre tabindex=0>{string.Join('\n', outcome.Details)}</pre>");
            WriteFindings(html, outcome, Severity.Error);
            WriteFindings(html, outcome, Severity.Warning);
            if (!outcome.Passed)
                html.Add($"<p><b>To do:</b> {rule.Remedy}</p>");
        }
        html.Add($"</tbody></table>{WideBox.End}\n");
    }

    private static void WriteFindings(HtmlWriter html, RuleOutcome outcome, Severity severity)
    {
        const int Shown = 20;
        Finding[] findings = [.. outcome.Findings.Where(finding => finding.Severity == severity)];
        if (findings.Length == 0)
            return;
        html.Add($"<details{new Html(severity == Severity.Error ? " open" : "")}><summary>"
            + $"{Say.Plural(findings.Length, severity == Severity.Error ? "finding" : "warning")}</summary><ul>");
        foreach (Finding finding in findings.Take(Shown))
            html.Add($"<li>{finding.ToString()}");
        if (findings.Length > Shown)
            html.Add($"<li>and {Say.Count(findings.Length - Shown)} more; validate --verbose lists all");
        html.Add($"</ul></details>");
    }
}
