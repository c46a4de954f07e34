using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Analysis.Data;

/// <summary>
/// Attempts that somebody asked for: whoever asks sees the outcome first, so that they bias. What was asked for on another image than that
/// of the record which counted before is none: the image has been repaired. Where the task's own files changed as well, it stays one.
/// </summary>
internal static class ReRolls
{
    public static IEnumerable<AttemptResult> Of(CaseResults runs) => Asked(runs).Where(record => !IsOnAnotherImage(runs, record));

    /// <summary>Attempts that somebody asked for, re-rolls or not.</summary>
    public static IEnumerable<AttemptResult> Asked(CaseResults runs) =>
        runs.Records.Where(r => r.AttemptReason != AttemptReason.Due).DistinctBy(r => r.Attempt);

    public static bool IsOnAnotherImage(CaseResults runs, AttemptResult record) => record.ImageId is not null
        && Counting.Of([.. runs.Records.Where(r => r.Attempt < record.Attempt)]) is { ImageId: not null } before
        && before.ImageId != record.ImageId && before.TaskDigest == record.TaskDigest;

    /// <summary>Whether a case counts by a re-roll, in place of an earlier record that counted.</summary>
    public static bool Decide(CaseResults runs) =>
        runs.Counting is { AttemptReason: not AttemptReason.Due } counting && !IsOnAnotherImage(runs, counting)
            && runs.Records.GroupBy(r => r.Attempt).Select(attempt => attempt.Last())
                .Any(r => !r.IsMissingData && r.Attempt < counting.Attempt);
}
