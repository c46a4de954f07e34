using Tandem.Records.Json;

namespace Tandem.Analysis.Statistics;

/// <summary>Prints an <see cref="ExperimentComparison"/>, for a terminal or as Markdown.</summary>
internal sealed class ComparisonText(TextWriter output, bool isMarkdown)
{
    private const int TasksShown = 10;

    public void Write(ExperimentComparison comparison)
    {
        Heading($"{string.Join(" and ", comparison.Experiments.Skip(1).Select(e => e.Experiment))} against "
            + $"{comparison.Experiments[0].Experiment}");
        foreach (ComparedExperiment experiment in comparison.Experiments)
        {
            Line($"{experiment.Experiment}: {(experiment.Agents.Count == 0 ? "no record counts" : string.Join(", ", experiment.Agents))}");
            if (experiment.SimulationLabel is { } label)
                Line($"{experiment.Experiment}: {label}");
            if (experiment.FailedRules.Count > 0)
                Line($"{experiment.Experiment}: its store FAILS its validation ({string.Join(", ", experiment.FailedRules)}), so that any "
                    + "number of it may be wrong");
            if (experiment.ReRolled > 0)
                Line($"{experiment.Experiment}: re-rolls: {experiment.ReRolled} of its cases count by an attempt that somebody asked for "
                    + "after there was a verdict, which can bias its rates");
        }
        WriteRates(comparison);
        WriteContrasts(comparison);
        WriteMatching(comparison);
        WriteCurves(comparison);
        WriteCosts(comparison);
    }

    /// <summary>In words what a comparison shows.</summary>
    public static string Words(Evidence evidence) => evidence switch
    {
        Evidence.NoData => "no data",
        Evidence.NotShown => "not shown",
        Evidence.Unclear => "unclear",
        Evidence.Clear => "clear",
        Evidence.Incomplete => "incomplete",
        _ => throw new ArgumentOutOfRangeException(nameof(evidence), evidence, "No such evidence."),
    };

    private void WriteRates(ExperimentComparison comparison)
    {
        Heading("Pass rates");
        var table = new TextTable("experiment", "setting", "seed", "passed", "rate", "95 % (Wilson)", "missing",
            "if all missing failed .. passed");
        foreach (ComparedExperiment experiment in comparison.Experiments)
        {
            foreach (PassRate rate in experiment.Rates)
            {
                table.Add(
                    experiment.Experiment, EnumNames.NameOf(rate.Setting), rate.Seed is int seed ? $"{seed}"
                        : "all", $"{rate.Rate.Successes} of {rate.Rate.Trials}",
                    NumberText.Percent(rate.Rate.Value), NumberText.Percent(rate.Rate.Wilson95), $"{rate.Missing.Total} of {rate.Cases}",
                        NumberText.Percent(rate.Bounds));
            }
        }
        table.Write(output, isMarkdown);
    }

    private void WriteContrasts(ExperimentComparison comparison)
    {
        Heading($"Differences case by case, in percentage points against {comparison.Experiments[0].Experiment}");
        bool isMissing = comparison.Contrasts.Any(c => c.WithoutVerdict > 0 || c.Primary.PairsMissing > 0);
        string[] heads = ["experiment", "setting", "seed", "pairs", "tasks", "baseline", "other", "difference", "95 % (tasks)",
            "won : lost", "p", "p (Holm)", "detectable", "evidence"];
        var table = new TextTable(isMissing ? [.. heads, "missing", "bounds"] : heads);
        foreach (ExperimentContrast contrast in comparison.Contrasts)
        {
            foreach (SeedDifference seed in contrast.BySeed)
                Add(contrast, $"{seed.Seed}", seed.Difference);
            if (contrast.BySeed.Count > 1)
                Add(contrast, "all", contrast.AllSeeds);
            else if (SharesNoSeed(contrast))
                Add(contrast, "all *", contrast.AllSeeds);
        }
        table.Write(output, isMarkdown);
        Line("won : lost: pairs that only the other, and only the baseline, passed. p: exact McNemar, two-sided; Holm over the rows that "
            + "have it.");
        Line("detectable: the smallest difference found with 80 % power, pairs taken to be independent / as the pairs of a task go "
            + "together.");
        if (isMissing)
            Line("missing: pairs without a verdict on a side; bounds: the difference if all that is missing had gone against the other "
                + "experiment .. for it.");
        if (comparison.Contrasts.Any(SharesNoSeed))
            Line("*: the two share no seed in this setting, so that all seeds of one are compared with all seeds of the other.");
        Line("clear: p (Holm) below 0.05 and the interval leaves out 0; unclear: one of the two (with fewer than six tasks the interval "
            + "is not asked); incomplete: one or both, but what is missing could turn the difference, or one side misses more than by "
            + "chance.");
        int[] samples = [.. comparison.Contrasts.Select(c => c.AllSeeds.Interval.Resamples).Where(drawn => drawn > 0).Distinct().Order()];
        Line(samples.Length == 0 ? "95 %: no bootstrap was drawn, since no two tasks are compared."
            : $"95 %: bootstrap, {string.Join(" or ", samples)} samples of tasks.");
        foreach (string caution in comparison.Contrasts.Select(c => c.Primary.Interval.Caution).OfType<string>().Distinct())
            Line($"Caution: {caution}.");

        void Add(ExperimentContrast contrast, string seed, PairedDifference difference)
        {
            IReadOnlyList<string> cells = CellsOf(contrast, seed, difference);
            table.Add(isMissing ? [.. cells, $"{difference.PairsMissing}", NumberText.Points(difference.Bounds)] : cells);
        }
    }

    private static bool SharesNoSeed(ExperimentContrast contrast) =>
        contrast.BySeed.Count == 0 && contrast.AllSeeds.Pairs + contrast.AllSeeds.PairsMissing > 0;

    private static IReadOnlyList<string> CellsOf(ExperimentContrast contrast, string seed, PairedDifference difference)
    {
        bool isPrimary = ReferenceEquals(difference, contrast.Primary);
        return
        [
            contrast.Other,
            EnumNames.NameOf(contrast.Setting),
            seed,
            $"{difference.Pairs}",
            $"{difference.Tasks}",
            NumberText.Percent(difference.BaselineRate),
            NumberText.Percent(difference.OtherRate),
            NumberText.Points(difference.Difference),
            NumberText.Points(difference.Interval.WithWidth),
            difference.Table is PairedTable table ? $"{table.OnlyOther} : {table.OnlyBaseline}" : NumberText.Unknown,
            NumberText.P(difference.Table?.ExactP),
            isPrimary ? NumberText.P(contrast.HolmP) : "",
            difference.Detectable is { } least ? $"{Bare(least.Difference)} / {Bare(least.DifferenceByTasks)}" : NumberText.Unknown,
            isPrimary ? Words(contrast.Evidence) : "",
        ];
    }

    private static string Bare(double? difference) => NumberText.Points(difference).TrimStart('+');

    private void WriteMatching(ExperimentComparison comparison)
    {
        Heading("What is not in both");
        foreach (ExperimentContrast contrast in comparison.Contrasts)
        {
            Line(
                $"{contrast.Other}, {EnumNames.NameOf(contrast.Setting)}: {contrast.OnlyInBaseline} cases only in {contrast.Baseline}, "
                    + $"{contrast.OnlyInOther} only in {contrast.Other}, "
                + $"{contrast.WithoutVerdict} in both but without a verdict in one or both");
        }
        if (comparison.ChangedTasks.Count > 0)
        {
            string more = comparison.ChangedTasks.Count > TasksShown ? $" and {comparison.ChangedTasks.Count - TasksShown} more" : "";
            Line($"Caution: the files of {comparison.ChangedTasks.Count} tasks differ between the experiments, so that their cases are "
                + $"not the same: {string.Join(", ", comparison.ChangedTasks.Take(TasksShown))}{more}.");
        }
    }

    private void WriteCurves(ExperimentComparison comparison)
    {
        Heading("Solo against coop over difficulty across the experiments");
        Line($"{comparison.Difficulty.Pairs} pairs have a difficulty, {comparison.Difficulty.PairsWithout} lack a solo verdict in some "
            + $"experiment. "
            + (comparison.Difficulty.Range is not Interval range ? "" : range.Low == range.High
            ? "All are equally hard: there are no curves."
            : $"Before it is stretched to 0 .. 1 it goes from {NumberText.Three(range.Low)} to {NumberText.Three(range.High)}."));
        var table = new TextTable("experiment", "setting", "solo", "coop", "AUC solo", "AUC coop", "gap", "retention", "buckets");
        foreach ((string name, SuccessCurves curves) in comparison.Experiments.Select(e => (e.Experiment, e.Curves))
            .Append(("pooled", comparison.Pooled)))
        {
            foreach (CurveContrast contrast in curves.Contrasts)
            {
                table.Add(
                    name, EnumNames.NameOf(contrast.Coop.Setting), $"{contrast.Solo.Overall.Successes} of {contrast.Solo.Overall.Trials}",
                        $"{contrast.Coop.Overall.Successes} of {contrast.Coop.Overall.Trials}",
                    NumberText.Three(contrast.AucSolo), NumberText.Three(contrast.AucCoop), NumberText.Three(contrast.Gap),
                        NumberText.Three(contrast.Retention), $"{contrast.SharedBuckets.Count}");
            }
        }
        if (table.Rows > 0)
            table.Write(output, isMarkdown);
        if (comparison.Pooled.Caution is { } caution)
            Line($"Caution: {caution}.");
    }

    private void WriteCosts(ExperimentComparison comparison)
    {
        Heading("Cost and effort per run that counts");
        var table = new TextTable("experiment", "setting", "runs", "cost known", "mean USD", "USD per success",
            "median steps", "median seconds");
        foreach (ComparedExperiment experiment in comparison.Experiments)
        {
            foreach (CostStatistics cost in experiment.Costs.Where(c => c.Setting is not null))
            {
                table.Add(
                    experiment.Experiment, EnumNames.NameOf(cost.Setting!.Value), $"{cost.Runs}", $"{cost.CostUsd.Known}",
                        NumberText.Three(cost.CostUsd.Mean), NumberText.Three(cost.CostPerSuccess),
                    cost.Steps.Median?.ToString("0.#") ?? NumberText.Unknown, cost.Seconds.Median?.ToString("0.0") ?? NumberText.Unknown);
            }
        }
        table.Write(output, isMarkdown);
    }

    private void Heading(string text)
    {
        output.WriteLine();
        output.WriteLine(isMarkdown ? $"## {text}" : text);
        if (isMarkdown)
            output.WriteLine();
    }

    private void Line(string text)
    {
        output.WriteLine(isMarkdown ? $"\n{text}" : $"  {text}");
    }
}
