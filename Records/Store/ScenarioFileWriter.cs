using Tandem.Records.Runs;
using Tandem.Records.Scenarios;

namespace Tandem.Records.Store;

/// <summary>
/// Appends the scenario results of one process: a file per variant and repetition, begun with the first record and flushed to disk with
/// each. Safe for concurrent use.
/// </summary>
public sealed class ScenarioFileWriter : IDisposable
{
    private readonly RecordFiles<(string, int)> _files;
    private readonly Func<ScenarioRecord, ScenarioMetadata> _begin;
    private readonly TimeProvider _clock;

    /// <summary>Makes a writer; touches nothing on disk yet.</summary>
    /// <param name="folder"><see cref="StoreLayout.RunsFolder"/>, or <see cref="StoreLayout.ScenarioCallsFolder"/> for what stands on disk
    /// before a conversation begins: the record that it has if its process ends. Whoever finds one without a result of that attempt
    /// appends it as the result.</param>
    /// <param name="begin">The first line of the file that a record begins; its writer and time are set here.</param>
    /// <param name="clock">Gives the first line's time.</param>
    public ScenarioFileWriter(string folder, Func<ScenarioRecord, ScenarioMetadata> begin, TimeProvider clock)
    {
        (_begin, _clock) = (begin, clock);
        _files = new RecordFiles<(string, int)>(folder);
    }

    /// <summary>Appends one record; when this returns it is on disk.</summary>
    /// <returns>The file that holds it.</returns>
    /// <exception cref="IOException">It could not be written; the file holds whole lines only, so that the record can be appended
    /// again.</exception>
    public string Append(ScenarioRecord record) =>
        _files.Append((record.Variant, record.Rep), [StoreJson.ToLine(record)], writer =>
        {
            DateTimeOffset now = _clock.GetUtcNow();
            return (StoreLayout.ScenarioFileName(record.Variant, record.Rep, now, writer),
                StoreJson.ToLine(_begin(record) with { Writer = ProcessIdentity.Current, CreatedAt = now }));
        });

    public void Dispose() => _files.Dispose();
}
