using Tandem.Records.Runs;

namespace Tandem.Records.Store;

/// <summary>The rule that says which of a case's records counts.</summary>
public static class Counting
{
    /// <summary>
    /// The record that counts: of the first attempt without infrastructure error or interruption, unless a later one was asked for; of an
    /// attempt the latest revision, unless that one met a fault; one that takes the verdict back leaves the attempt without. Null if there
    /// is none: the case is missing data.
    /// </summary>
    /// <param name="ordered">The records of one case, by attempt and revision.</param>
    public static T? Of<T>(IReadOnlyList<T> ordered)
        where T : class, IAttemptResult
    {
        T? first = null;
        T? asked = null;
        foreach (T record in ordered)
        {
            if (record.TakesVerdictBack)
            {
                first = first?.Attempt == record.Attempt ? null : first;
                asked = asked?.Attempt == record.Attempt ? null : asked;
            }
            if (record.IsMissingData)
                continue;
            if (first is null || record.Attempt == first.Attempt)
                first = record;
            if (record.AttemptReason != AttemptReason.Due)
                asked = record;
        }
        return asked ?? first;
    }
}
