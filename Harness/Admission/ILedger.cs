using Tandem.Records.Store;

namespace Tandem.Harness.Admission;

/// <summary>What was spent on an experiment, by its records, and what others may be spending.</summary>
internal interface ILedger
{
    /// <summary>Reads what other processes have recorded.</summary>
    void Refresh();

    /// <summary>What has an unknown cost is taken at the most that it may have been.</summary>
    /// <param name="runId">Of this invocation alone; null is all.</param>
    /// <param name="covers">Of these cases alone, by their ids as text; null is all.</param>
    Spending Spent(string? runId, Func<string, bool>? covers = null);

    /// <summary>How much other processes have begun, and what that may cost at most, in USD.</summary>
    /// <param name="covers">Of these cases alone, by their ids as text; null is all.</param>
    (int Open, decimal Usd) HeldByOthers(Func<string, bool>? covers = null);
}
