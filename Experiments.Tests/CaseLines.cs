using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Tandem.Harness.Cases;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Experiments.Tests;

/// <summary>A console line for each case that has ended. Where many cases are skipped for one reason, or meet one fault, the first has a
/// line and the others are counted.</summary>
internal sealed partial class CaseLines(int total)
{
    private static readonly ConcurrentDictionary<string, bool> s_printed = new();

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (CaseId First, int More)> _skipped = [];
    private readonly Dictionary<string, (CaseId First, int More)> _faults = [];
    private string? _halting;
    private bool _isStopped;
    private int _done;

    /// <summary>Whether the case had its line, or is counted under another's.</summary>
    public static bool WasPrinted(string caseId) => s_printed.ContainsKey(caseId);

    public void Print(CaseId caseId, CaseResult result)
    {
        string what = result switch
        {
            CaseResult.Ran ran =>
                string.Create(CultureInfo.InvariantCulture, $"{Verdict.Of(ran.Record)} in {ran.Record.DurationSeconds:0.0} s"),
            CaseResult.Stored stored => $"stored: {Verdict.Of(stored.Record)}",
            CaseResult.Skipped skipped => $"skipped: {skipped.Reason}",
            _ => throw new InvalidOperationException($"Unknown result {result}."),
        };
        lock (_lock)
        {
            _done++;
            s_printed[caseId.ToString()] = true;
            if (_halting is not null)
                what = what.Replace(_halting, "as above", StringComparison.Ordinal);
            if (result is CaseResult.Ran { Record.Error: { Class: ErrorClass.ModelConfiguration, Message: var fault } })
                _halting = fault;
            if (result is not CaseResult.Skipped { Reason: var reason } || !IsKnown(_skipped, caseId, reason))
                Write(caseId, what);
        }
    }

    /// <summary>Prints a case that has no result, because the harness failed.</summary>
    /// <returns>False if another case has had the same line.</returns>
    public bool Print(CaseId caseId, string fault)
    {
        lock (_lock)
        {
            _done++;
            s_printed[caseId.ToString()] = true;
            if (IsKnown(_faults, caseId, fault))
                return false;
            Write(caseId, $"The harness failed: {fault.Split('\n')[0]}");
            return true;
        }
    }

    /// <summary>A case was stopped, or does not start any more: one line for all of them.</summary>
    public void PrintStopped(CaseId caseId)
    {
        s_printed[caseId.ToString()] = true;
        lock (_lock)
        {
            if (_isStopped)
                return;
            _isStopped = true;
            Console.WriteLine("The run was stopped. Cases that had started are recorded as interrupted, and all cases without a verdict "
                + "are due again.");
        }
    }

    /// <summary>Prints how many more were skipped, or met a fault, for each reason that has a line.</summary>
    public void PrintRest()
    {
        lock (_lock)
        {
            foreach ((CaseId first, int more) in _skipped.Values.Where(s => s.More > 0))
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{more} more {(more == 1 ? "case was" : "cases were")} skipped for the same reason as {first}."));
            foreach ((CaseId first, int more) in _faults.Values.Where(s => s.More > 0))
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{more} more {(more == 1 ? "case" : "cases")} met the same fault as {first}."));
        }
    }

    private void Write(CaseId caseId, string what) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[{_done}/{total}] {caseId}  {what}"));

    /// <summary>Whether another case has had the same text, which then counts this one, too.</summary>
    private static bool IsKnown(Dictionary<string, (CaseId First, int More)> printed, CaseId caseId, string text)
    {
        string kind = OfTheCase().Replace(text, "");
        bool isKnown = printed.TryGetValue(kind, out (CaseId First, int More) known);
        printed[kind] = isKnown ? (known.First, known.More + 1) : (caseId, 0);
        return isKnown;
    }

    /// <summary>Amounts, processes and files differ from case to case.</summary>
    [GeneratedRegex(@"'[^']*'|\d+(\.\d+)?")]
    private static partial Regex OfTheCase();
}
