using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Analysis.Merging;

/// <summary>One experiment in one of the stores, the target's included.</summary>
/// <param name="store">The place of its store on the command line, from 0.</param>
/// <param name="name">The store, as the user named it.</param>
/// <param name="layout">The experiment in its store.</param>
/// <param name="lines">Where its files of lines are read: a snapshot, or the store itself where nobody writes.</param>
internal sealed class MergePart(int store, string name, StoreLayout layout, StoreLayout lines)
{
    public int Store => store;

    public StoreLayout Layout => layout;

    public StoreLayout Lines => lines;

    /// <summary>Whether it is of the store that is merged into.</summary>
    public bool IsTarget => ReferenceEquals(layout, lines);

    /// <summary>The store, as the user named it.</summary>
    public string StoreName => name;

    /// <summary>What its files of lines say.</summary>
    public PartRecords Records { get; set; } = new();

    /// <summary>A file of it for messages: <c>shard3/default/runs/x.jsonl(12)</c>.</summary>
    /// <param name="file">Relative to the experiment's folder.</param>
    /// <param name="line">From 1; null for the whole file.</param>
    public string NameOf(string file, int? line = null) =>
        Path.Combine(name, layout.Experiment, file) + (line is int at ? FormattableString.Invariant($"({at})") : "");
}

/// <summary>A line that was read, and what makes it this one.</summary>
/// <param name="Key">What it is the record of, in words. No other record of a sound store has the same.</param>
/// <param name="File">Relative to the experiment's folder.</param>
/// <param name="Line">From 1.</param>
/// <param name="Digest">Of its content.</param>
/// <param name="AttemptId">The id of the attempt; null for kinds of record that have none.</param>
internal sealed record MergeLine(string Key, string File, int Line, string Digest, string? AttemptId);

/// <summary>What the files of lines of one part say.</summary>
internal sealed class PartRecords
{
    /// <summary>Records of runs, scenarios and judgements, file by file.</summary>
    public List<MergeLine> Lines { get; } = [];

    /// <summary>The attempts at pairs that have a record.</summary>
    public Dictionary<(CaseId Case, int Attempt), RecordedAttempt> Attempts { get; } = [];

    /// <summary>The attempts at anything that have a record, as texts.</summary>
    public HashSet<string> AttemptNames { get; } = new(StringComparer.Ordinal);

    /// <summary>Records of runs that have no copy to be compared with.</summary>
    public int Uncompared { get; set; }
}

/// <summary>What the records of one attempt say of its files.</summary>
internal sealed class RecordedAttempt
{
    public HashSet<int> Revisions { get; } = [];

    /// <summary>The files that the latest revision names, by their path in the attempt's folder.</summary>
    public Dictionary<string, ArtifactDigest> Artifacts { get; private set; } = [];

    /// <summary>Whether the latest revision was written for a worker that was taken for dead. It may come back, and go on.</summary>
    public bool IsInterrupted { get; private set; }

    /// <summary>Takes a record up.</summary>
    public void Add(RunRecord record)
    {
        if (Revisions.All(known => known < record.Revision))
        {
            IsInterrupted = record.Interrupted;
            Artifacts = new Dictionary<string, ArtifactDigest>(StringComparer.Ordinal);
            foreach (ArtifactDigest artifact in record.Artifacts)
                Artifacts.TryAdd(artifact.Path, artifact);
        }
        Revisions.Add(record.Revision);
    }
}
