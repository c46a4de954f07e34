using System.Globalization;
using Tandem.Harness.Configuration;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Admission;

/// <summary>The most that one thing may cost.</summary>
/// <param name="Usd">USD.</param>
/// <param name="Key">The configuration's key that says so.</param>
internal readonly record struct Price(decimal Usd, string Key)
{
    public static Price OfCase(ExperimentConfiguration configuration) => new(configuration.Limits.CaseCostUsd, "limits.case_cost_usd");

    public static Price OfJudgement(ExperimentConfiguration configuration) =>
        new(configuration.Judges.JudgementCostUsd, "judges.judgement_cost_usd");
}

/// <summary>
/// The money of a whole experiment, and of this invocation: of its agents and its judges. What is paid reserves the most that it may cost
/// before it begins; it begins only if that, what was spent, and what is reserved by others stay within the bounds. What was spent is read
/// from the records, for the experiment those of other processes included. Safe for concurrent use.
/// </summary>
/// <param name="configuration">The experiment.</param>
/// <param name="agentsCostMoney">Whether an attempt of unknown cost, or one that another process has begun, may have cost any.</param>
/// <param name="runs">What agents cost.</param>
/// <param name="judgements">What judges cost.</param>
/// <param name="claims">What other processes have begun.</param>
/// <param name="bounds">What this invocation may spend.</param>
/// <param name="runId">This invocation.</param>
/// <param name="reservations">What this process has open, of agents and judges together.</param>
internal sealed class Budget(ExperimentConfiguration configuration, bool agentsCostMoney, RunIndex runs, JudgementIndex judgements,
    IClaimStore claims, Func<RunBounds> bounds, string runId, Reservations reservations)
{
    private readonly decimal _ofCase = agentsCostMoney ? Price.OfCase(configuration).Usd : 0;
    private readonly Price _ofJudgement = Price.OfJudgement(configuration);

    /// <summary>Reserves money until the reservation is disposed. Where it would do if what is open in this process left enough of
    /// its own, that is waited for.</summary>
    /// <returns>The reservation, or why there is none.</returns>
    public Task<(IDisposable? Reservation, string? Refusal)> ReserveAsync(Price price, CancellationToken cancellationToken) =>
        reservations.TakeAsync(price.Usd, (open, reserved) => WhyNot(price, open, reserved), cancellationToken);

    /// <summary>
    /// What the attempts of one case cost, in USD. An attempt that took up an earlier one repeats that one's cost; so does one that
    /// only evaluates. Where a paid agent worked at an unknown cost, it is the most it may have been.
    /// </summary>
    public static decimal SpentOn(IReadOnlyList<RunRecord> records, decimal most) => Spending.Of(records, unknownUsd: most).Usd;

    /// <param name="price">What is to be reserved.</param>
    /// <param name="open">How much is open in this process.</param>
    /// <param name="reserved">What that may cost, in USD.</param>
    private string? WhyNot(Price price, int open, decimal reserved)
    {
        // Agents and judges may be paid by two processes at once.
        runs.Refresh();
        judgements.Refresh();
        if (bounds().MaxCostUsd is decimal mine)
        {
            decimal spent = runs.All.Where(history => history.Records.Any(record => record.RunId == runId))
                .Sum(history => SpentOn(history.Records, _ofCase)
                    - SpentOn([.. history.Records.Where(record => record.RunId != runId)], _ofCase))
                + judgements.Spent(_ofJudgement.Usd, runId).Usd;
            if (spent + reserved + price.Usd > mine)
                return $"{RunBounds.Mark}: {Sum(price, spent, mine, open, reserved)} (--max-cost, {RunBounds.CostVariable}; {price.Key})";
        }
        if (configuration.Limits.MaxCostUsd?.Usd is decimal most)
        {
            decimal spent = runs.All.Sum(history => SpentOn(history.Records, _ofCase)) + judgements.Spent(_ofJudgement.Usd).Usd;
            // Of what this process holds, the attempts are counted by themselves: a claim alone costs nothing.
            (int cases, int judged) = claims.HeldByOthers();
            decimal all = reserved + (cases * _ofCase) + (judged * _ofJudgement.Usd);
            if (spent + all + price.Usd > most)
                return $"the experiment's budget does not cover it: {Sum(price, spent, most, open + cases + judged, all)} "
                    + $"(limits.max_cost_usd, {price.Key})";
        }
        return null;
    }

    private static string Sum(Price price, decimal spent, decimal most, int open, decimal reserved) => string.Create(
        CultureInfo.InvariantCulture,
        $"{spent:0.00##} of {most:0.00##} USD are spent, "
            + $"{(open == 0 ? "" : $"{open} open attempt{(open == 1 ? "" : "s")} may cost {reserved:0.00##} USD, ")}and "
            + $"this one may cost {price.Usd:0.00##} USD");
}
