using Tandem.Records.Cases;
using Tandem.Records.Judgements;

namespace Tandem.Analysis.Judgements;

/// <summary>All that judges, and people whose labels were imported, said by one rubric.</summary>
internal sealed record RubricReadings
{
    public required string Rubric { get; init; }

    public required RatingScale Scale { get; init; }

    /// <summary>The labels that the rubric knows, on an ordinal scale from least to most; empty for scores, and where nobody
    /// says.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Whether each message has a label of its own.</summary>
    public required bool IsPerMessage { get; init; }

    /// <summary>In the order of their names.</summary>
    public required IReadOnlyList<JudgeName> Judges { get; init; }

    /// <summary>Judge by judge, each repetition in the order of the cases; missing ones included.</summary>
    public required IReadOnlyList<Reading> Readings { get; init; }

    /// <summary>Judgements of runs that leave nothing to judge now: no record counts, or an agent crashed.</summary>
    public required int NothingToJudge { get; init; }

    /// <summary>How many versions of rubric and prompt the labels that count were given by; more than one are hardly comparable.</summary>
    public required int Versions { get; init; }

    /// <summary>Those that a label is taken from where a judge has several: of its first repetition.</summary>
    public IEnumerable<Reading> FirstOf(JudgeName judge)
    {
        Reading[] own = [.. Readings.Where(reading => reading.Judge == judge)];
        return own.Where(reading => reading.Repetition == own[0].Repetition);
    }

    /// <summary>The settings of the runs, in the order of declaration.</summary>
    public IReadOnlyList<Setting> Settings => [.. Readings.Select(reading => reading.CaseId.Setting).Distinct().Order()];

    /// <summary>The labels in the order of the rubric, then others in the order of the alphabet, <c>none</c> last.</summary>
    public IReadOnlyList<string> LabelsInOrder()
    {
        string[] given = [.. Readings.SelectMany(reading => reading.Labels).Select(label => label.Label).OfType<string>().Distinct()
            .Except(Labels).Where(label => label != Reading.NoLabel).Order(StringComparer.Ordinal)];
        bool hasNone = Readings.Any(reading => reading.Labels.Any(label => label.Label == Reading.NoLabel));
        return [.. Labels.Where(label => label != Reading.NoLabel), .. given, .. hasNone ? (string[])[Reading.NoLabel] : []];
    }
}
