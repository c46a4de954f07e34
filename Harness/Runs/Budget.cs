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
    private TaskCompletionSource _returned = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Reserves the money of one attempt until the reservation is disposed. Where it would do if open attempts of this process left enough of theirs, they are waited for.</summary>
    /// <returns>The reservation, or why there is none.</returns>
    public async Task<(IDisposable? Reservation, string? Refusal)> ReserveAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task returned;
            lock (_lock)
            {
                if (limits.MaxCostUsd?.Usd is not decimal most)
                    return (Reserve(), null);
                decimal spent = index.All.Sum(history => SpentOn(history.Records, limits.CaseCostUsd));
                // Of what this process holds, the attempts are counted by themselves: a claim alone costs nothing.
                int others = claims.HeldByOthers();
                if (spent + (_open + others + 1) * limits.CaseCostUsd <= most)
                    return (Reserve(), null);
                if (_open == 0 || spent + (others + 1) * limits.CaseCostUsd > most)
                    return (null, Refusal(spent, most, _open + others));
                returned = _returned.Task;
            }
            await returned.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// What the attempts of one case cost, in USD. An attempt that took up an earlier one tells that one's cost again; so does one that only evaluates. Where a paid agent worked at an unknown cost, it is the most it may have been.
    /// </summary>
    public static decimal SpentOn(IReadOnlyList<RunRecord> records, decimal most) => Spending.Of(records, unknownUsd: most).Usd;

    private Reservation Reserve()
    {
        _open++;
        return new Reservation(this);
    }

    private string Refusal(decimal spent, decimal most, int open) => string.Create(
        CultureInfo.InvariantCulture,
        $"the experiment's budget does not cover it: {spent:0.00##} of {most:0.00##} USD are spent, {(open == 0 ? "" : $"{open} open attempt{(open == 1 ? "" : "s")} may cost {limits.CaseCostUsd:0.00##} USD each, ")}and this one may cost {limits.CaseCostUsd:0.00##} USD (limits.max_cost_usd, limits.case_cost_usd)");

    private sealed class Reservation(Budget budget) : IDisposable
    {
        private int _isReturned;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isReturned, 1) != 0)
                return;
            lock (budget._lock)
            {
                budget._open--;
                budget._returned.SetResult();
                budget._returned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}
