using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Tandem.Harness.Cases;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Experiments.Tests;

/// <summary>A line for each case that came to an end; where many are skipped for one reason, or meet one fault, it is told once and the
/// others are counted.</summary>
internal sealed partial class CaseLines(int total)
{
    private static readonly ConcurrentDictionary<string, bool> s_told = new();

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (CaseId First, int More)> _skipped = [];
    private readonly Dictionary<string, (CaseId First, int More)> _faults = [];
    private string? _halting;
    private bool _isStopped;
    private int _done;

    /// <summary>Whether the case had its line, or is counted under another's.</summary>
    public static bool WasTold(string caseId) => s_told.ContainsKey(caseId);

    /// <summary>Tells of a case.</summary>
    public void Tell(CaseId caseId, CaseResult result)
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
            s_told[caseId.ToString()] = true;
            if (_halting is not null)
                what = what.Replace(_halting, "as above", StringComparison.Ordinal);
            if (result is CaseResult.Ran { Record.Error: { Class: ErrorClass.ModelConfiguration, Message: var fault } })
                _halting = fault;
            if (result is not CaseResult.Skipped { Reason: var reason } || !IsKnown(_skipped, caseId, reason))
                Write(caseId, what);
        }
    }

    /// <summary>Tells of a case that has no result, since the harness met a fault with it.</summary>
    /// <returns>False if the fault was told before, of another case.</returns>
    public bool Tell(CaseId caseId, string fault)
    {
        lock (_lock)
        {
            _done++;
            s_told[caseId.ToString()] = true;
            if (IsKnown(_faults, caseId, fault))
                return false;
            Write(caseId, $"The harness failed: {fault.Split('\n')[0]}");
            return true;
        }
    }

    /// <summary>A case was stopped, or is not begun any more: told once for all.</summary>
    public void TellStopped(CaseId caseId)
    {
        s_told[caseId.ToString()] = true;
        lock (_lock)
        {
            if (_isStopped)
                return;
            _isStopped = true;
            Console.WriteLine(
                "The run was stopped: what had begun is recorded as interrupted, and all that is not completed is due again.");
        }
    }

    /// <summary>Tells how many more were skipped for the reasons, or met the faults, that were told.</summary>
    public void TellRest()
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

    /// <summary>Whether another case was told of with the same text, which then counts this one, too.</summary>
    private static bool IsKnown(Dictionary<string, (CaseId First, int More)> told, CaseId caseId, string text)
    {
        string kind = OfTheCase().Replace(text, "");
        bool isKnown = told.TryGetValue(kind, out (CaseId First, int More) known);
        told[kind] = isKnown ? (known.First, known.More + 1) : (caseId, 0);
        return isKnown;
    }

    /// <summary>Amounts, processes and files differ from case to case.</summary>
    [GeneratedRegex(@"'[^']*'|\d+(\.\d+)?")]
    private static partial Regex OfTheCase();
}
