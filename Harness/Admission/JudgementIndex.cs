using Tandem.Records.Judgements;
using Tandem.Records.Store;

namespace Tandem.Harness.Admission;

/// <summary>The judgements of one experiment as this process knows them.</summary>
internal sealed class JudgementIndex : KeptIndex<JudgementId, JudgementRecord>
{
    private readonly StoreLayout _layout;

    public JudgementIndex(StoreLayout layout)
        : this(layout, [], new JudgementReader(layout), JudgementReader.OfCalls(layout))
    {
    }

    private JudgementIndex(StoreLayout layout, Dictionary<string, JudgementFilePlace> places, JudgementReader ended, JudgementReader called)
        : base(record => new KeptKey<JudgementId>(record.JudgementId, record.Attempt, 1, record.RunId),
            () => called.ReadOn(places).Select(stored => stored.Record), () => ended.ReadOn(places).Select(stored => stored.Record))
    {
        _layout = layout;
        Refresh();
    }

    /// <summary>What judges cost.</summary>
    /// <param name="unknownUsd">What an attempt of unknown cost is taken to have cost.</param>
    /// <param name="runId">Of this invocation alone; null is all.</param>
    /// <param name="covers">Of the runs of these cases alone, by their ids as text; null is all.</param>
    public Spending Spent(decimal unknownUsd, string? runId = null, Func<string, bool>? covers = null) => Spent(
        covers is null ? null : id => covers(id.CaseId.ToString()), runId,
        () => ClaimFiles.HeldJudgements(_layout).Select(claim => claim.Id),
        records => Spending.OfJudgement(records, unknownUsd), (left, right) => left + right);
}
