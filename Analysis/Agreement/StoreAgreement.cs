using Tandem.Analysis.Judgements;
using Tandem.Records.Cases;

namespace Tandem.Analysis.Agreement;

/// <summary>How far the judges of one rubric agree on the runs of an experiment.</summary>
internal sealed record StoreAgreement
{
    public required string Rubric { get; init; }

    /// <summary>What became of the judgements, by judge and repetition.</summary>
    public required IReadOnlyList<ReadingCounts> Counts { get; init; }

    /// <summary>All judges, simulated and imported ones included.</summary>
    public required RubricAgreement All { get; init; }

    /// <summary>Without simulated judges; null if there is none, or fewer than two others.</summary>
    public required RubricAgreement? WithoutSimulated { get; init; }

    /// <summary>Each judge of the store with each judge whose labels were imported.</summary>
    public required IReadOnlyList<JudgePair> WithImported { get; init; }

    /// <summary>What to believe first: of real judges, where there are two.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public RubricAgreement Main => WithoutSimulated ?? All;

    public static StoreAgreement Of(RubricReadings rubric)
    {
        RubricAgreement all = AgreementOf(rubric, _ => true);
        HashSet<string> imported = [.. rubric.Judges.Where(judge => judge.IsImported).Select(judge => judge.Said)];
        bool hasSimulated = rubric.Judges.Any(judge => judge.IsSimulated);
        return new StoreAgreement
        {
            Rubric = rubric.Rubric,
            Counts = ReadingCounts.ByJudge(rubric),
            All = all,
            WithoutSimulated = hasSimulated && rubric.Judges.Count(judge => !judge.IsSimulated) >= 2
                ? AgreementOf(rubric, judge => !judge.IsSimulated) : null,
            WithImported = [.. all.Pairs.Where(pair => imported.Contains(pair.One) != imported.Contains(pair.Other))],
        };
    }

    /// <summary>The judgements as ratings: a run is a unit, or each of its messages, which are drawn anew together.</summary>
    public static IEnumerable<Rating> RatingsOf(RubricReadings rubric) => rubric.Readings.SelectMany(reading => RatingsOf(rubric, reading));

    private static RubricAgreement AgreementOf(RubricReadings rubric, Func<JudgeName, bool> isMeant) => RubricAgreement.Of(rubric.Rubric,
        [.. rubric.Readings.Where(reading => isMeant(reading.Judge)).SelectMany(reading => RatingsOf(rubric, reading))],
        (rubric.Scale, rubric.Labels));

    private static IEnumerable<Rating> RatingsOf(RubricReadings rubric, Reading reading)
    {
        Rating Rate(int? message, UnitLabel? label) =>
            new(rubric.Rubric, UnitOf(reading.CaseId, message), reading.Judge.Said, reading.Repetition, label?.Label, label?.Score)
            { Cluster = reading.CaseId.ToString() };
        if (!rubric.IsPerMessage)
            return [Rate(null, reading.Labels.Count == 0 ? null : reading.Labels[0])];
        Dictionary<int, UnitLabel> byMessage = reading.Labels.Where(label => label.Message is not null)
            .DistinctBy(label => label.Message).ToDictionary(label => label.Message!.Value);
        return Enumerable.Range(1, reading.Units).Union(byMessage.Keys)
            .Select(number => Rate(number, byMessage.TryGetValue(number, out UnitLabel label) ? label : null));
    }

    private static string UnitOf(CaseId caseId, int? message) =>
        message is int number ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{caseId} message {number}")
            : caseId.ToString();
}
