using Tandem.Analysis.Judgements;
using Tandem.Records.Cases;

namespace Tandem.Analysis.Agreement;

/// <summary>A unit whose judges differ.</summary>
/// <param name="CaseId">The run.</param>
/// <param name="Message">The message's number, from 1; null for the run.</param>
/// <param name="Given">What each judge gave, in the order of their names.</param>
internal sealed record Disagreement(CaseId CaseId, int? Message, IReadOnlyList<(JudgeName Judge, UnitLabel Label)> Given)
{
    /// <summary>Those to look at first: most judges first, then most different labels, then in the order of the cases.</summary>
    public static IReadOnlyList<Disagreement> AllOf(RubricReadings rubric) =>
    [
        .. rubric.Judges.SelectMany(rubric.FirstOf)
            .SelectMany(reading => reading.Labels.Select(label => (reading.CaseId, reading.Judge, Label: label)))
            .GroupBy(entry => (entry.CaseId, entry.Label.Message))
            .Select(unit => new Disagreement(unit.Key.CaseId, unit.Key.Message, [.. unit.Select(entry => (entry.Judge, entry.Label))]))
            .Where(unit => unit.Different > 1)
            .OrderByDescending(unit => unit.Given.Count).ThenByDescending(unit => unit.Different)
            .ThenBy(unit => unit.CaseId.ToString(), StringComparer.Ordinal).ThenBy(unit => unit.Message),
    ];

    private int Different => Given.Select(entry => (entry.Label.Label, entry.Label.Score)).Distinct().Count();
}
