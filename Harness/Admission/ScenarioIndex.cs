using Tandem.Records.Runs;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;

namespace Tandem.Harness.Admission;

/// <summary>The results of one scenario experiment as this process knows them.</summary>
internal sealed class ScenarioIndex : KeptIndex<ScenarioCaseId, ScenarioRecord>, ILedger
{
    private readonly StoreLayout _layout;
    private readonly decimal _unknownUsd;

    /// <param name="layout">The experiment in its store.</param>
    /// <param name="unknownUsd">What an attempt of unknown cost is taken to have cost; 0 where nothing costs money.</param>
    public ScenarioIndex(StoreLayout layout, decimal unknownUsd = 0)
        : this(layout, unknownUsd, [], new ScenarioReader(layout), ScenarioReader.OfCalls(layout))
    {
    }

    private ScenarioIndex(StoreLayout layout, decimal unknownUsd, Dictionary<string, ScenarioFilePlace> places, ScenarioReader ended,
        ScenarioReader called)
        : base(record => new KeptKey<ScenarioCaseId>(record.CaseId, record.Attempt, record.Revision, record.RunId),
            () => called.ReadOn(places).Select(stored => stored.Record), () => ended.ReadOn(places).Select(stored => stored.Record))
    {
        (_layout, _unknownUsd) = (layout, unknownUsd);
        Refresh();
    }

    /// <inheritdoc/>
    public Spending Spent(string? runId, Func<string, bool>? covers = null) => Spent(
        covers is null ? null : id => covers(id.ToString()), runId, () => ClaimFiles.HeldScenarios(_layout).Select(claim => claim.Id),
        records => records.Where(record => record.Revision == 1).Select(CostOf).Aggregate(default(Spending), (sum, one) => sum + one),
        (left, right) => left + right);

    /// <inheritdoc/>
    public (int Open, decimal Usd) HeldByOthers(Func<string, bool>? covers = null)
    {
        int held = ClaimFiles.HeldScenarios(_layout)
            .Count(claim => claim.Holder != ProcessIdentity.Current && covers?.Invoke(claim.Id.ToString()) != false);
        return (held, held * _unknownUsd);
    }

    // An endpoint that refuses the key or asks for a pause answers nothing, and takes nothing.
    private Spending CostOf(ScenarioRecord record) => record.Cost is decimal known ? new Spending(known, 0, 0)
        : record.Calls > 0 && record.Error?.Class is not (ErrorClass.ModelConfiguration or ErrorClass.RateLimit)
        ? new Spending(_unknownUsd, 0, 1) { AssumedUsd = _unknownUsd } : default;
}
