using System.Globalization;
using Tandem.Analysis.Formats;
using Tandem.Analysis.Judgements;
using Tandem.Analysis.Statistics;
using Tandem.Records.Json;
using Tandem.Records.Text;

namespace Tandem.Analysis.Agreement;

/// <summary>Agreement as tables for a terminal or for Markdown.</summary>
internal sealed class AgreementText(TextWriter output, bool isMarkdown)
{
    public void Write(RubricAgreement rubric)
    {
        if (rubric.Rubric.Length > 0)
            Line(isMarkdown ? $"## {PrintableText.Of(rubric.Rubric)}" : $"rubric {PrintableText.Of(rubric.Rubric)}");
        Line(string.Create(CultureInfo.InvariantCulture,
            $"{CountText.Of(rubric.Units, "unit")}, {CountText.Of(rubric.Judges.Count, "judge")}, "
            + $"{CountText.Of(rubric.Ratings, "judgement")}, {rubric.Missing} missing; {CountText.Of(rubric.PairedUnits, "unit")} "
            + $"{(rubric.PairedUnits == 1 ? "has" : "have")} two or more"));
        Line($"Equal among all pairs of judgements of a unit: {NumberText.Percent(rubric.PairwiseAgreement)}");
        if (rubric.Consensus is { } consensus)
            Line(string.Create(CultureInfo.InvariantCulture,
                $"Units where all agree: {consensus.Unanimous}; with a majority: {consensus.Majority}; tied: {consensus.Tied}"));
        Alphas(rubric);
        Pairs("judges", rubric.Pairs);
        Table(["judge with itself", "repetitions", "units", "equal", "alpha"], rubric.Repetitions.Select(self => (string[])
            [PrintableText.Of(self.Judge), Count(self.Repetitions), Count(self.Units), NumberText.Percent(self.Agreement),
                Number(self.Alpha)]));
    }

    /// <summary>The heading of an experiment's rubrics, and what must be known of them.</summary>
    public void WriteHead(ExperimentAgreement experiment)
    {
        Line(isMarkdown ? $"# {PrintableText.Of(experiment.Experiment)}" : PrintableText.Of(experiment.Experiment));
        if (experiment.SimulationLabel is string simulation)
            Line(simulation);
        if (experiment.Faults > 0)
            Line($"Lines of judgements that cannot be read: {Count(experiment.Faults)}; validate names them.");
        if (experiment.Rubrics.Count == 0)
            Line($"No judgement is stored. Judge its runs: {JudgeCall.For(experiment.Experiment)}");
    }

    /// <summary>A rubric of a store: what became of the judgements, then how far they agree.</summary>
    public void Write(StoreAgreement rubric)
    {
        Write(rubric.All);
        Pairs("with imported labels", rubric.WithImported);
        if (rubric.WithoutSimulated is { } real)
        {
            output.WriteLine();
            Line($"Without simulated judges, equal among all pairs of judgements of a unit: {NumberText.Percent(real.PairwiseAgreement)}");
            Alphas(real);
        }
        Table(["judge", "labelled", "none", "voided", "failed", "missing", "stale"], rubric.Counts.Select(count => (string[])
            [PrintableText.Of(count.Judge.Said) + (count.Repetition > 1 ? $", repetition {Count(count.Repetition)}" : ""),
                Count(count.Labelled),
                Count(count.None), Count(count.Voided), Count(count.Failed), Count(count.Missing), Count(count.Stale)]));
    }

    /// <summary>What the numbers mean, once below all tables.</summary>
    public void WriteNotes()
    {
        Line("alpha: 1 is full agreement, 0 that of chance; judges' pairs and repetitions: on the rubric's scale, in a table nominal for "
            + $"labels and interval for scores. "
            + $"{NumberText.Unknown}: not defined (no unit with two judgements, or all are the same).");
        Line(string.Create(CultureInfo.InvariantCulture,
            $"Intervals: percentiles of {KrippendorffAlpha.Resamples:#,0} bootstrap samples of units, or of whole runs where the units are "
            + $"messages. Between judges the first repetition counts."));
    }

    private void Alphas(RubricAgreement rubric) =>
        Table(["Krippendorff's alpha", "value", "95 % interval"], rubric.Alpha.Select(alpha => (string[])
            [EnumNames.NameOf(alpha.Scale), Number(alpha.Value),
                alpha.Interval is { } i ? $"{Number(i.Low)} .. {Number(i.High)}" : NumberText.Unknown]));

    private void Pairs(string title, IReadOnlyList<JudgePair> pairs) =>
        Table([title, "units", "equal", "alpha", "Spearman", "Pearson"], pairs.Select(pair => (string[])
            [$"{PrintableText.Of(pair.One)} / {PrintableText.Of(pair.Other)}",
                Count(pair.Units), NumberText.Percent(pair.Agreement), Number(pair.Alpha),
                Number(pair.Spearman), Number(pair.Pearson)]));

    private void Table(IReadOnlyList<string> heads, IEnumerable<string[]> rows)
    {
        var table = new TextTable(heads);
        foreach (string[] row in rows)
            table.Add(row);
        if (table.Rows == 0)
            return;
        output.WriteLine();
        table.Write(output, isMarkdown);
    }

    private void Line(string text)
    {
        if (isMarkdown)
            output.WriteLine();
        output.WriteLine(text);
    }

    private static string Count(int count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Number(double? value) =>
        value is double v ? v.ToString("0.000;-0.000", CultureInfo.InvariantCulture) : NumberText.Unknown;
}
