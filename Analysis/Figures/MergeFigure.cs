using Tandem.Analysis.Markup;
using Tandem.Analysis.Statistics;
using Tandem.Records.Json;

namespace Tandem.Analysis.Figures;

/// <summary>What became of the patches of each cooperative setting, as parts of all its cases; what is missing is a part of its
/// own.</summary>
internal static class MergeFigure
{
    private const double Left = 130;
    private const double Right = 590;
    private const double Top = 44;
    private const double RowHeight = 56;

    public static Figure Of(ExperimentStatistics statistics)
    {
        const string Name = "merge-outcome";
        const string Title = "Merge outcome by setting";
        MergeRates[] rates = [.. statistics.Merges.BySetting.Where(rate => rate.Cases > 0)];
        if (rates.Length == 0)
            return Figure.LeftOut(Name, Title, "The experiment has no setting with two agents, so that nothing is merged.");
        return new Figure
        {
            Name = Name,
            Title = Title,
            Caption = "Share of all cases, all seeds. Clean: git's own merge works; union: it conflicts, and keeping the lines of both "
                + "sides works; failed: neither works, or a patch does not apply. "
                + string.Join(" ", rates.Select(rate => $"{EnumNames.NameOf(rate.Setting)}: n = {rate.Cases}, {MissingOf(rate)}.")),
            Width = 620,
            Height = Top + (rates.Length * RowHeight) + 46,
            Draw = canvas => Draw(canvas, rates),
            Data = DataOf(rates),
        };
    }

    private static string MissingOf(MergeRates rate) => rate.Missing.Total + rate.NotMerged == 0
        ? "none missing"
        : string.Join(", ", new[]
        {
            (rate.Missing.Total, "without a record that counts"),
            (rate.NothingHandedIn, "with nothing handed in"),
            (rate.OnePatch, "with one patch alone"),
            (rate.NotMerged - rate.NothingHandedIn - rate.OnePatch, "without a merge otherwise"),
        }.Where(part => part.Item1 > 0).Select(part => $"{part.Item1} {part.Item2}"));

    private static void Draw(SvgCanvas canvas, MergeRates[] rates)
    {
        var x = Axis.Shares(Left, Right);
        double bottom = Top + (rates.Length * RowHeight);
        (string Name, double Opacity)[] kinds = [("clean", 0.25), ("union", 0.6), ("failed", 1), ("nothing to merge", 0.08)];
        double at = Left;
        foreach ((string name, double opacity) in kinds)
        {
            canvas.Rect(at, 12, 14, 14, Paint.Other, opacity: opacity);
            canvas.Text(at + 20, 23, name);
            at += name.Length > 6 ? 146 : 86;
        }
        canvas.Missing(at, 12, 14, 14);
        canvas.Text(at + 20, 23, "missing");
        foreach (double tick in x.Ticks)
            canvas.Line(x.At(tick), Top, x.At(tick), bottom, Paint.Line);
        Frame.Bottom(canvas, x, bottom, "% of cases", Frame.Percent);
        for (int i = 0; i < rates.Length; i++)
        {
            MergeRates rate = rates[i];
            double y = Top + (i * RowHeight) + 8;
            canvas.Text(Left - 12, y + 18, EnumNames.NameOf(rate.Setting), Anchor.End, isBold: true);
            canvas.Text(Left - 12, y + 33, $"n = {rate.Cases}", Anchor.End, Paint.Muted, 11);
            int before = 0;
            canvas.Rect(Left, y, Right - Left, RowHeight - 16, Paint.Paper);
            int[] counts = [rate.Clean, rate.Union, rate.Failed, rate.NotMerged];
            for (int k = 0; k < counts.Length; k++)
            {
                double from = x.At((double)before / rate.Cases);
                double to = x.At((double)(before + counts[k]) / rate.Cases);
                if (counts[k] > 0)
                    canvas.Rect(from, y, to - from, RowHeight - 16, Paint.Other, Paint.Paper, kinds[k].Opacity,
                        $"{kinds[k].Name}: {counts[k]} of {rate.Cases}");
                if (to - from > 26)
                    canvas.Text((from + to) / 2, y + 25, Say.Count(counts[k]), Anchor.Middle, kinds[k].Opacity > 0.8
                        ? Paint.Paper : Paint.Ink);
                before += counts[k];
            }
            if (before < rate.Cases)
                canvas.Missing(x.At((double)before / rate.Cases), y, Right - x.At((double)before / rate.Cases), RowHeight - 16,
                    $"missing: {rate.Cases - before} of {rate.Cases}");
        }
    }

    private static CsvTable DataOf(MergeRates[] rates)
    {
        var table = new CsvTable("setting", "cases", "clean", "union", "failed", "failed_not_applied", "not_merged", "missing",
            "naive_tried", "naive_conflicts", "after_naive", "after_union", "nothing_handed_in", "one_patch");
        foreach (MergeRates rate in rates)
        {
            table.Add(
                EnumNames.NameOf(rate.Setting), rate.Cases, rate.Clean, rate.Union, rate.Failed, rate.NotApplied, rate.NotMerged,
                    rate.Missing.Total, rate.NaiveConflict.Trials, rate.NaiveConflict.Successes,
                rate.AfterNaive.Value, rate.AfterUnion.Value, rate.NothingHandedIn, rate.OnePatch);
        }
        return table;
    }
}
