using Tandem.Records.Runs;

namespace Tandem.Records.Store;

/// <summary>What of a record decides whether it counts for its case.</summary>
public interface ICountable
{
    /// <summary>The try, from 1.</summary>
    int Attempt { get; }

    /// <summary>Version of the record within its attempt, from 1.</summary>
    int Revision { get; }

    /// <summary>Why the attempt was made.</summary>
    AttemptReason AttemptReason { get; }

    /// <summary>Whether it is missing data.</summary>
    bool InfraError { get; }

    /// <summary>Whether we were interrupted or killed.</summary>
    bool Interrupted { get; }
}

/// <summary>The rule that says which of a case's records counts, for whole records and for what a reader keeps of them.</summary>
public static class Counting
{
    /// <summary>
    /// The record that counts: of the first attempt without infrastructure error or interruption, unless a later one was asked for; of an
    /// attempt the latest revision. Null if there is none: the case is missing data.
    /// </summary>
    /// <param name="ordered">The records of one case, by attempt and revision.</param>
    public static T? Of<T>(IReadOnlyList<T> ordered)
        where T : class, ICountable
    {
        T? first = null;
        T? asked = null;
        foreach (T record in ordered)
        {
            if (record.InfraError || record.Interrupted)
                continue;
            if (first is null || record.Attempt == first.Attempt)
                first = record;
            if (record.AttemptReason != AttemptReason.Due)
                asked = record;
        }
        return asked ?? first;
    }

    /// <summary>Adds a record at its place by attempt and revision; behind its equals.</summary>
    public static void Insert<T>(IList<T> ordered, T record)
        where T : class, ICountable
    {
        int at = ordered.Count;
        while (at > 0 && (ordered[at - 1].Attempt, ordered[at - 1].Revision).CompareTo((record.Attempt, record.Revision)) > 0)
            at--;
        ordered.Insert(at, record);
    }
}
