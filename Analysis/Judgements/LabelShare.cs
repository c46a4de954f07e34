using Tandem.Records.Cases;

namespace Tandem.Analysis.Judgements;

/// <summary>How often one judge gave a label, in its first repetition.</summary>
/// <param name="Judge">The judge.</param>
/// <param name="Setting">Of the runs.</param>
/// <param name="Label">The label.</param>
/// <param name="Count">Units that have it: runs, or messages.</param>
/// <param name="Labelled">Units that have any label, <c>none</c> included.</param>
/// <param name="Missing">Units that have none, for whatever reason.</param>
internal sealed record LabelShare(JudgeName Judge, Setting Setting, string Label, int Count, int Labelled, int Missing)
{
    /// <summary>Of the labelled units, 0 to 1; null without one.</summary>
    public double? Share => Labelled == 0 ? null : (double)Count / Labelled;

    /// <summary>The share of all units if none of the missing ones had the label.</summary>
    public double Low => (double)Count / (Labelled + Missing);

    /// <summary>The share of all units if all of the missing ones had it.</summary>
    public double High => (double)(Count + Missing) / (Labelled + Missing);

    /// <summary>For each judge, setting and label that anybody gave there; none for scores.</summary>
    public static IReadOnlyList<LabelShare> AllOf(RubricReadings rubric)
    {
        IReadOnlyList<string> labels = rubric.LabelsInOrder();
        var shares = new List<LabelShare>();
        foreach (JudgeName judge in rubric.Judges)
        {
            foreach (IGrouping<Setting, Reading> setting in rubric.FirstOf(judge).GroupBy(reading => reading.CaseId.Setting)
                .OrderBy(setting => setting.Key))
            {
                HashSet<string?> given = [.. rubric.Readings.Where(reading => reading.CaseId.Setting == setting.Key)
                    .SelectMany(reading => reading.Labels).Select(label => label.Label)];
                int labelled = setting.Sum(reading => reading.Labels.Count);
                int units = Math.Max(labelled, setting.Sum(reading => reading.Units));
                shares.AddRange(labels.Where(given.Contains).Select(label => new LabelShare(judge, setting.Key, label,
                    setting.Sum(reading => reading.Labels.Count(one => one.Label == label)), labelled, units - labelled)));
            }
        }
        return shares;
    }
}

/// <summary>The scores that one judge gave, in its first repetition.</summary>
/// <param name="Judge">The judge.</param>
/// <param name="Setting">Of the runs.</param>
/// <param name="Scored">Units that have a score.</param>
/// <param name="Missing">Units that have none. The rubric's range is not known here, so that no bounds can be given.</param>
/// <param name="Mean">Of the scores; null without one.</param>
/// <param name="Least">The smallest.</param>
/// <param name="Most">The largest.</param>
internal sealed record ScoreSummary(JudgeName Judge, Setting Setting, int Scored, int Missing, double? Mean, double? Least, double? Most)
{
    /// <summary>For each judge and setting; none where nobody gave a score.</summary>
    public static IReadOnlyList<ScoreSummary> AllOf(RubricReadings rubric) =>
        !rubric.Readings.Any(reading => reading.Labels.Any(label => label.Score is not null)) ? []
            : [.. rubric.Judges.SelectMany(judge => rubric.FirstOf(judge).GroupBy(reading => reading.CaseId.Setting)
                .OrderBy(setting => setting.Key).Select(setting => Of(judge, setting)))];

    private static ScoreSummary Of(JudgeName judge, IGrouping<Setting, Reading> readings)
    {
        double[] scores = [.. readings.SelectMany(reading => reading.Labels).Select(label => label.Score).OfType<double>()];
        return new ScoreSummary(judge, readings.Key, scores.Length, readings.Sum(reading => reading.Units) - scores.Length,
            scores.Length == 0 ? null : scores.Average(), scores.Length == 0 ? null : scores.Min(),
            scores.Length == 0 ? null : scores.Max());
    }
}
