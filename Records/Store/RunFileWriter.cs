using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Records.Store;

/// <summary>
/// Appends the records of one process: a file per setting and seed, begun with the first record and flushed to disk with each. Safe for
/// concurrent use.
/// </summary>
public sealed class RunFileWriter : IDisposable
{
    private readonly RecordFiles<(Setting, int)> _files;
    private readonly StoreLayout _layout;
    private readonly string _runId;
    private readonly string _harness;
    private readonly TimeProvider _clock;

    /// <summary>Makes a writer; touches nothing on disk yet.</summary>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="runId">The invocation's id.</param>
    /// <param name="harness">The harness's version, for the header.</param>
    /// <param name="clock">Gives the header's time.</param>
    public RunFileWriter(StoreLayout layout, string runId, string harness, TimeProvider clock)
    {
        (_layout, _runId, _harness, _clock) = (layout, runId, harness, clock);
        _files = new RecordFiles<(Setting, int)>(layout.RunsFolder);
    }

    /// <summary>Appends one record; when this returns it is on disk.</summary>
    /// <returns>The file that holds it.</returns>
    /// <exception cref="IOException">It could not be written; the file holds whole lines only, so that the record can be appended
    /// again.</exception>
    public string Append(RunRecord record) =>
        _files.Append((record.Setting, record.Seed), [StoreJson.ToLine(record)], writer => Begin(record, writer));

    /// <summary>Appends many records with one flush for each file; when this returns they are on disk.</summary>
    /// <exception cref="IOException">Some could not be written; each file holds whole lines only.</exception>
    public void Append(IEnumerable<RunRecord> records)
    {
        foreach (IGrouping<(Setting, int), RunRecord> file in records.GroupBy(record => (record.Setting, record.Seed)))
            _files.Append(file.Key, file.Select(StoreJson.ToLine), writer => Begin(file.First(), writer));
    }

    public void Dispose() => _files.Dispose();

    private (string Name, byte[] Header) Begin(RunRecord first, string writer)
    {
        DateTimeOffset now = _clock.GetUtcNow();
        var header = new RunFileHeader(
            RunRecord.CurrentSchemaVersion, RunFileHeader.RunsKind, _layout.Experiment, first.RunName, first.Setting, first.Seed, _runId,
                ProcessIdentity.Current, now, _harness);
        return (StoreLayout.RunFileName(first.Setting, first.Seed, now, writer), StoreJson.ToLine(header));
    }
}
