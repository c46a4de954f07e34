using Tandem.Records.Judgements;
using Tandem.Records.Runs;

namespace Tandem.Records.Store;

/// <summary>
/// Appends the judgements of one process: a file per rubric, judge and repetition, begun with the first record and flushed to disk with
/// each. Safe for concurrent use.
/// </summary>
public sealed class JudgementFileWriter : IDisposable
{
    private readonly RecordFiles<(string, string, int)> _files;
    private readonly StoreLayout _layout;
    private readonly string _runId;
    private readonly string _harness;
    private readonly TimeProvider _clock;
    private readonly string _kind;

    /// <summary>Makes a writer; touches nothing on disk yet.</summary>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="runId">The invocation's id.</param>
    /// <param name="harness">The harness's version, for the header.</param>
    /// <param name="clock">Gives the header's time.</param>
    public JudgementFileWriter(StoreLayout layout, string runId, string harness, TimeProvider clock)
        : this(layout, runId, harness, clock, JudgementFileHeader.JudgementsKind, layout.JudgementsFolder)
    {
    }

    private JudgementFileWriter(
        StoreLayout layout, string runId, string harness, TimeProvider clock, string kind, string folder)
    {
        (_layout, _runId, _harness, _clock, _kind) = (layout, runId, harness, clock, kind);
        _files = new RecordFiles<(string, string, int)>(folder);
    }

    /// <summary>A writer of what stands on disk before a model is asked to judge: the record that the judgement has if its process ends
    /// during the call. Whoever finds one without a judgement of that attempt appends it as the judgement.</summary>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="runId">The invocation's id.</param>
    /// <param name="harness">The harness's version, for the header.</param>
    /// <param name="clock">Gives the header's time.</param>
    public static JudgementFileWriter OfCalls(StoreLayout layout, string runId, string harness, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return new JudgementFileWriter(layout, runId, harness, clock, JudgementFileHeader.CallsKind, layout.JudgementCallsFolder);
    }

    /// <summary>Appends one record; when this returns it is on disk.</summary>
    /// <returns>The file that holds it.</returns>
    /// <exception cref="IOException">It could not be written; the file holds whole lines only, so that the record can be appended
    /// again.</exception>
    public string Append(JudgementRecord record) =>
        _files.Append((record.Rubric, record.JudgeModel, record.Repetition), [StoreJson.ToLine(record)], writer => Begin(record, writer));

    public void Dispose() => _files.Dispose();

    private (string Name, byte[] Header) Begin(JudgementRecord first, string writer)
    {
        DateTimeOffset now = _clock.GetUtcNow();
        var header = new JudgementFileHeader(
            JudgementRecord.CurrentSchemaVersion, _kind, _layout.Experiment, first.Rubric, first.JudgeModel,
                first.Repetition, _runId, ProcessIdentity.Current, now, _harness);
        return (StoreLayout.JudgementFileName(first.Rubric, first.JudgementId.Judge, first.Repetition, now, writer),
            StoreJson.ToLine(header));
    }
}
