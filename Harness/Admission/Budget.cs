using System.Globalization;
using Tandem.Harness.Configuration;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Admission;

/// <summary>
/// The money of a whole experiment, and of this invocation. An attempt whose agents are paid reserves the most that its case may cost
/// before it begins; it begins only if that, what was spent, and what is reserved by others stay within the bounds. What was spent is read
/// from the records, for the experiment those of other processes included. Safe for concurrent use.
/// </summary>
internal sealed class Budget(LimitSettings limits, RunIndex index, IClaimStore claims, Func<RunBounds> bounds, string runId)
{
    private readonly Lock _lock = new();
    private int _open;
    private TaskCompletionSource _returned = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Reserves the money of one attempt until the reservation is disposed. Where it would do if open attempts of this process
    /// left enough of theirs, they are waited for.</summary>
    /// <returns>The reservation, or why there is none.</returns>
    public async Task<(IDisposable? Reservation, string? Refusal)> ReserveAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task returned;
            lock (_lock)
            {
                string? refusal = WhyNot(_open);
                if (refusal is null)
                {
                    _open++;
                    return (new Reservation(this), null);
                }
                if (_open == 0 || WhyNot(open: 0) is not null)
                    return (null, refusal);
                returned = _returned.Task;
            }
            await returned.WaitAsync(cancellationToken);
        }
    }

    /// <summary>
    /// What the attempts of one case cost, in USD. An attempt that took up an earlier one repeats that one's cost; so does one that
    /// only evaluates. Where a paid agent worked at an unknown cost, it is the most it may have been.
    /// </summary>
    public static decimal SpentOn(IReadOnlyList<RunRecord> records, decimal most) => Spending.Of(records, unknownUsd: most).Usd;

    /// <param name="open">Attempts of this process that are reserved for.</param>
    private string? WhyNot(int open)
    {
        decimal reserve = limits.CaseCostUsd;
        if (bounds().MaxCostUsd is decimal mine)
        {
            decimal spent = index.All.Where(history => history.Records.Any(record => record.RunId == runId))
                .Sum(history => SpentOn(history.Records,
                reserve) - SpentOn([.. history.Records.Where(record => record.RunId != runId)], reserve));
            if (spent + (open + 1) * reserve > mine)
                return $"{RunBounds.Mark}: {Sum(spent, mine, open)} (--max-cost, {RunBounds.CostVariable}; limits.case_cost_usd)";
        }
        if (limits.MaxCostUsd?.Usd is decimal most)
        {
            decimal spent = index.All.Sum(history => SpentOn(history.Records, reserve));
            // Of what this process holds, the attempts are counted by themselves: a claim alone costs nothing.
            int all = open + claims.HeldByOthers();
            if (spent + (all + 1) * reserve > most)
                return $"the experiment's budget does not cover it: {Sum(spent, most, all)} (limits.max_cost_usd, limits.case_cost_usd)";
        }
        return null;
    }

    private string Sum(decimal spent, decimal most, int open) => string.Create(
        CultureInfo.InvariantCulture,
        $"{spent:0.00##} of {most:0.00##} USD are spent, "
            + $"{(open == 0 ? "" : $"{open} open attempt{(open == 1 ? "" : "s")} may cost {limits.CaseCostUsd:0.00##} USD each, ")}and "
            + $"this one may cost {limits.CaseCostUsd:0.00##} USD");

    private void Return()
    {
        lock (_lock)
        {
            _open--;
            _returned.SetResult();
            _returned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private sealed class Reservation(Budget budget) : IDisposable
    {
        private int _isReturned;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isReturned, 1) == 0)
                budget.Return();
        }
    }
}
