using Tandem.Analysis.Agreement;
using Tandem.Analysis.Markup;
using Tandem.Analysis.Statistics;

namespace Tandem.Analysis.Figures;

/// <summary>Communication errors (the paper's figure 6) and failure symptoms (its table 1), as judges label them.</summary>
internal static class JudgedFigure
{
    private const double Left = 210;
    private const double Right = 640;
    private const double RowHeight = 24;
    private const double PanelHead = 40;
    private const double PanelFoot = 56;

    /// <summary>The labels of the rubric of errors are short; these are the paper's words for them.</summary>
    private static readonly Dictionary<string, string> s_words = new(StringComparer.Ordinal)
    {
        ["C1a"] = "no reply",
        ["C1b"] = "question ignored",
        ["C2"] = "vague answer",
        ["C3a"] = "wrong, uncorrected",
        ["C3b"] = "wrong, corrected",
        ["C4a"] = "same again",
        ["C4b"] = "near-duplicate status",
    };

    public static Figure Of(JudgedExperiment judged)
    {
        const string Name = "errors-and-symptoms";
        const string Title = "Communication errors and failure symptoms";
        Panel[] panels =
        [
            .. new[] { ("communication-errors", "communication errors"), ("symptoms", "failure symptoms") }
                .Select(entry => (Rubric: entry.Item1, Title: entry.Item2, Labels: judged.LabelsOf(entry.Item1)))
                .Where(entry => entry.Labels is { ByUnit.Count: > 0 })
                .Select((entry, place) => new Panel(entry.Rubric, $"({(char)('a' + place)}) {entry.Title}", entry.Labels!)),
        ];
        if (panels.Length == 0)
            return Figure.LeftOut(Name, Title, "The store holds no label of the rubrics communication-errors and symptoms.");
        return new Figure
        {
            Name = Name,
            Title = Title,
            Caption = "Share of the labelled runs, with 95 % Wilson intervals, and the number of runs; at most one label for each run, the "
                + "primary one. Hatched: where the share would lie if none, or all, of the runs without a label had it. "
                + string.Join(" ", panels.Select(panel => $"{panel.Title}: by {JudgeText.Who(panel.Labels)}; n = "
                    + $"{Say.Plural(panel.Labels.ByUnit.Count, "run")}; {JudgeText.Soundness(panel.Labels)}.")),
            Width = 720,
            Height = panels.Sum(panel => panel.Height),
            Draw = canvas => Draw(canvas, panels),
            Data = DataOf(panels),
        };
    }

    private static void Draw(SvgCanvas canvas, Panel[] panels)
    {
        double top = 0;
        foreach (Panel panel in panels)
        {
            Draw(canvas, panel, top);
            top += panel.Height;
        }
    }

    private static void Draw(SvgCanvas canvas, Panel panel, double top)
    {
        var x = Axis.Shares(Left, Right);
        double first = top + PanelHead;
        double bottom = first + (panel.Labels.Labels.Count * RowHeight);
        canvas.Text(16, top + 22, panel.Title + (panel.Labels.IsSimulated ? ", SIMULATED judge" : ""), isBold: true);
        foreach (double tick in x.Ticks)
            canvas.Line(x.At(tick), first, x.At(tick), bottom, Paint.Line);
        Frame.Bottom(canvas, x, bottom, $"% of {Say.Plural(panel.Labels.ByUnit.Count, "labelled run")}", Frame.Percent);
        foreach ((int row, string label) in panel.Labels.Labels.Index())
        {
            double y = first + (row * RowHeight);
            Proportion share = panel.ShareOf(label);
            canvas.Text(Left - 8, y + 16, s_words.TryGetValue(label, out string? words) ? $"{label} {words}" : label, Anchor.End);
            if (panel.Labels.Missing > 0 && panel.BoundsOf(label) is var bounds)
                canvas.Missing(x.At(bounds.Low), y + 4, x.At(bounds.High) - x.At(bounds.Low), RowHeight - 8,
                    $"{label}: {Say.PercentRange(bounds.Low, bounds.High)} with the {panel.Labels.Missing} without a label");
            if (share.Value is not double value || share.Wilson95 is not Interval interval)
                continue;
            canvas.Rect(x.Begin, y + 7, x.At(value) - x.Begin, RowHeight - 14, Paint.CoopComm, tip: $"{share.Successes} of {share.Trials}");
            canvas.IntervalAcross(x.At(interval.Low), x.At(interval.High), y + (RowHeight / 2), Paint.Ink, 3);
            canvas.Text(Right + 10, y + 16, $"{share.Successes} ({Say.Percent(value)})", paint: Paint.Muted, size: 11);
        }
    }

    private static CsvTable DataOf(Panel[] panels)
    {
        var table = new CsvTable("rubric", "label", "count", "labelled", "share", "wilson95_low", "wilson95_high", "ties", "missing",
            "bound_low", "bound_high", "judges", "simulated", "alpha");
        foreach (Panel panel in panels)
        {
            foreach (string label in panel.Labels.Labels)
            {
                Proportion share = panel.ShareOf(label);
                Interval bounds = panel.BoundsOf(label);
                table.Add(panel.Rubric, label, share.Successes, share.Trials, share.Value, share.Wilson95?.Low, share.Wilson95?.High,
                    panel.Labels.Ties, panel.Labels.Missing, bounds.Low, bounds.High,
                    string.Join("; ", panel.Labels.Judges.Select(judge => judge.Said)), panel.Labels.IsSimulated,
                    panel.Labels.Alpha?.Value);
            }
        }
        return table;
    }

    private sealed record Panel(string Rubric, string Title, JudgedLabels Labels)
    {
        public double Height => PanelHead + (Labels.Labels.Count * RowHeight) + PanelFoot;

        public Proportion ShareOf(string label) => new(Labels.CountOf(label), Labels.ByUnit.Count);

        /// <summary>Of all runs but the ties: if none, or all, of those without a label had it.</summary>
        public Interval BoundsOf(string label)
        {
            double all = Labels.ByUnit.Count + Labels.Missing;
            return new Interval(Labels.CountOf(label) / all, (Labels.CountOf(label) + Labels.Missing) / all);
        }
    }
}
