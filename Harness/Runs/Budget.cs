using System.Globalization;
using Tandem.Harness.Configuration;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Runs;

/// <summary>
/// The money of a whole experiment. An attempt whose agents are paid reserves the most that its case may cost before it begins; it begins only if that, what was spent, and what is reserved by others stay within the bound.
/// What was spent is read from the records, those of other processes included. Safe for concurrent use.
/// </summary>
internal sealed class Budget(LimitSettings limits, RunIndex index, IClaimStore claims)
{
    private readonly Lock _lock = new();
    private int _open;

    /// <summary>Reserves the money of one attempt until the reservation is disposed.</summary>
    /// <param name="refusal">If null is returned: why not.</param>
    public IDisposable? TryReserve(out string refusal)
    {
        refusal = "";
        lock (_lock)
        {
            if (limits.MaxCostUsd?.Usd is decimal most)
            {
                decimal spent = index.All.Sum(history => SpentOn(history.Records, limits.CaseCostUsd));
                // Of what this process holds, the attempts are counted by themselves: a claim alone costs nothing.
                int open = _open + claims.HeldByOthers();
                if (spent + (open + 1) * limits.CaseCostUsd > most)
                {
                    refusal = string.Create(
                        CultureInfo.InvariantCulture,
                        $"the experiment's budget does not cover it: {spent:0.00##} of {most:0.00##} USD are spent, {open} open attempts and this one may cost {limits.CaseCostUsd:0.00##} USD each (limits.max_cost_usd, limits.case_cost_usd)");
                    return null;
                }
            }
            _open++;
            return new Reservation(this);
        }
    }

    /// <summary>
    /// What the attempts of one case cost, in USD. An attempt that took up an earlier one tells that one's cost again; so does one that only evaluates. Where a paid agent worked at an unknown cost, it is the most it may have been.
    /// </summary>
    public static decimal SpentOn(IReadOnlyList<RunRecord> records, decimal most) => Spending.Of(records, unknownUsd: most).Usd;

    private sealed class Reservation(Budget budget) : IDisposable
    {
        private int _isReturned;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isReturned, 1) != 0)
                return;
            lock (budget._lock)
                budget._open--;
        }
    }
}
