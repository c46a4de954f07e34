using Tandem.Analysis.Statistics;

namespace Tandem.Analysis.Scenarios.Statistics;

/// <summary>Prints a <see cref="ScenarioComparison"/>, for a terminal or as Markdown.</summary>
internal sealed class ScenarioComparisonText(TextWriter output, bool isMarkdown)
{
    private const int Shown = 20;

    public void Write(ScenarioComparison comparison)
    {
        string baseline = comparison.Experiments[0].Experiment;
        Heading($"{string.Join(" and ", comparison.Experiments.Skip(1).Select(one => one.Experiment))} against {baseline}");
        foreach (ComparedScenarios experiment in comparison.Experiments)
            Line($"{experiment.Experiment}: {experiment.SimulationLabel ?? experiment.Model}");
        WriteRates(comparison);
        Heading($"Differences scenario by scenario, in percentage points against {baseline}");
        WriteContrasts(comparison);
        WriteList("Scenarios that changed, by the majority of their repetitions", [.. comparison.Contrasts.SelectMany(one =>
            one.Changed.Select(changed => $"{changed.Scenario} under {one.Variant}: {Of(changed.Baseline)} in {one.Contrast.Baseline}, "
                + $"{Of(changed.Other)} in {one.Contrast.Other}"))], "none");
        WriteList($"What is defined in another way than in {baseline}",
            [.. comparison.Differences.Select(one => $"{one.Other}, {one.Where}: {one.What}")],
            "nothing: user texts, tools, clocks, personas and expectations are the same");
    }

    private void WriteRates(ScenarioComparison comparison)
    {
        Heading("Pass rates");
        var table = new TextTable("experiment", "variant", "passed", "rate", "95 % (scenarios)", "missing",
            "if all missing failed .. passed");
        foreach (ComparedScenarios experiment in comparison.Experiments)
        {
            foreach (VariantRate rate in experiment.Rates)
                table.Add(experiment.Experiment, rate.Variant, $"{rate.Rate.Successes} of {rate.Rate.Trials}",
                    NumberText.Percent(rate.Rate.Value), NumberText.Percent(rate.ByScenarios.Interval),
                    $"{rate.Missing.Total} of {rate.Cases}", NumberText.Percent(rate.Bounds));
        }
        table.Write(output, isMarkdown);
    }

    private void WriteContrasts(ScenarioComparison comparison)
    {
        var table = new TextTable("experiment", "variant", "scenarios", "baseline", "other", "difference", "95 % (scenarios)",
            "won : lost", "tied", "p", "p (Holm)", "evidence", "missing", "bounds");
        foreach ((string variant, VariantContrast contrast, _) in comparison.Contrasts)
        {
            PairedDifference difference = contrast.Difference;
            table.Add(contrast.Other, variant, $"{difference.Pairs}", NumberText.Percent(difference.BaselineRate),
                NumberText.Percent(difference.OtherRate), NumberText.Points(difference.Difference),
                NumberText.Points(difference.Interval.Interval), $"{contrast.Majorities.OnlyOther} : {contrast.Majorities.OnlyBaseline}",
                $"{contrast.Ties}", NumberText.P(contrast.P), NumberText.P(contrast.HolmP), ComparisonText.Words(contrast.Evidence),
                $"{difference.PairsMissing}", NumberText.Points(difference.Bounds));
        }
        table.Write(output, isMarkdown);
        Line("Rates are means over the scenarios with verdicts on both sides, each counted once. won : lost: scenarios whose majority of "
            + "repetitions passed only in the other experiment, and only in the baseline; tied ones are left out.");
        Line("p: exact McNemar on the majorities, two-sided; Holm over the rows that have it. bounds: the difference if all that is "
            + "missing had gone against the other experiment .. for it.");
        foreach (string caution in comparison.Contrasts.Select(one => one.Contrast.Difference.Interval.Caution).OfType<string>().Distinct())
            Line($"95 %: {caution}.");
    }

    private void WriteList(string title, string[] lines, string none)
    {
        Heading(title);
        foreach (string line in lines.Length == 0 ? [none] : lines.Take(Shown))
            Line(isMarkdown ? $"- {line}" : line);
        if (lines.Length > Shown)
            Line($"and {lines.Length - Shown} more; --format json lists all");
    }

    private void Heading(string text)
    {
        output.WriteLine();
        output.WriteLine(isMarkdown ? $"### {text}" : text);
        if (isMarkdown)
            output.WriteLine();
    }

    private void Line(string text) => output.WriteLine(isMarkdown ? text : $"  {text}");

    private static string Of(PairScore score) => $"{score.Passed} of {score.WithVerdict}";
}
