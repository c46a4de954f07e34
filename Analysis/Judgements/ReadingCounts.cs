using Tandem.Records.Cases;

namespace Tandem.Analysis.Judgements;

/// <summary>How many runs one judge could label, and how many not. The last four are missing data: failures are not random.</summary>
/// <param name="Judge">The judge.</param>
/// <param name="Repetition">From 1.</param>
/// <param name="Setting">The setting of the runs; null for all.</param>
internal sealed record ReadingCounts(JudgeName Judge, int Repetition, Setting? Setting)
{
    public required int Labelled { get; init; }

    public required int None { get; init; }

    public required int Voided { get; init; }

    public required int Failed { get; init; }

    public required int Missing { get; init; }

    public required int Stale { get; init; }

    public int Runs => Labelled + None + Voided + Failed + Missing + Stale;

    /// <summary>A line for each judge and repetition.</summary>
    public static IReadOnlyList<ReadingCounts> ByJudge(RubricReadings rubric) =>
        [.. rubric.Readings.GroupBy(reading => (reading.Judge, reading.Repetition))
            .Select(group => Of(group.Key.Judge, group.Key.Repetition, null, [.. group]))];

    /// <summary>A line for each judge, repetition and setting.</summary>
    public static IReadOnlyList<ReadingCounts> BySetting(RubricReadings rubric) =>
        [.. rubric.Readings.GroupBy(reading => (reading.Judge, reading.Repetition, reading.CaseId.Setting))
            .OrderBy(group => group.Key.Judge).ThenBy(group => group.Key.Repetition).ThenBy(group => group.Key.Setting)
            .Select(group => Of(group.Key.Judge, group.Key.Repetition, group.Key.Setting, [.. group]))];

    private static ReadingCounts Of(JudgeName judge, int repetition, Setting? setting, Reading[] readings)
    {
        int Count(ReadingState state) => readings.Count(reading => reading.State == state);
        return new ReadingCounts(judge, repetition, setting)
        {
            Labelled = Count(ReadingState.Labelled),
            None = Count(ReadingState.None),
            Voided = Count(ReadingState.Voided),
            Failed = Count(ReadingState.Failed),
            Missing = Count(ReadingState.Missing),
            Stale = Count(ReadingState.Stale),
        };
    }
}
