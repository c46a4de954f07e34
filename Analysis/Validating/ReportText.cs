using Tandem.Analysis.Rules;

namespace Tandem.Analysis.Validating;

internal static class ReportText
{
    private const int FindingsShown = 10;

    /// <summary>A line per rule, with PASS or FAIL; under it its table, the cases at fault and the remedy.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="report">What to print.</param>
    /// <param name="isVerbose">Whether to list all findings instead of the first 10.</param>
    public static void Write(TextWriter output, ValidationReport report, bool isVerbose)
    {
        output.WriteLine(report.Experiment);
        if (report.SimulationLabel is { } label)
            output.WriteLine($"     {label}");
        foreach (RuleReport rule in report.Rules)
            Write(output, rule, isVerbose);
        int passed = report.Rules.Count(rule => rule.Outcome.Passed);
        output.WriteLine($"{report.Experiment}: {passed} of {report.Rules.Count} rules "
            + $"pass{(report.IsDeep ? "" : $"; {report.LeftOut} more with --deep")}");
    }

    public static void Write(TextWriter output, RuleReport report, bool isVerbose)
    {
        (INamedRule rule, RuleOutcome outcome) = (report.Rule, report.Outcome);
        string findings = outcome.Passed ? "" : $"{outcome.Errors} finding{(outcome.Errors == 1 ? "" : "s")}; ";
        output.WriteLine($"{(outcome.Passed ? "PASS" : "FAIL")} {rule.Id} {rule.Title}: {findings}{outcome.Note}");
        foreach (string line in outcome.Details)
            output.WriteLine($"       {line}");
        WriteFindings(output, outcome, Severity.Error, "     ", isVerbose);
        WriteFindings(output, outcome, Severity.Warning, "     warning: ", isVerbose);
        if (!outcome.Passed)
            output.WriteLine($"     To do: {rule.Remedy}");
    }

    private static void WriteFindings(TextWriter output, RuleOutcome outcome, Severity severity, string prefix, bool isVerbose)
    {
        Finding[] findings = [.. outcome.Findings.Where(f => f.Severity == severity)];
        int shown = isVerbose ? findings.Length : Math.Min(findings.Length, FindingsShown);
        foreach (Finding finding in findings.Take(shown))
            output.WriteLine(prefix + finding);
        if (shown < findings.Length)
            output.WriteLine($"{prefix}and {findings.Length - shown} more; --verbose lists all");
    }
}
