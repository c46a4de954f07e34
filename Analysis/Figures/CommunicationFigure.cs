using Tandem.Analysis.Agreement;
using Tandem.Analysis.Markup;
using Tandem.Analysis.Statistics;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Figures;

/// <summary>What messages bring and what they take: success, naive conflicts, and messages by speech act. The paper's figure 5.</summary>
internal static class CommunicationFigure
{
    private const double Top = 48;
    private const double Bottom = 258;
    private static readonly Setting[] s_settings = [Setting.CoopNocomm, Setting.CoopComm];

    /// <param name="statistics">The experiment.</param>
    /// <param name="judged">What judges say of the messages; null for none, where plain rules take their place.</param>
    public static Figure Of(ExperimentStatistics statistics, JudgedLabels? judged)
    {
        const string Name = "communication";
        const string Title = "What messages change, and what they take";
        if (statistics.Communication is not { } communication)
            return Figure.LeftOut(Name, Title, "The experiment has no runs with messages (coop-comm).");
        if (communication.Runs == 0)
            return Figure.LeftOut(Name, Title, "No coop-comm run counts.");
        Bar[] success = [.. s_settings.Select(setting =>
            new Bar(setting, statistics.Rates.LastOrDefault(rate => rate.Setting == setting)?.Rate))];
        Bar[] conflicts = [.. s_settings.Select(setting =>
            new Bar(setting, statistics.Merges.BySetting.FirstOrDefault(rates => rates.Setting == setting)?.NaiveConflict))];
        var acts = SpeechActBars.Of(statistics, communication, judged);
        return new Figure
        {
            Name = Name,
            Title = Title,
            Caption = "(a) Success, and (b) pairs whose naive merge conflicts, without and with messages, all seeds, with 95 % Wilson "
                + "intervals; n under each mark. "
                + $"(c) Messages by what they do foremost, per 100 steps of the agents ({acts.Source}); "
                + $"{Say.Count(communication.Messages)} messages in {Say.Plural(communication.Runs, "run")}, "
                + $"of which {Say.Count(communication.WithMessages)} have any; steps that sent something are "
                + $"{Say.Percent(communication.ShareOfSteps)} of all. "
                + (communication.Missing.Total > 0
                ? $"{Say.Plural(communication.Missing.Total, "coop-comm case")} without a record that counts left out."
                : "No coop-comm case is missing."),
            Width = 900,
            Height = Bottom + 62,
            Draw = canvas => Draw(canvas, success, conflicts, acts.Bars),
            Data = DataOf(success, conflicts, acts),
        };
    }

    private static void Draw(SvgCanvas canvas, Bar[] success, Bar[] conflicts, IReadOnlyList<ActBar> acts)
    {
        DrawShares(canvas, 60, 250, "(a) success", "% of runs", success);
        DrawShares(canvas, 330, 520, "(b) naive conflicts", "% of pairs merged", conflicts);
        canvas.Text(560, 24, "(c) messages by speech act", isBold: true);
        var x = Axis.UpTo(100 * acts.Max(act => act.PerStep ?? 0), 668, 850);
        double height = (Bottom - Top) / acts.Count;
        foreach (double tick in x.Ticks)
            canvas.Line(x.At(tick), Top, x.At(tick), Bottom, Paint.Line);
        Frame.Bottom(canvas, x, Bottom, "messages per 100 steps");
        for (int i = 0; i < acts.Count; i++)
        {
            double y = Top + (i * height);
            canvas.Text(660, y + (height / 2) + 4, acts[i].Name, Anchor.End);
            if (acts[i].PerStep is not double perStep)
            {
                canvas.Missing(x.Begin, y + 8, x.End - x.Begin, height - 16, "steps unknown");
                continue;
            }
            canvas.Rect(x.Begin, y + 8, x.At(100 * perStep) - x.Begin, height - 16, Paint.CoopComm,
                tip: $"{acts[i].Name}: {acts[i].Messages} messages");
            canvas.Text(x.At(100 * perStep) + 6, y + (height / 2) + 4, Say.Count(acts[i].Messages), paint: Paint.Muted, size: 11);
        }
    }

    private static void DrawShares(SvgCanvas canvas, double left, double right, string title, string unit, Bar[] bars)
    {
        var y = Axis.Shares(Bottom, Top);
        canvas.Text(left - 44, 24, title, isBold: true);
        Frame.Left(canvas, y, left, right, unit, Frame.Percent);
        for (int i = 0; i < bars.Length; i++)
        {
            double x = left + ((right - left) * (i == 0 ? 0.28 : 0.7));
            Paint paint = Paints.Of(bars[i].Setting);
            canvas.Text(x, Bottom + 18, bars[i].Setting == Setting.CoopComm ? "with" : "without", Anchor.Middle);
            if (bars[i].Rate is not { Value: double value, Wilson95: Interval interval } rate)
            {
                canvas.Missing(x - 30, Top, 60, Bottom - Top, "no data");
                canvas.Text(x, Bottom + 34, "no data", Anchor.Middle, Paint.Muted, 11);
                continue;
            }
            canvas.Interval(x, y.At(interval.Low), y.At(interval.High), paint, 6);
            canvas.Mark(x, y.At(value), Paints.ShapeOf(bars[i].Setting), paint, 7, tip: $"{rate.Successes} of {rate.Trials}");
            canvas.Text(x + 14, y.At(value) - 5, Say.Percent(value));
            canvas.Text(x, Bottom + 34, $"n = {rate.Trials}", Anchor.Middle, Paint.Muted, 11);
        }
        canvas.Text((left + right) / 2, Bottom + 52, "messages", Anchor.Middle);
    }

    public static string NameOf(SpeechAct act) => EnumNames.NameOf(act);

    private static CsvTable DataOf(Bar[] success, Bar[] conflicts, SpeechActBars acts)
    {
        var table = new CsvTable("panel", "group", "count", "of", "share", "wilson95_low", "wilson95_high");
        foreach ((string panel, Bar[] bars) in new[] { ("success", success), ("naive_conflict", conflicts) })
        {
            foreach (Bar bar in bars)
                table.Add(panel, EnumNames.NameOf(bar.Setting), bar.Rate?.Successes, bar.Rate?.Trials, bar.Rate?.Value,
                    bar.Rate?.Wilson95?.Low, bar.Rate?.Wilson95?.High);
        }
        foreach (ActBar act in acts.Bars)
            table.Add("messages_per_step", act.Name, act.Messages, acts.Messages, act.PerStep, null, null);
        return table;
    }

    private sealed record Bar(Setting Setting, Proportion? Rate);
}
