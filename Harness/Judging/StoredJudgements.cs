using Tandem.Records.Judgements;
using Tandem.Records.Store;

namespace Tandem.Harness.Judging;

/// <summary>What judges left in a store.</summary>
internal sealed class StoredJudgements
{
    private readonly Dictionary<JudgementId, IReadOnlyList<JudgementRecord>> _records;
    private readonly Dictionary<JudgementId, int> _begun;

    private StoredJudgements(StoreLayout layout)
    {
        var ended = new JudgementReader(layout);
        _records = ended.ReadById();
        Faults = ended.Faults.Count(fault => !fault.IsTornEnd);
        _begun = JudgementReader.OfCalls(layout).ReadById().ToDictionary(call => call.Key, call => call.Value[^1].Attempt);
    }

    /// <summary>Lines that cannot be read, but for a last one that a crash tore.</summary>
    public int Faults { get; }

    public static StoredJudgements Read(StoreLayout layout) => new(layout);

    /// <summary>The records of a judgement, in the order of its attempts; empty if it has none.</summary>
    public IReadOnlyList<JudgementRecord> Find(JudgementId id) => _records.GetValueOrDefault(id, []);

    /// <summary>The latest attempt that asked a model, whether it left a record or not; null if none did.</summary>
    public int? BegunAttempt(JudgementId id) => _begun.TryGetValue(id, out int attempt) ? attempt : null;

    /// <summary>The rubrics that judgements name, in the order of the alphabet.</summary>
    public IEnumerable<string> Rubrics => _records.Keys.Select(id => id.Rubric).Distinct().Order(StringComparer.Ordinal);

    /// <summary>The models that have judged by a rubric, in the order of the alphabet.</summary>
    public IEnumerable<string> JudgesOf(string rubric) => _records.Where(entry => entry.Key.Rubric == rubric)
        .Select(entry => entry.Value[^1].JudgeModel).Distinct().Order(StringComparer.Ordinal);
}
