using System.Text.Json;
using Tandem.Analysis.Data;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Analysis.Rules.Deep;

/// <summary>A whole record and the files of its attempt, each read once, for all rules that look at them.</summary>
/// <param name="facts">What is known of the record, and where it stands.</param>
/// <param name="record">The record.</param>
/// <param name="folder">The attempt's folder; need not be there.</param>
internal sealed class AttemptFiles(AttemptResult facts, RunRecord record, string folder)
{
    private readonly Dictionary<string, byte[]?> _read = new(StringComparer.Ordinal);

    public AttemptResult Facts => facts;

    public RunRecord Record => record;

    /// <summary>Whether the record stands for its case. The others' files may have been deleted to save room.</summary>
    public required bool IsCounting { get; init; }

    /// <summary>A file's bytes; null if it is not there, or has another size than the record names: <see cref="ArtifactRule"/> reports
    /// that.</summary>
    /// <param name="name">A plain file name.</param>
    public byte[]? Read(string name)
    {
        if (_read.TryGetValue(name, out byte[]? content))
            return content;
        try
        {
            string path = Path.Combine(folder, name);
            // A folder in its place has no bytes either, and is no reason to leave all other files unread.
            content = RegularFile.IsOwn(path) ? File.ReadAllBytes(path) : null;
            if (content is not null && record.Artifacts.FirstOrDefault(artifact => artifact.Path == name) is ArtifactDigest named
                && named.Bytes != content.Length)
                content = null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            content = null;
        }
        return _read[name] = content;
    }

    /// <summary>The name that a derived file has in the record.</summary>
    public string NameOf(string name) => name == StoreLayout.ResultFile ? StoreLayout.Revised(name, record.Revision)
        : Revisions.NameIn(record, name);

    /// <summary>A finding about a file that is no JSON of its kind.</summary>
    /// <param name="name">The file.</param>
    /// <param name="line">From 1.</param>
    /// <param name="exception">Says why.</param>
    public Finding Unreadable(string name, long line, JsonException exception)
    {
        // The serializer goes on with a place of its own, which says less than the line.
        int place = exception.Message.IndexOf(" Path: ", StringComparison.Ordinal);
        return Finding($"{name}({line}) cannot be read: {(place < 0 ? exception.Message : exception.Message[..place])}");
    }

    /// <summary>A finding about the record. Where agents and evaluation were cut short, files may say more or less than the record: that is
    /// a warning.</summary>
    public Finding Finding(string what) =>
        Rules.Finding.At(facts, what) with { Severity = facts.IsMissingData ? Severity.Warning : Severity.Error };
}
