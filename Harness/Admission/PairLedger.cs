using Tandem.Harness.Configuration;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Admission;

/// <summary>What agents and judges cost.</summary>
/// <param name="configuration">The experiment.</param>
/// <param name="agentsCostMoney">Whether an attempt of unknown cost, or one that another process has begun, may have cost any.</param>
/// <param name="runs">What agents cost.</param>
/// <param name="judgements">What judges cost.</param>
/// <param name="claims">What other processes have begun.</param>
internal sealed class PairLedger(ExperimentConfiguration configuration, bool agentsCostMoney, RunIndex runs, JudgementIndex judgements,
    FileClaimStore claims) : ILedger
{
    private readonly decimal _ofCase = agentsCostMoney ? Price.OfCase(configuration).Usd : 0;
    private readonly Price _ofJudgement = Price.OfJudgement(configuration);

    public void Refresh()
    {
        // Agents and judges may be paid by two processes at once.
        runs.Refresh();
        judgements.Refresh();
    }

    public Spending Spent(string? runId, Func<string, bool>? covers = null) => runs.All
        .Where(history => covers?.Invoke(history.CaseId.ToString()) != false)
        .Where(history => runId is null || history.Records.Any(record => record.RunId == runId))
        .Select(history => runId is null ? SpentOn(history.Records, _ofCase) : SpentOn(history.Records, _ofCase)
            - SpentOn([.. history.Records.Where(record => record.RunId != runId)], _ofCase))
        .Aggregate(judgements.Spent(_ofJudgement.Usd, runId, covers), (sum, spent) => sum + spent);

    public (int Open, decimal Usd) HeldByOthers(Func<string, bool>? covers = null)
    {
        // Of what this process holds, the attempts are counted by themselves: a claim alone costs nothing.
        (int cases, int judged) = claims.HeldByOthers(covers);
        return (cases + judged, (cases * _ofCase) + (judged * _ofJudgement.Usd));
    }

    /// <summary>
    /// What the attempts of one case cost, in USD. An attempt that took up an earlier one repeats that one's cost; so does one that
    /// only evaluates. Where a paid agent worked at an unknown cost, it is the most it may have been.
    /// </summary>
    public static Spending SpentOn(IReadOnlyList<RunRecord> records, decimal most) => Spending.Of(records, unknownUsd: most);
}
