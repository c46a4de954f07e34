using System.Globalization;
using Tandem.Harness.Configuration;
using Tandem.Records.Cases;
using Tandem.Records.Store;

namespace Tandem.Harness.Admission;

/// <summary>The most that one thing may cost.</summary>
/// <param name="Usd">USD.</param>
/// <param name="Key">The configuration's key that says so.</param>
internal readonly record struct Price(decimal Usd, string Key)
{
    /// <summary>Of a case: limits.case_cost_usd.</summary>
    public static Price OfCase(ExperimentConfiguration configuration) => new(configuration.Limits.CaseCostUsd, "limits.case_cost_usd");

    /// <summary>Of a judgement: judges.judgement_cost_usd.</summary>
    public static Price OfJudgement(ExperimentConfiguration configuration) =>
        new(configuration.Judges.JudgementCostUsd, "judges.judgement_cost_usd");
}

/// <summary>The part of an experiment's budget that one shard may spend on its own cases.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="Usd">USD; 0 for a shard without a case.</param>
/// <param name="Covers">Whether a case, by its id as text, is its own.</param>
internal sealed record BudgetPart(Shard Shard, decimal Usd, Func<string, bool> Covers);

/// <summary>
/// The money of a whole experiment, and of this invocation. What is paid reserves the most that it may cost before it begins; it begins
/// only if that, what was spent, and what is reserved by others stay within the bounds. What was spent is read from the records, for the
/// experiment those of other processes included. Safe for concurrent use.
/// </summary>
/// <param name="ledger">What was spent.</param>
/// <param name="mostUsd">USD of the whole experiment (limits.max_cost_usd); null is no bound.</param>
/// <param name="bounds">What this invocation may spend.</param>
/// <param name="runId">This invocation.</param>
/// <param name="reservations">What this process has open.</param>
/// <param name="part">The part that a shard may spend of the whole; null where nothing is divided.</param>
internal sealed class Budget(ILedger ledger, decimal? mostUsd, Func<RunBounds> bounds, string runId, Reservations reservations,
    BudgetPart? part = null) : IBudget
{
    /// <inheritdoc/>
    public Task<(IDisposable? Reservation, string? Refusal)> ReserveAsync(Price price, string subject,
        CancellationToken cancellationToken) =>
        reservations.TakeAsync(price.Usd, (open, reserved) => WhyNot(price, open, reserved), cancellationToken);

    /// <param name="price">What is to be reserved.</param>
    /// <param name="open">How much is open in this process.</param>
    /// <param name="reserved">What that may cost, in USD.</param>
    private string? WhyNot(Price price, int open, decimal reserved)
    {
        ledger.Refresh();
        if (bounds().MaxCostUsd is decimal mine)
        {
            Spending spent = ledger.Spent(runId);
            if (spent.Usd + reserved + price.Usd > mine)
                return $"{RunBounds.Mark}: {Sum(price, spent, mine, open, reserved)} (--max-cost, {RunBounds.CostVariable}; {price.Key})";
        }
        // A shard's part first. The whole holds, too: in a shared folder others may have spent of it without shards.
        string? why = part is null ? null
            : WhyOver(part.Usd, part.Covers, $"the part of the experiment's budget that belongs to shard {part.Shard} does not cover it");
        return why ?? (mostUsd is decimal most ? WhyOver(most, null, "the experiment's budget does not cover it") : null);

        string? WhyOver(decimal usd, Func<string, bool>? covers, string what)
        {
            Spending spent = ledger.Spent(runId: null, covers);
            (int others, decimal theirs) = ledger.HeldByOthers(covers);
            decimal all = reserved + theirs;
            return spent.Usd + all + price.Usd <= usd ? null
                : $"{what}: {Sum(price, spent, usd, open + others, all)} (limits.max_cost_usd, {price.Key})";
        }
    }

    /// <summary>How the money stands, half a sentence.</summary>
    internal static string Sum(Price price, Spending spent, decimal most, int open, decimal reserved) => string.Create(
        CultureInfo.InvariantCulture,
        $"{spent.Usd - spent.AssumedUsd:0.00##} of {most:0.00##} USD are spent, {Held(spent)}"
            + $"{(open == 0 ? "" : $"{open} open attempt{(open == 1 ? "" : "s")} may cost {reserved:0.00##} USD, ")}and "
            + $"this one may cost {price.Usd:0.00##} USD");

    private static string Held(Spending spent) => spent.AssumedUsd == 0 ? "" : string.Create(
        CultureInfo.InvariantCulture,
        $"{spent.AssumedUsd:0.00##} USD are held for {spent.Unpriced} attempt{(spent.Unpriced == 1 ? "" : "s")} of unknown cost, ");
}
