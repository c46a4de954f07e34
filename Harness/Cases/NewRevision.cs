using System.Security.Cryptography;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Cases;

/// <summary>The next revision of a record and the files that it names anew. Old files and the old line stay as they are.</summary>
internal sealed class NewRevision
{
    private NewRevision(RunRecord record, IReadOnlyList<(string Path, byte[] Content)> files, string what) =>
        (Record, Files, What) = (record, files, what);

    /// <summary>Goes into a run file when <see cref="Files"/> are on disk.</summary>
    public RunRecord Record { get; }

    public IReadOnlyList<(string Path, byte[] Content)> Files { get; }

    /// <summary>What was made again, in words.</summary>
    public string What { get; }

    /// <param name="layout">The experiment in its store.</param>
    /// <param name="record">The latest revision.</param>
    /// <param name="runId">The invocation that makes the next.</param>
    /// <param name="made">The files made again, by their names in the first revision; the copy of the record comes by itself.</param>
    public static NewRevision Of(StoreLayout layout, RunRecord record, string runId, IReadOnlyList<(string Name, byte[] Content)> made)
    {
        string folder = layout.AttemptFolder(record.CaseId, record.Attempt);
        // A crash may have left files of a revision that no record names.
        int revision = Math.Max(record.Revision, Revisions.Highest(folder)) + 1;
        Dictionary<string, ArtifactDigest> artifacts = record.Artifacts.ToDictionary(artifact => artifact.Path);
        var files = new List<(string, byte[])>();
        var others = new List<string>();
        foreach ((string name, byte[] content) in made)
        {
            string digest = Convert.ToHexStringLower(SHA256.HashData(content));
            string revised = StoreLayout.Revised(name, revision);
            if (artifacts.Remove(Revisions.NameIn(record, name), out ArtifactDigest? old) && old.Sha256 != digest && IsSteady(name))
                others.Add(name);
            artifacts[revised] = new ArtifactDigest(revised, content.Length, digest);
            files.Add((Path.Combine(folder, revised), content));
        }
        RunRecord next = record with
        {
            RunId = runId,
            Revision = revision,
            Artifacts = [.. artifacts.Values.OrderBy(artifact => artifact.Path, StringComparer.Ordinal)],
        };
        string copy = StoreLayout.Revised(StoreLayout.ResultFile, revision);
        files.Add((Path.Combine(folder, copy), StoreJson.ToFile(next)));
        string what = $"{string.Join(", ", made.Select(file => file.Name).Append(StoreLayout.ResultFile))} as revision {revision}";
        return new NewRevision(next, files, others.Count == 0 ? what
            : $"{what}; the bytes of {string.Join(", ", others)} are not those that were recorded");
    }

    /// <summary>What tests print, and the report of an evaluation, has times in it.</summary>
    private static bool IsSteady(string name) =>
        name != StoreLayout.EvaluationFile && !name.EndsWith(".log", StringComparison.Ordinal);
}
