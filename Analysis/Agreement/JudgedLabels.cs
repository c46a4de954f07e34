using Tandem.Analysis.Judgements;
using Tandem.Records.Cases;

namespace Tandem.Analysis.Agreement;

/// <summary>
/// One label for each unit, as figures show them. Where several judges are real, it is the one that most of them gave; where one is, its
/// own; where none is, that of the first simulated one.
/// </summary>
internal sealed record JudgedLabels
{
    /// <summary>The rubric's labels in its order, <c>none</c> last.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Whose labels they are.</summary>
    public required IReadOnlyList<JudgeName> Judges { get; init; }

    /// <summary>The label of each unit that has one.</summary>
    public required IReadOnlyDictionary<(CaseId CaseId, int? Message), string> ByUnit { get; init; }

    /// <summary>Units of which two labels or more have the most judges: left out.</summary>
    public required int Ties { get; init; }

    /// <summary>Units that none of these judges labelled.</summary>
    public required int Missing { get; init; }

    /// <summary>Of the real judges, or of all where fewer than two are real; null where it is not defined.</summary>
    public required AlphaEstimate? Alpha { get; init; }

    /// <summary>Whether a simulated judge is among those of <see cref="Alpha"/>.</summary>
    public required bool IsAlphaWithSimulated { get; init; }

    public bool IsSimulated => Judges.All(judge => judge.IsSimulated);

    /// <summary>How many units have the label.</summary>
    public int CountOf(string label) => ByUnit.Values.Count(one => one == label);

    /// <summary>Null if nobody gave a label by this rubric.</summary>
    /// <param name="rubric">What judges said.</param>
    /// <param name="agreement">How far they agree.</param>
    public static JudgedLabels? Of(RubricReadings rubric, StoreAgreement agreement)
    {
        JudgeName[] given = [.. rubric.Judges.Where(judge => rubric.FirstOf(judge)
            .Any(reading => reading.Labels.Any(label => label.Label is not null)))];
        JudgeName[] judges = [.. given.Where(judge => !judge.IsSimulated)];
        if (judges.Length == 0)
            judges = [.. given.Take(1)];
        if (judges.Length == 0)
            return null;
        Reading[] readings = [.. judges.SelectMany(rubric.FirstOf)];
        ILookup<(CaseId, int?), string> labels = readings
            .SelectMany(reading => reading.Labels.Where(label => label.Label is not null)
                .Select(label => (Unit: (reading.CaseId, label.Message), Label: label.Label!)))
            .ToLookup(entry => entry.Unit, entry => entry.Label);
        Dictionary<(CaseId, int?), string> consensus = [];
        foreach (IGrouping<(CaseId, int?), string> unit in labels)
        {
            if (MostOf(unit) is string label)
                consensus[unit.Key] = label;
        }
        int units = readings.DistinctBy(reading => reading.CaseId).Sum(reading => reading.Units);
        AlphaEstimate alpha = agreement.Main.Alpha[0];
        return new JudgedLabels
        {
            Labels = rubric.LabelsInOrder(),
            Judges = judges,
            ByUnit = consensus,
            Ties = labels.Count - consensus.Count,
            Missing = Math.Max(0, units - labels.Count),
            Alpha = alpha.Value is null ? null : alpha,
            IsAlphaWithSimulated = agreement.WithoutSimulated is null && given.Any(judge => judge.IsSimulated),
        };
    }

    /// <summary>The label that is given more often than any other; null for a tie.</summary>
    private static string? MostOf(IEnumerable<string> labels)
    {
        (string Label, int Count)[] counts = [.. labels.CountBy(label => label).Select(entry => (entry.Key, entry.Value))
            .OrderByDescending(entry => entry.Value)];
        return counts.Length > 1 && counts[0].Count == counts[1].Count ? null : counts[0].Label;
    }
}
